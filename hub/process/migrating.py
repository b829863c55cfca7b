"""One migrator at a time: an advisory lock on PostgreSQL, a locked file beside SQLite."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

LOCK = 1212_0001
"""The advisory lock's number."""


@contextmanager
def alone() -> Iterator[None]:
    """Wait until nobody else migrates, and keep others out until the block ends."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
        return
    with (Path(settings.DATABASES["default"]["NAME"]).parent / ".migrating").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
