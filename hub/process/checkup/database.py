"""The database: does it answer, does it keep what it acknowledges, is it up to date, what time is it there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import connection

from hub.db import migrated, policies, scope
from hub.process import start
from hub.process.checkup.finding import Finding, bad, ok, warn

OFF_SECONDS = 5.0
"""A clock that far off is worth a word."""

FULL = 0.8
"""Of the connections that there may be."""

_SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"

OLDEST_POSTGRES = 140_000
PRAGMAS = {
    "journal_mode": ("wal", "readers would wait for writers"),
    "synchronous": (2, "a commit may vanish when the power goes, and with it the note that a parcel left"),
    "foreign_keys": (1, "rows could point to nothing"),
}
DAMAGED = ("malformed", "is not a database")
"""What SQLite says of a file that it cannot make sense of."""

RESTORE = "stop the hub and restore a backup: hub restore FILE"
DURABLE = {
    "fsync": "a power cut can destroy the database",
    "synchronous_commit": "a commit may vanish when the server crashes, and with it the note that a parcel left",
    "full_page_writes": "a power cut can destroy the database",
}


def answers() -> Iterator[Finding]:
    """Whether anybody is there."""
    try:
        connection.ensure_connection()
    except Exception as error:
        words = str(error).strip().splitlines()[0]
        yield bad("database", f"it does not answer: {words}", _next(words))
        return
    yield from _sqlite() if settings.HUB_EMBEDDED else _postgres()


def _next(words: str) -> str:
    """What to do about a database that does not answer, by what is said of it."""
    if not settings.HUB_EMBEDDED:
        return "start it, or mend HUB_DATABASE_URL."
    if any(sign in words for sign in DAMAGED):
        return f"the file is damaged: {RESTORE}"
    return "see that the file and its folder can be read and written by the user that runs the hub, and that there is room."


def _sqlite() -> Iterator[Finding]:
    path = settings.DATABASES["default"]["NAME"]
    for name, (wanted, otherwise) in PRAGMAS.items():
        found = _one(f"PRAGMA {name}")
        if found != wanted:
            yield bad(
                "SQLite",
                f"{name} is {found}, not {wanted}: {otherwise}.",
                "something changed the hub's settings; restore them.",
            )
    state = str(_one("PRAGMA quick_check"))
    if state != "ok":
        yield bad("SQLite", f"the file {path} is damaged: {state}", RESTORE)
    else:
        yield ok("database", f"SQLite at {path}, sound, write-ahead log, every commit on the disk.")


def _postgres() -> Iterator[Finding]:
    number = int(_one("SHOW server_version_num"))
    if number < OLDEST_POSTGRES:
        yield bad("PostgreSQL", f"version {number // 10_000} is too old.", "use 14 or newer.")
    for name, otherwise in DURABLE.items():
        if str(_one(f"SHOW {name}")) == "off":
            yield bad("PostgreSQL", f"{name} is off: {otherwise}.", f"set {name} = on.")
    if str(_one("SHOW autovacuum")) == "off":
        yield warn("PostgreSQL", "autovacuum is off: tables grow, and the planner knows less and less of them.",
                   "set autovacuum = on.")  # fmt: skip
    taken, most = int(_one(_SESSIONS)), int(_one("SHOW max_connections"))
    if taken > FULL * most:
        yield warn("PostgreSQL", f"{taken} of {most} connections are in use; a worker that finds none does nothing.",
                   "raise max_connections, or run fewer processes.")  # fmt: skip
    yield ok("database", f"PostgreSQL {number // 10_000} answers; {taken} of {most} connections are in use.")
    yield _kept_apart()
    there = _one("SELECT clock_timestamp()")
    off = abs((there - datetime.now(UTC)).total_seconds())
    if off > OFF_SECONDS:
        yield warn("clock", f"the database's clock and this machine's are {off:.0f} seconds apart.", "run NTP on both.")
    else:
        yield ok("clock", f"the database's clock and this machine's agree within {max(off, 0.1):.1f} seconds.")


def _kept_apart() -> Finding:
    """Whether PostgreSQL itself keeps accounts apart."""
    if not scope.is_on():
        return ok(
            "row security", "off: the hub alone keeps accounts apart. HUB_ROW_SECURITY=1 lets PostgreSQL do it, too."
        )
    trouble = policies.bypasses()
    missing = "" if trouble else ", ".join(policies.unguarded())
    if trouble or missing:
        found = trouble or f"these tables have no policy in force: {missing}"
        return bad("row security", f"{found}.", "run hub migrate as the role that owns the tables.")
    return ok("row security", f"on: {len(policies.POLICIES)} tables show each request its own account's rows only.")


def migrations() -> Iterator[Finding]:
    """Whether the tables fit this version."""
    waiting, ahead = start.waiting_migrations(), migrated.ahead()
    if ahead:
        yield warn("tables", f"a newer version of the hub made {len(ahead)} migrations that this one does not know ({ahead[0]}).",
                   "install that version, or restore a backup from before it.")  # fmt: skip
    if waiting:
        yield bad("tables", f"{waiting} migrations have not been made.", "run: hub migrate")
    elif ahead:
        return
    else:
        yield ok("tables", "up to date.")


def _one(sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        row = cursor.fetchone()
        return row[0] if row else None
