"""Letting others write in between.

SQLite has one writer. Whoever waits for it asks again after ever longer pauses, a tenth of a second at the most; work that
commits and begins anew at once is therefore almost never interrupted, and a person's click waited seven seconds behind a bulk
change of 100,000 contacts. So long work rests after a portion for a little longer than that pause: then everybody who waits
gets a turn. PostgreSQL has many writers and needs none of this.
"""

from __future__ import annotations

import time

from hub.db import dialect

REST_SECONDS = 0.12
"""A little more than the longest pause of SQLite's own busy handler (``sqliteDefaultBusyCallback``: 100 ms)."""


def give_way() -> None:
    """Rest between two transactions of long work, where others would otherwise wait for all of it."""
    if not dialect.is_postgres():
        time.sleep(REST_SECONDS)
