"""A hub's folder whose SQLite database has its tables already, and a PostgreSQL database that has them.

Making the tables takes five seconds of a core, and many tests begin with an empty folder that is not what they are about. The
tables are made once in a run, by ``hub migrate`` as anybody would, and copied, for the tests' own databases too; whoever starts
there looks for further migrations and finds none. Each copy has the same keys, so a test of keys, of backups or of the first
start begins with nothing.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from tests.cli import program
from tests.support.postgres import Databases

FOLDER = "TESTS_TEMPLATE_HOME"
"""Where the run keeps the first one; the workers of pytest-xdist are told by the first process."""

TEMPLATE = "with_tables"
"""The database of a server that the others are copies of."""

SQLITE = "hub.sqlite3"
"""The database in a hub's folder."""


def begin(environment: MutableMapping[str, str], folder: Path) -> None:
    """Say where the run may keep it."""
    environment[FOLDER] = str(folder / "template")


def with_tables(home: Path) -> Path:
    """Make this folder a hub's at rest, as ``hub migrate`` leaves it."""
    shutil.copytree(_template(), home, ignore=shutil.ignore_patterns("run"), dirs_exist_ok=True)
    home.chmod(0o700)
    return home


def of(home: Path, database_url: str) -> Path:
    """The folder of a hub on this database: with tables where they are in a file of its own, else empty."""
    if database_url.startswith("sqlite:"):
        return with_tables(home)
    home.mkdir(mode=0o700)
    return home


def in_postgres(server: Databases, name: str, folder: Path) -> str:
    """A database of this server with tables, as ``hub migrate`` leaves it; its url. The folder is for the command."""
    with _one_at_a_time():
        if not server.has(TEMPLATE):
            keys = {"HUB_SECRET_KEYS": Fernet.generate_key().decode(), "HUB_SECRET_KEY": secrets.token_urlsafe(50)}
            url = server.create_database(TEMPLATE)
            done = program.hub(folder, "migrate", HUB_DATABASE_URL=url, HUB_REDIS_URL="redis://127.0.0.1:1", **keys)
            assert done.returncode == 0, done.stdout + done.stderr
        return server.create_database(name, like=TEMPLATE)


def for_the_tests(database: Mapping[str, Any], name: str, folder: Path) -> None:
    """Make the database in which the tests of this process have their rows.

    Args:
        database: where it is, in Django's terms.
        name: what it is called; for SQLite its file.
        folder: a free one, for the command.
    """
    if database["ENGINE"].endswith("sqlite3"):
        shutil.copy(_template() / SQLITE, name)
    else:
        in_postgres(Databases(int(database["PORT"])), name, folder)


def _template() -> Path:
    folder = Path(os.environ[FOLDER])
    with _one_at_a_time():
        if not (folder / "home").exists():
            _make(folder / "being made").rename(folder / "home")
    return folder / "home"


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    folder = Path(os.environ[FOLDER])
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(home: Path) -> Path:
    done = program.hub(home, "migrate")
    assert done.returncode == 0, done.stdout + done.stderr
    with closing(sqlite3.connect(home / SQLITE)) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return home
