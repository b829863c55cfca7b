"""Somebody pauses an account while it is at work, or locks the company above it, and lets it go on a little later."""

from __future__ import annotations

import random
import sqlite3
import time

import psycopg

from tests.faults.history import History
from tests.faults.patience import at_last
from tests.journeys.books import Books

LONGEST_SECONDS = 1.5
SWITCH = "UPDATE accounts_switch SET status = '{status}' WHERE account_id = {account}"
LOCK = "UPDATE accounts_switch SET locked = {locked}"
"""Of every account: it is the company that is locked, and there is one. How a lock comes to stand at the switches of a part of a
tree is another matter (``tests/accounts``)."""


class Pausing:
    """Works at the database of a storm, as the page's button does: the barrier is the switch's row."""

    def __init__(self, url: str, history: History, chance: random.Random) -> None:
        self._url, self._history, self._chance = url, history, chance

    def pause_and_unpause(self) -> None:
        """One account, for a moment. It is written down that it is paused when that is durable, and that it is not any more
        before it is."""
        accounts = sorted({row[0] for row in Books(self._url).read("SELECT account_id FROM plans_steprun")})
        account = self._chance.choice(accounts)
        self._execute_at_last(SWITCH.format(status="paused", account=account))
        self._history.write("pause", account=account)
        time.sleep(self._chance.uniform(0.1, LONGEST_SECONDS))
        self._history.write("unpause", account=account)
        self._execute_at_last(SWITCH.format(status="active", account=account))

    def lock_and_unlock(self) -> None:
        """The company, for a moment, and so all of it."""
        accounts = [row[0] for row in Books(self._url).read("SELECT account_id FROM accounts_switch")]
        self._execute_at_last(LOCK.format(locked="TRUE"))
        self._history.write("lock", accounts=accounts)
        time.sleep(self._chance.uniform(0.1, LONGEST_SECONDS))
        self._history.write("unlock", accounts=accounts)
        self._execute_at_last(LOCK.format(locked="FALSE"))

    def _execute_at_last(self, statement: str) -> None:
        """Whoever sees it paused before we know that it is, does no harm."""
        at_last(lambda: self._execute(statement))

    def _execute(self, statement: str) -> None:
        if self._url.startswith("sqlite:///"):
            file = sqlite3.connect(self._url.removeprefix("sqlite:///"), timeout=30)
            with file:
                file.execute(statement)
            return file.close()
        with psycopg.connect(self._url, autocommit=True, connect_timeout=5) as session:
            session.execute(statement)  # type: ignore[call-overload]  # psycopg asks for literal text
        return None
