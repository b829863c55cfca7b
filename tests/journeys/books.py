"""What the database and the vendor's ledger say, read from outside: plain SQL and a file, none of the hub's code.

Reading survives a database that is being restarted: whoever asks then waits a moment and asks again.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

PATIENCE_SECONDS = 60.0
"""How long a database may be away. A restart takes two seconds, a busy machine multiplies it."""

LOOK_SECONDS = 0.05

Row = tuple[Any, ...]
MOVING = ("scheduled", "claimed", "calling", "unknown")
"""States that go on by themselves; in every other a run has ended or waits for a person."""


class Books:
    """The rows of one hub, by its ``HUB_DATABASE_URL``."""

    def __init__(self, url: str) -> None:
        self._url = url

    def read(self, sql: str) -> list[Row]:
        """The rows of a query; waits for a database that is away."""
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return self._read(sql)
            except (psycopg.OperationalError, sqlite3.OperationalError):
                if time.monotonic() > end:
                    raise
                time.sleep(LOOK_SECONDS)

    def number(self, sql: str) -> int:
        """The one number that a query asks for."""
        return int(self.read(sql)[0][0])

    def states(self) -> Counter[str]:
        """State → number of step runs."""
        return Counter(dict(self.read("SELECT state, COUNT(*) FROM plans_steprun GROUP BY state")))

    def closed(self) -> int:
        """Step runs that have ended."""
        return self.number("SELECT COUNT(*) FROM plans_steprun WHERE closed_at IS NOT NULL")

    def at_rest(self) -> bool:
        """Whether nothing moves any more by itself."""
        states = self.states()  # looked at once: between two looks a step may go where the second does not see it
        return not sum(states[state] for state in MOVING)

    def runs(self) -> dict[str, dict[int, str]]:
        """E-mail → step → state."""
        found: dict[str, dict[int, str]] = {}
        for email, seq, state in self.read(
            "SELECT c.email, r.seq, r.state FROM plans_steprun r JOIN contacts_contact c ON c.id = r.contact_id"
        ):
            steps = found.setdefault(email, {})
            assert seq not in steps, f"{email} has two runs of step {seq}"
            steps[seq] = state
        return found

    def notes(self) -> dict[str, Counter[str]]:
        """E-mail → kind of note → number."""
        found: dict[str, Counter[str]] = {}
        for email, kind in self.read(
            "SELECT c.email, n.kind FROM history_note n JOIN contacts_contact c ON c.id = n.contact_id"
        ):
            found.setdefault(email, Counter())[kind] += 1
        return found

    def _read(self, sql: str) -> list[Row]:
        if self._url.startswith("sqlite:///"):
            with sqlite3.connect(f"file:{self._url.removeprefix('sqlite:///')}?mode=ro", uri=True) as connection:
                return connection.execute(sql).fetchall()
        with psycopg.connect(self._url, connect_timeout=5) as session:
            return session.execute(sql).fetchall()  # type: ignore[arg-type]  # psycopg asks for literal text


def effects(ledger: Path) -> Counter[str]:
    """E-mail → how often the vendor acted for it, by the vendor's own ledger."""
    lines = ledger.read_text().splitlines() if ledger.exists() else []
    return Counter(json.loads(line)["body"]["email"] for line in lines)


def until(what: Callable[[], bool], seconds: float, told: Callable[[], object]) -> None:
    """Look again and again until it is so; fail with what is told when it takes too long."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, f"not so after {seconds:g} seconds: {told()}"
        time.sleep(LOOK_SECONDS)
