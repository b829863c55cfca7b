"""Numbers that tell whose they are: what is made for one account after another gets its ids from a band of its own.

An id of band 3 is a number of eight digits that begins with 703; in a page or a row it can be taken for nothing else. Bands are
begun in their order: SQLite counts on from the largest id it has seen, wherever it is told to begin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db import connection
from django.db.models import AutoField

NOWHERE = 79_999_991
"""An id that nothing has."""

_SEQUENCES = (
    "SELECT sequencename, coalesce(last_value, 0) FROM pg_sequences"
    " WHERE schemaname = current_schema() AND max_value > 100000000"
)


def begin(band: int) -> None:
    """From here on new rows have ids of this band."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT setval(sequencename::regclass, %s) FROM ({_SEQUENCES}) AS s", [_first(band)])
        return
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM sqlite_sequence")
        rows = [(table, _first(band)) for table in _tables()]
        cursor.executemany("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", rows)


def _of_bands(bands: Iterable[int]) -> str:
    # What stands beside a hyphen is the first group of a UUID.
    return rf"(?<![-\w])7(?:{'|'.join(f'{band:02}' for band in sorted(bands))})\d{{5}}(?![-\w])"


def in_text(bands: Iterable[int], text: str) -> list[str]:
    """Every id of these bands in a text."""
    wanted = list(bands)
    return sorted(set(re.findall(_of_bands(wanted), text))) if wanted else []


@contextmanager
def given_back() -> Iterator[None]:
    """PostgreSQL's sequences know no way back with a transaction; the next test shall count from where it would have."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(_SEQUENCES)
        before = cursor.fetchall()
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.executemany("SELECT setval(%s::regclass, greatest(%s, 1), %s > 0)", [(n, v, v) for n, v in before])


def _first(band: int) -> int:
    return 70_000_000 + band * 100_000


def _tables() -> list[str]:
    return [model._meta.db_table for model in apps.get_models() if isinstance(model._meta.pk, AutoField)]
