"""The whole of the test's database as it lies on the disk, or as `pg_dump` tells it: what whoever steals a backup reads."""

from __future__ import annotations

import subprocess
from pathlib import Path

from django.db import connection

from tests.support.database import url_of
from tests.support.postgres import wheel


def whole() -> str:
    """Everything, one character a byte. Only what is committed counts, so ask for a transactional test."""
    if connection.vendor == "sqlite":
        return _files(Path(str(connection.settings_dict["NAME"])))
    program = wheel() / "pginstall" / "bin" / "pg_dump"
    done = subprocess.run([program, "--inserts", url_of(connection.settings_dict)], capture_output=True, check=True)
    return done.stdout.decode("latin-1")


def _files(database: Path) -> str:
    """The file and its log, in which the newest pages lie."""
    found = [database, database.with_name(f"{database.name}-wal")]
    return "".join(file.read_bytes().decode("latin-1") for file in found if file.exists())
