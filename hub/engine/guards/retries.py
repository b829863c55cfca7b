"""How many of a credential's calls may be second tries: no storm after an outage.

A vendor that answers *later* to five thousand steps would be asked again by all of them, on top of what is due anyway. So the
retries over one connection are at most a fifth of its first tries of the minute before. Where there are few of those a floor
counts, for the lone step must be tried again, too. What is beyond that is put off and given a place in line
(:mod:`hub.engine.pacing`), behind those that were put off before it; nothing is refused, and nobody waits for ever.

A try that somebody asked for is none of these, nor is one whose cause an admin has mended. A group without a retry
costs nothing here. One with retries locks its connections' rows of :class:`~hub.engine.guards.models.Retries`: this is the queue
in which the workers stand, so the share holds over all of them. First tries are counted, at most every few seconds, only when the
floor does not do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from hub.core.outcomes import Verdict
from hub.db import bulk
from hub.dispatch.gate import Hold
from hub.dispatch.requests import Denied, Intent
from hub.engine import pacing, rates
from hub.engine.guards.models import Retries
from hub.engine.models import Attempt
from hub.engine.pacing import Line
from hub.plans.models import StepRun

SHARE = 0.2
"""Of the first tries of the minute before."""

MINUTE = timedelta(minutes=1)

FLOOR = 60
"""Retries in a minute whatever the first tries are: one a second is no storm."""

LEAST = 6
"""The floor where the vendor allows few calls: no lone step waits longer than ten seconds for its turn."""

COUNTED_FOR = timedelta(seconds=5)

_SENTENCE = "Many steps of this connection are being tried again; this one waits for its turn."


def allowed(firsts: int, interval: timedelta | None) -> int:
    """How many retries a minute may have. Pure.

    Args:
        firsts: first tries in the minute before.
        interval: between two calls by the vendor's declared rate; the floor is no more than a fifth of that.
    """
    floor = FLOOR if interval is None else min(FLOOR, max(LEAST, int(MINUTE / max(interval, MINUTE / 10**6) * SHARE)))
    return max(floor, int(firsts * SHARE))


def spacing(number: int) -> tuple[timedelta, timedelta]:
    """Interval and tolerance by which no minute has more than this number, a sixth of it at once. Pure."""
    burst = max(1, number // 6)
    interval = MINUTE / max(1, number - burst)
    return interval, interval * (burst - 1)


@dataclass
class _Queue:
    """One connection's retries in this group."""

    row: Retries
    line: Line
    interval: timedelta
    going: set[UUID] = field(default_factory=set)

    def save(self, moved: Collection[UUID], now: datetime) -> None:
        """Only what really leaves has used room up; the places that were given are given."""
        used = len(self.going & set(moved))
        self.row.rate_at = max(self.row.rate_at or now, now) + self.interval * used if used else self.row.rate_at
        self.row.line_at, self.row.front_at = self.line.line_at, self.line.front_at
        self.row.save()


@dataclass
class Spaced:
    """What became of the retries among a group of intents: those that wait, and the queues of the others."""

    now: datetime
    denied: dict[UUID, Denied] = field(default_factory=dict)
    queues: list[_Queue] = field(default_factory=list)

    def count(self, moved: Collection[UUID]) -> None:
        """Count those that leave. In the transaction of :func:`check`, whose locks are still held."""
        for queue in self.queues:
            queue.save(moved, self.now)


def check(intents: Sequence[Intent], now: datetime) -> Spaced:
    """Ask which of these may go as far as retries are concerned. No statement, unless one of them is one."""
    again: dict[int, list[Intent]] = defaultdict(list)
    for intent in intents:
        if intent.retry and intent.connection_id is not None:
            again[intent.connection_id].append(intent)
    spaced = Spaced(now)
    known = _known(intent for group in again.values() for intent in group) if again else {}
    for row in _locked(
        connection_id for connection_id, group in again.items() if any(i.run_id in known for i in group)
    ):
        group = [intent for intent in again[row.connection_id] if intent.run_id in known]
        group.sort(key=lambda intent: (known[intent.run_id][0], intent.run_id))
        _space(spaced, row, group, {run_id for run_id, (_, waited) in known.items() if waited})
    return spaced


# --- details -----------------------------------------------------------------------------------------------------


def _known(intents: Iterable[Intent]) -> dict[UUID, rates.Standing]:
    """The retries among these, and how they stand in line. What waited for an admin is none: somebody mended the cause."""
    rows = StepRun.objects.filter(pk__in=[intent.run_id for intent in intents], due_at__isnull=False)
    found = rows.values_list("pk", "due_at", "hold_reason", "result__verdict")
    return {id_: (due, why in rates.PUT_OFF) for id_, due, why, verdict in found if due and verdict != Verdict.ADMIN}


def _locked(connection_ids: Iterable[int]) -> list[Retries]:
    """Made where there are none, and locked in their order."""
    wanted = sorted(connection_ids)
    if not wanted:
        return []
    bulk.insert(Retries, ("connection_id",), [(one,) for one in wanted], ignore_conflicts=True)
    rows = Retries.objects.select_for_update().filter(connection_id__in=wanted)
    return list(rows.order_by("connection_id"))


def _space(spaced: Spaced, row: Retries, intents: Sequence[Intent], waited: Collection[UUID]) -> None:
    now, rate = spaced.now, intents[0].interval
    queue, places = _tried(row, intents, waited, allowed(_remembered(row, now), rate), now)
    if places and _count(row, now):
        queue, places = _tried(row, intents, waited, allowed(row.firsts, rate), now)
    spaced.queues.append(queue)
    spaced.denied |= {
        run_id: Denied(code=Hold.RETRIES, sentence=_SENTENCE, seconds=(place - now).total_seconds())
        for run_id, place in places.items()
    }


def _tried(
    row: Retries, intents: Sequence[Intent], waited: Collection[UUID], number: int, now: datetime
) -> tuple[_Queue, dict[UUID, datetime]]:
    """What a number of retries a minute makes of this group: its queue, and the places of those that wait."""
    interval, tolerance = spacing(number)
    rate_at, line_at, front_at = (max(at or now, now) for at in (row.rate_at, row.line_at, row.front_at))
    line = Line(rate_at, line_at, front_at, blocked_until=now)
    going, places = set[UUID](), dict[UUID, datetime]()
    for intent in intents:
        line, place = pacing.step_up(line, interval, tolerance, now, waited=intent.run_id in waited)
        if place is None:
            going.add(intent.run_id)
        else:
            places[intent.run_id] = place
    return _Queue(row, line, interval, going), places


def _remembered(row: Retries, now: datetime) -> int:
    return row.firsts if row.counted_at and now - row.counted_at < COUNTED_FOR else 0


def _count(row: Retries, now: datetime) -> bool:
    """Count the first tries anew, unless that was done a moment ago. Says whether it was."""
    if row.counted_at is not None and timedelta(0) <= now - row.counted_at < COUNTED_FOR:
        return False
    tries = Attempt.objects.filter(intent_at__gt=now - MINUTE, connection_id=row.connection_id, n=1)
    row.firsts, row.counted_at = tries.count(), now
    return True
