"""What a vendor allows one credential, shared by all workers: so many calls in a time, so many at the same time.

The connection's row is locked within the intent's transaction, so the count is right over any number of workers, survives the
loss of Redis, and a worker that dies leaves nothing behind. ``pacing`` decides whose turn it is. How many calls are out is not
counted up and down but read: the runs in *calling*. So a place that a dead worker had is free as soon as the sweeper took its
run back. An add-on that declares neither limit costs nothing here, and while there is room a group costs two statements.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from hub.addons import health
from hub.addons.models import Connection
from hub.dispatch.gate import Hold
from hub.dispatch.requests import Denied, Intent
from hub.engine import pacing
from hub.engine.pacing import Line
from hub.plans.models import StepRun

TURN = timedelta(seconds=0.25)
"""How soon somebody looks again who found every place taken. Most calls are over by then; nobody is told when one is."""

_USED_UP = "The vendor's rate is used up for the moment."
_ALL_OUT = "As many calls are out as the vendor allows at the same time."

PUT_OFF = (Hold.RATE, Hold.RETRIES)
"""Why a scheduled run waits for a time that was given to it."""

Standing = tuple[datetime, bool]
"""When a run was due, and whether it stood in line already."""


def take(intents: Sequence[Intent], now: datetime) -> dict[UUID, Denied]:
    """Take room for each intent. Those for which there is none come back with the time at which to come again."""
    limited: dict[int, list[Intent]] = defaultdict(list)
    for intent in intents:
        if intent.connection_id is not None and (intent.interval is not None or intent.at_once):
            limited[intent.connection_id].append(intent)
    waiting: dict[UUID, Denied] = {}
    for row in _locked(limited):
        free, full = _places(limited[row.pk])
        waiting |= full | _take_of(row, [intent for intent in free if intent.interval is not None], now)
    return waiting


def _locked(ids: Iterable[int]) -> Iterable[Connection]:
    """In the order of their ids, so that two groups cannot wait for each other."""
    rows = Connection.objects.select_for_update().filter(pk__in=list(ids)).order_by("pk")
    return rows.only("rate_at", "line_at", "front_at", "blocked_until")


# --- so many at the same time ------------------------------------------------------------------------------------

_OUT = """
SELECT COUNT(*) FROM plans_steprun r JOIN engine_attempt a ON a.run_id = r.id AND a.fence = r.fence
 WHERE r.lease_until IS NOT NULL AND r.state = 'calling' AND a.connection_id = %s
"""


def out(connection_id: int) -> int:
    """How many calls are out over a connection now, of all workers. Exact while the connection's row is locked."""
    with connection.cursor() as cursor:
        cursor.execute(_OUT, [connection_id])
        return int(cursor.fetchone()[0])


def _places(intents: Sequence[Intent]) -> tuple[Sequence[Intent], dict[UUID, Denied]]:
    """Those for which a place is free, and what the others are told."""
    most, used_over = intents[0].at_once, intents[0].connection_id
    if not most or used_over is None:
        return intents, {}
    free = max(0, most - out(used_over))
    if free < len(intents):
        intents = _by_due_time(intents, standings(intents))
    full = {intent.run_id: _later(_ALL_OUT, TURN * (1 + place // most)) for place, intent in enumerate(intents[free:])}
    return intents[:free], full


# --- so many in a time -------------------------------------------------------------------------------------------


def _take_of(row: Connection, intents: Sequence[Intent], now: datetime) -> dict[UUID, Denied]:
    before = line = line_of(row, now)
    ordered, waited = _in_order(intents, line, now)
    if not (line.is_empty(now) or waited or _anybody(ordered, line)):
        line = Line(line.rate_at, now, now, line.blocked_until)
    waiting: dict[UUID, Denied] = {}
    for intent in ordered:
        interval = intent.interval or timedelta(0)
        line, place = pacing.step_up(line, interval, intent.tolerance, now, waited=intent.run_id in waited)
        if place is not None:
            waiting[intent.run_id] = _later(_USED_UP, place - now)
    if line != before:
        rows = Connection.objects.filter(pk=row.pk)
        rows.update(rate_at=line.rate_at, line_at=line.line_at, front_at=line.front_at)
    return waiting


def line_of(row: Connection, now: datetime) -> Line:
    """How a connection's calls stand in line. What is over counts as now."""
    return Line(*(max(at or now, now) for at in (row.rate_at, row.line_at, row.front_at, row.blocked_until)))


def _in_order(intents: Sequence[Intent], line: Line, now: datetime) -> tuple[Sequence[Intent], set[UUID]]:
    """By the time at which they were due, and which of them had a place. Nobody is asked while all of them can go."""
    if _room_for_all(intents, line, now):
        return intents, set()
    known = standings(intents)
    return _by_due_time(intents, known), {run_id for run_id, (_, waited) in known.items() if waited}


def _room_for_all(intents: Sequence[Intent], line: Line, now: datetime) -> bool:
    if not intents:
        return True
    interval, tolerance = intents[0].interval or timedelta(0), intents[0].tolerance
    return line.is_empty(now) and line.room_at(tolerance) + interval * (len(intents) - 1) <= now


def standings(intents: Sequence[Intent]) -> Mapping[UUID, Standing]:
    """How these stand in line. Whoever was put off, by a rate or as a retry, has come at the time that was given."""
    rows = StepRun.objects.filter(pk__in=[intent.run_id for intent in intents], due_at__isnull=False)
    return {id_: (due, why in PUT_OFF) for id_, due, why in rows.values_list("pk", "due_at", "hold_reason") if due}


def _by_due_time(intents: Sequence[Intent], known: Mapping[UUID, Standing]) -> Sequence[Intent]:
    """What is not known any more (somebody else has the run) comes last."""
    there = [intent for intent in intents if intent.run_id in known]
    gone = [intent for intent in intents if intent.run_id not in known]
    return sorted(there, key=lambda intent: (known[intent.run_id][0], intent.run_id)) + gone


def _anybody(intents: Sequence[Intent], line: Line) -> bool:
    """Whether somebody stands in line, or is about to: those who were given places may all have been stopped since. Where
    accounts share a connection the others' are not seen, and a newcomer may go before one of them."""
    ids = [intent.run_id for intent in intents]
    about = StepRun.objects.filter(pk__in=ids[:1]).values_list("account_id", "addon").first()
    if about is None:
        return True
    end, rows = max(line.line_at, line.front_at), StepRun.objects.filter(account_id=about[0], addon=about[1])
    standing = rows.filter(state=StepRun.State.SCHEDULED, due_at__lte=end, hold_reason__in=PUT_OFF)
    in_hand = rows.filter(state=StepRun.State.CLAIMED, lease_until__isnull=False).exclude(pk__in=ids)
    return standing.exists() or in_hand.exists()


def _later(sentence: str, wait: timedelta) -> Denied:
    return Denied(code=Hold.RATE, sentence=sentence, seconds=max(0.0, wait.total_seconds()))


def block(connection_id: int, until: datetime) -> None:
    """The vendor asked the whole connection to wait: every process heeds it from now on."""
    health.leave_alone(connection_id, until)
