"""Finding what is due and ringing the bell.

The rows are the truth; a message only says "look at these". About fifty ids travel in one message, so that one claim, one load
of facts and one settling serve them all. A message that is lost costs a second, for the next pass finds the rows again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from hub.db import clock
from hub.dispatch import crash
from hub.plans.models import StepRun

IDS_A_MESSAGE = 50
"""Measured: 1 → 10 → 50 → 200 ids a message give 1.7k → 6.5k → 11.1k → 13.3k steps a second; 200 would make one slow vendor hold
back too many neighbours."""

RUNG_AGAIN_AFTER = timedelta(seconds=15)
"""A run whose message is on its way is not rung again before this. Only this process remembers it, and may forget it. One that
was given another time meanwhile (a retry, a vendor's rate) is another matter, and is rung at that time."""

Due = tuple[UUID, datetime]
"""A run, and the time for which it is rung."""

Send = Callable[[str, Sequence[UUID]], None]
"""``(what, ids)``: puts one message on the queue."""


class Bell:
    """Rings for what is due, without ringing twice in a row for the same runs."""

    def __init__(self, send: Send, most: int = 2_000) -> None:
        self._send, self._most = send, most
        self._rung: dict[Due, datetime] = {}

    def ring(self) -> int:
        """One pass: send messages for due steps and due look-ups. Says for how many."""
        now = clock.now()
        self._rung = {due: at for due, at in self._rung.items() if now - at < RUNG_AGAIN_AFTER and at <= now}
        return self._ring("dispatch", _steps(now, self._most), now) + self._ring("check", _checks(now, self._most), now)

    def _ring(self, what: str, found: Sequence[Due], now: datetime) -> int:
        fresh = [due for due in found if due not in self._rung]
        crash.point("before_ring")
        for start in range(0, len(fresh), IDS_A_MESSAGE):
            self._send(what, [id_ for id_, _ in fresh[start : start + IDS_A_MESSAGE]])
        self._rung.update(dict.fromkeys(fresh, now))
        crash.point("after_ring")
        return len(fresh)


def due_steps(now: datetime, most: int) -> list[UUID]:
    """Scheduled runs whose time has come, oldest first."""
    return [id_ for id_, _ in _steps(now, most)]


def due_checks(now: datetime, most: int) -> list[UUID]:
    """Unknown runs whose look-up has come due."""
    return [id_ for id_, _ in _checks(now, most)]


def _steps(now: datetime, most: int) -> list[Due]:
    rows = StepRun.objects.filter(state=StepRun.State.SCHEDULED, due_at__lte=now).order_by("due_at")
    return list(rows.values_list("pk", "due_at")[:most])


def _checks(now: datetime, most: int) -> list[Due]:
    rows = StepRun.objects.filter(state=StepRun.State.UNKNOWN, next_check_at__lte=now).order_by("next_check_at")
    return list(rows.values_list("pk", "next_check_at")[:most])


def next_due(now: datetime) -> datetime | None:
    """When the next waiting run comes due."""
    rows = StepRun.objects.filter(state=StepRun.State.SCHEDULED, due_at__gt=now).order_by("due_at")
    return rows.values_list("due_at", flat=True).first()
