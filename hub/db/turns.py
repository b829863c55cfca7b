"""Taking turns: letting others write in between, and doing one thing one after the other.

SQLite has one writer. Whoever waits for it asks again after ever longer pauses, a tenth of a second at the most; work that
commits and begins anew at once is therefore almost never interrupted, and a person's click waited seven seconds behind a bulk
change of 100,000 contacts. So long work rests after a portion for a little longer than that pause: then everybody who waits
gets a turn. PostgreSQL has many writers and needs none of this.
"""

from __future__ import annotations

import hashlib
import time

from django.db import connection

from hub.db import dialect

REST_SECONDS = 0.12
"""A little more than the longest pause of SQLite's own busy handler (``sqliteDefaultBusyCallback``: 100 ms)."""


def give_way() -> None:
    """Rest between two transactions of long work, where others would otherwise wait for all of it."""
    if not dialect.is_postgres():
        time.sleep(REST_SECONDS)


def one_at_a_time(*words: object) -> None:
    """Wait until no other transaction is at the thing of this name, and keep others waiting until ours ends.

    For what no single row stands for. SQLite has one writer at a time anyway. A transaction that holds two of these must always
    take them in the same order.
    """
    if dialect.is_postgres():
        name = hashlib.sha256("\0".join(map(str, words)).encode()).digest()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(name[:8], signed=True)])
