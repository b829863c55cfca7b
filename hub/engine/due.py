"""Finding what is due and ringing the bell.

The rows are the truth; a message only says "look at these", each with its lane, so that whoever hears it knows in which line to
put it. A message that is lost costs some seconds, for a later pass finds the rows again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from hub.db import clock, dialect
from hub.dispatch import crash
from hub.dispatch.lanes import Lane
from hub.engine import fair
from hub.engine.broker import FEW_WAITING, MOST_WAITING
from hub.plans.models import StepRun

IDS_A_MESSAGE = 100
"""Few enough that several processes share a burst, many enough that a message costs next to nothing."""

RUNG_AGAIN_AFTER = timedelta(seconds=15)
"""A run whose message is on its way is not rung again before this. Only this process remembers it, and may forget it. One that
was given another time meanwhile (a retry, a vendor's rate) is another matter, and is rung at that time."""

Rung = tuple[UUID, Lane]
"""A run, and its lane."""

Due = tuple[Any, Any, str, int]
"""A run, the time for which it is rung, its add-on and its account, as the driver gives them. While many steps are due, most of
what a look finds has been rung already, and making Python's values of it cost the ticker most of its time."""

Send = Callable[[str, Sequence[Rung]], None]
"""``(what, runs)``: puts one message on the queue."""

Waiting = Callable[[], int]
"""How many messages wait on the queue already."""


def _nobody_waits() -> int:
    return 0


class Bell:
    """Rings for what is due, without ringing twice in a row for the same runs.

    While nobody takes the messages, it is quiet: a queue that holds many is not rung for the same runs again, and one that is
    long enough not at all. So the queue has an end, however long the workers are away.

    Args:
        waiting: asked before each pass. Where it fails, as with the broker out of reach, so does the pass.
    """

    def __init__(self, send: Send, most: int = 2_000, waiting: Waiting = _nobody_waits) -> None:
        self._send, self._most, self._turns, self._waiting = send, most, fair.Turns(), waiting
        self._rung: dict[tuple[Any, Any], datetime] = {}
        self.found = 0
        """How many due runs the last pass saw, rung for or not."""

    def ring(self) -> int:
        """One pass: send messages for due steps and due look-ups. Says for how many."""
        now, waiting = clock.now(), self._waiting()
        if waiting >= MOST_WAITING:
            return 0
        if waiting <= FEW_WAITING:
            self._rung = {due: at for due, at in self._rung.items() if now - at < RUNG_AGAIN_AFTER and at <= now}
        steps, checks = self._due(now), _checks(now, self._most)
        self.found = len(steps) + len(checks)
        return self._ring("dispatch", steps, now) + self._ring("check", checks, now)

    def _due(self, now: datetime) -> list[Due]:
        """What was due first; and while that fills the look, each account's first as well, and before it."""
        first = _steps(now, self._most)
        if len(first) < self._most:
            return first
        return list({due[0]: due for due in (*self._turns.take(now), *first)}.values())

    def _ring(self, what: str, found: Sequence[Due], now: datetime) -> int:
        fresh = [due for due in found if due[:2] not in self._rung]
        rung = [(dialect.read_uuid(id_), Lane(addon, str(account))) for id_, _, addon, account in fresh]
        crash.point("before_ring")
        for start in range(0, len(rung), IDS_A_MESSAGE):
            self._send(what, rung[start : start + IDS_A_MESSAGE])
        self._rung.update((due[:2], now) for due in fresh)
        crash.point("after_ring")
        return len(fresh)


def due_steps(now: datetime, most: int) -> list[UUID]:
    """Scheduled runs whose time has come, oldest first."""
    return [dialect.read_uuid(id_) for id_, *_ in _steps(now, most)]


def due_checks(now: datetime, most: int) -> list[UUID]:
    """Unknown runs whose look-up has come due."""
    return [dialect.read_uuid(id_) for id_, *_ in _checks(now, most)]


def _steps(now: datetime, most: int) -> list[Due]:
    return _look("scheduled", "due_at", now, most)


def _checks(now: datetime, most: int) -> list[Due]:
    return _look("unknown", "next_check_at", now, most)


def _look(state: str, column: str, now: datetime, most: int) -> list[Due]:
    """The state stands in the statement itself, for the index is over such rows only."""
    statement = (
        f"SELECT id, {dialect.as_text(column)}, addon, account_id FROM plans_steprun "
        f"WHERE state = '{state}' AND {column} <= %s ORDER BY {column} LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [dialect.value(now), most])
        found: list[Due] = cursor.fetchall()
    return found


def next_due(now: datetime) -> datetime | None:
    """When the next waiting run comes due."""
    rows = StepRun.objects.filter(state=StepRun.State.SCHEDULED, due_at__gt=now).order_by("due_at")
    return rows.values_list("due_at", flat=True).first()
