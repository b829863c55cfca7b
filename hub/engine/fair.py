"""Each account's turn while very many steps are due: what the oldest-first look at the rows would not come to for a long time.

The ticker rings for the two thousand steps that were due first. While one account has a hundred thousand overdue, those are all
its own. So when a look is full, a second one goes from account to account by the index (account, due) of what is scheduled, a
leap each, however many rows lie between, and takes the first few of each. So many accounts a look; the next begins where this one
ended. A worker has room for no more than so many steps of one account's add-on at a time (:mod:`hub.dispatch.lines`), so the
account with the backlog does not take up the workers either.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection

from hub.db import dialect

ACCOUNTS = 500
"""Accounts that one look comes to. Ten thousand of them have all been come to within five seconds."""

EACH = 20
"""Steps of one account in one look."""

Found = tuple[Any, Any, str, int]
"""A run, its time, its add-on, its account, as the driver gives them."""

_LEAPS = """
WITH RECURSIVE turn(account_id, n) AS (
    SELECT (SELECT MIN(s.account_id) FROM plans_steprun s WHERE s.state = 'scheduled' AND s.account_id > %s), 1
    UNION ALL
    SELECT (SELECT MIN(s.account_id) FROM plans_steprun s WHERE s.state = 'scheduled' AND s.account_id > turn.account_id), n + 1
      FROM turn WHERE turn.account_id IS NOT NULL AND n < %s
)
"""

_POSTGRES = """
SELECT r.id, {time}, r.addon, r.account_id
  FROM turn CROSS JOIN LATERAL (
       SELECT s.id, s.due_at, s.addon, s.account_id FROM plans_steprun s
        WHERE s.account_id = turn.account_id AND s.state = 'scheduled' AND s.due_at <= %s
        ORDER BY s.due_at LIMIT {each}) r
"""

_SQLITE = """
SELECT r.id, {time}, r.addon, r.account_id
  FROM turn JOIN plans_steprun r ON r.id IN (
       SELECT s.id FROM plans_steprun s
        WHERE s.account_id = turn.account_id AND s.state = 'scheduled' AND s.due_at <= %s
        ORDER BY s.due_at LIMIT {each})
"""

_LAST = "SELECT MAX(account_id), COUNT(account_id) FROM turn"


class Turns:
    """Remembers at which account the last look ended."""

    def __init__(self, accounts: int = ACCOUNTS, each: int = EACH) -> None:
        self._accounts, self._each = accounts, each
        self._after = 0

    def take(self, now: datetime) -> list[Found]:
        """The first few due steps of each of the next accounts, after the last of which the first follows again."""
        rows = (_POSTGRES if dialect.is_postgres() else _SQLITE).format(
            each=self._each, time=dialect.as_text("r.due_at")
        )
        leaps = [self._after, self._accounts]
        with connection.cursor() as cursor:
            cursor.execute(_LEAPS + rows, [*leaps, dialect.value(now)])
            found: list[Found] = cursor.fetchall()
            cursor.execute(_LEAPS + _LAST, leaps)
            last, number = cursor.fetchone()
        if not number and self._after:  # the last look ended at the very last account
            self._after = 0
            return self.take(now)
        self._after = last if number == self._accounts else 0
        return found
