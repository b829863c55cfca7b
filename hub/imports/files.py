"""Where uploaded files lie: under HUB_HOME/imports, by names of our own, readable by the hub alone.

The name a person gave their file is shown to people and never becomes part of a path.
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

_OURS = re.compile(r"[0-9a-f]{32}\.csv(?:\.part)?")
ORPHANED_AFTER = timedelta(days=1)


def folder() -> Path:
    """The folder, made when it is first needed."""
    path = Path(settings.HUB_HOME) / "imports"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def new_name() -> str:
    """A name for a new file; 128 random bits."""
    return f"{secrets.token_hex(16)}.csv"


def path_of(name: str) -> Path:
    """The file of that name. Raises ``ValueError`` for a name that is not one of ours."""
    if not _OURS.fullmatch(name):
        raise ValueError("not a file of an import")
    return folder() / name


def remove(name: str) -> None:
    """Remove a file; one that is gone already is no mistake."""
    path_of(name).unlink(missing_ok=True)


def remove_orphans(kept: set[str], now: datetime) -> int:
    """Remove files that no import names any more, such as those of an upload that was cut off; say how many."""
    gone = 0
    for path in folder().iterdir():
        old = now.timestamp() - path.stat().st_mtime > ORPHANED_AFTER.total_seconds()
        if path.name not in kept and old and _OURS.fullmatch(path.name):
            path.unlink(missing_ok=True)
            gone += 1
    return gone
