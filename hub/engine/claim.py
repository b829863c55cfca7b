"""Taking runs: from *scheduled* to *claimed*, a batch in one statement.

Only what is scheduled, due, and alone in flight for its enrollment is taken. Everybody may try at the same time; the
database gives each run to one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from hub.db import dialect
from hub.dispatch.machine import LOOK_UP
from hub.events import changes as events
from hub.events import kinds
from hub.events.changes import NewEvent
from hub.plans.models import PlanKind

LEASE = timedelta(seconds=30)
"""After this without a word the sweeper asks whether the worker lives."""

COLUMNS = (
    "id", "account_id", "enrollment_id", "contact_id", "plan_step_id", "seq", "action_type", "addon", "kind", "effect_class",
    "costly", "state", "fence", "due_at", "attempts", "open_attempts", "crashes", "first_intent_at", "epoch",
    "cancel_requested_at", "unknown_at", "checks", "created_at",
)  # fmt: skip

_TIMES = {"due_at", "first_intent_at", "cancel_requested_at", "unknown_at", "created_at"}
_TIME_PLACES = tuple(map(COLUMNS.index, _TIMES))
_ID, _COSTLY = COLUMNS.index("id"), COLUMNS.index("costly")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A run as the claiming statement returned it: :data:`COLUMNS` of ``plans_steprun``, by their names and in their order."""

    id: UUID
    account_id: int
    enrollment_id: int
    contact_id: int
    plan_step_id: int
    seq: int
    action_type: str
    addon: str
    kind: str
    effect_class: str | None
    costly: bool
    state: str
    fence: int
    due_at: datetime | None
    attempts: int
    open_attempts: int
    crashes: int
    first_intent_at: datetime | None
    epoch: int
    cancel_requested_at: datetime | None
    unknown_at: datetime | None
    checks: int
    created_at: datetime
    hears: int | None = None
    """For which kinds of events somebody listens in the account; None where that was not asked."""


def claim(run_ids: Sequence[UUID], worker_no: int, now: datetime) -> list[Claimed]:
    """Take those of these runs that are free and due."""
    return _one_by_one(run_ids, _CLAIM, worker_no, now, LEASE)


def claim_checks(run_ids: Sequence[UUID], worker_no: int, now: datetime) -> list[Claimed]:
    """Take those of these *unknown* runs whose look-up is due: the fence goes up, the state stays."""
    return _one_by_one(run_ids, _CHECK, worker_no, now, LOOK_UP)


_CLAIM = """
UPDATE plans_steprun SET state = 'claimed', fence = fence + 1, worker_no = %s, lease_until = %s
 WHERE id IN (SELECT s.id FROM plans_steprun s
               WHERE {mine} AND s.state = 'scheduled' AND s.due_at <= %s
                 AND NOT EXISTS (SELECT 1 FROM plans_steprun o WHERE o.enrollment_id = s.enrollment_id
                                  AND o.state IN ('claimed', 'calling', 'unknown'))
               {skip_locked})
RETURNING {columns}
"""

_HEARS = "(SELECT l.kinds FROM events_listening l WHERE l.account_id = plans_steprun.account_id)"
"""Who listens comes with the run itself, so that silence costs no query."""

_CHECK = """
UPDATE plans_steprun SET fence = fence + 1, worker_no = %s, next_check_at = %s
 WHERE id IN (SELECT s.id FROM plans_steprun s
               WHERE {mine} AND s.state = 'unknown' AND s.next_check_at <= %s {skip_locked})
RETURNING {columns}
"""


def _one_by_one(run_ids: Sequence[UUID], sql: str, worker_no: int, now: datetime, lease: timedelta) -> list[Claimed]:
    """In one statement; one by one when two runs of the same enrollment are in the batch and the index refuses both."""
    if not run_ids:
        return []
    try:
        return _take(run_ids, sql, worker_no, now, lease)
    except IntegrityError:
        return [run for run_id in run_ids for run in _taken_alone(run_id, sql, worker_no, now, lease)]


def _taken_alone(run_id: UUID, sql: str, worker_no: int, now: datetime, lease: timedelta) -> list[Claimed]:
    try:
        return _take([run_id], sql, worker_no, now, lease)
    except IntegrityError:
        return []  # another run of the enrollment is in flight; this one stays scheduled and is found again


def _take(run_ids: Sequence[UUID], sql: str, worker_no: int, now: datetime, lease: timedelta) -> list[Claimed]:
    statement = sql.format(
        mine=dialect.any_of("s.id", "uuid"),
        skip_locked=dialect.skip_locked("s"),
        columns=", ".join((*map(_read, COLUMNS), _HEARS)),
    )
    until = dialect.value(now + lease)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [worker_no, until, dialect.array(run_ids), dialect.value(now)])
        taken = sorted(map(_claimed, cursor.fetchall()), key=_turn)
        _tell_reached(taken, now)
    return taken


def _read(column: str) -> str:
    return dialect.as_text(column) if column in _TIMES else column


def _tell_reached(taken: Sequence[Claimed], now: datetime) -> None:
    """A step's time has come. Told once: what is taken up again before its first try has the same id."""
    events.tell_heard(
        NewEvent(
            run.account_id, kinds.STEP_REACHED, run.contact_id, run.enrollment_id, run.id, at=now,
            uid=events.uid_of(kinds.STEP_REACHED, run.id),
        )
        for run in taken
        if run.hears and not run.attempts and run.state == "claimed" and run.kind == PlanKind.PLAN
        and kinds.holds(run.hears, kinds.STEP_REACHED)
    )  # fmt: skip


def _turn(run: Claimed) -> tuple[datetime, int]:
    """What was due first begins first: a statement returns its rows in any order."""
    return run.due_at or run.created_at, run.id.int


def _claimed(row: Sequence[Any]) -> Claimed:
    values = list(row)
    values[_ID], values[_COSTLY], values[-1] = dialect.read_uuid(row[_ID]), bool(row[_COSTLY]), row[-1] or 0
    for place in _TIME_PLACES:
        values[place] = dialect.read_time(row[place])
    return Claimed(*values)
