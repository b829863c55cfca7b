"""What comes next when runs have closed: the next step with its due time, or the end of the enrollment. A few statements a group.

In plain SQL: a model's row costs more than all that is decided about it here. What is decided is :mod:`hub.plans.scheduling`'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from hub.accounts import calendars
from hub.db import bulk, dialect
from hub.engine import doubt
from hub.plans import going_on, scheduling, stopping
from hub.plans.models import Enrollment, StepRun


def next_steps(closed: Sequence[tuple[UUID, str]], now: datetime) -> None:
    """Write the step that follows each closed run, or end its enrollment. ``closed`` is run id and final state."""
    if not closed:
        return
    ends = _ends(dict(closed), now)
    doubts = {end.run.enrollment_id: end.doubt_until for end in ends if end.doubt_until is not None}
    follows = scheduling.successors([end.run for end in ends], now)
    new = [item for item in follows if isinstance(item, scheduling.NewRun) and item.enrollment_id not in doubts]
    known = _insert(new)
    _doubtful([end for end in ends if end.run.enrollment_id in doubts], doubts, now)
    ended = [item for item in follows if isinstance(item, scheduling.EnrollmentEnd)]
    ended += scheduling.ends_of(end.run for end in ends if end.run.enrollment_id in known)
    stopping.finish(ended)
    going_on.follow(ended, now)
    _doubtful_next_plans([end for end in ends if end.run.enrollment_id in doubts], ended, doubts, now)


@dataclass(frozen=True, slots=True)
class _End:
    """A closed run, when it was due, and until when its enrollment is in doubt (:mod:`hub.engine.doubt`)."""

    run_id: UUID
    run: scheduling.ClosedRun
    due_at: datetime | None
    doubt_until: datetime | None


_ENDS = """
SELECT s.id, {due_at}, s.enrollment_id, s.account_id, s.contact_id, e.version_id, s.seq, {started_at}, a.time_zone,
       a.calendar, e.state, d.until
  FROM plans_steprun s
  JOIN plans_enrollment e ON e.id = s.enrollment_id
  JOIN accounts_account a ON a.id = s.account_id
  LEFT JOIN engine_doubt d ON d.enrollment_id = s.enrollment_id
 WHERE {runs}
"""


def _ends(states: Mapping[UUID, str], now: datetime) -> list[_End]:
    """What must be known of the closed runs."""
    asked = _ENDS.format(
        due_at=dialect.as_text("s.due_at"),
        started_at=dialect.as_text("e.started_at"),
        runs=dialect.any_of("s.id", "uuid"),
    )
    with connection.cursor() as cursor:
        cursor.execute(asked, [dialect.array(states)])
        return [_end(row, states, now) for row in cursor.fetchall()]


def _end(row: Sequence[Any], states: Mapping[UUID, str], now: datetime) -> _End:
    (
        run_id,
        due_at,
        enrollment_id,
        account_id,
        contact_id,
        version_id,
        seq,
        started_at,
        zone,
        calendar,
        standing,
        until,
    ) = row
    enrolled_at = dialect.read_time(started_at)
    assert enrolled_at is not None  # the column takes no null
    closed = scheduling.ClosedRun(
        enrollment_id=enrollment_id, account_id=account_id, contact_id=contact_id, version_id=version_id, seq=seq,
        state=states[dialect.read_uuid(run_id)], closed_at=now, enrolled_at=enrolled_at, time_zone=zone,
        running=standing == Enrollment.State.RUNNING, calendar=calendars.read(calendar),
    )  # fmt: skip
    return _End(dialect.read_uuid(run_id), closed, dialect.read_time(due_at), dialect.read_time(until))


_NEW = (
    "id", "account_id", "enrollment_id", "contact_id", "plan_step_id", "seq", "action_type", "addon", "due_at", "effect_key",
    "created_at", "state",
)  # fmt: skip


def _insert(new: Sequence[scheduling.NewRun]) -> set[int]:
    """A repeated step's successor is there already, and stays: says of which enrollments, for they may be at their end."""
    rows = [[getattr(item, name) for name in _NEW] for item in new]
    if bulk.insert(StepRun, _NEW, rows, ignore_conflicts=True) == len(rows):
        return set()
    made = set(StepRun.objects.filter(pk__in=[item.id for item in new]).values_list("pk", flat=True))
    return {item.enrollment_id for item in new if item.id not in made}


def _doubtful(ends: Sequence[_End], doubts: Mapping[int, datetime], now: datetime) -> None:
    """What follows where a restored backup may have been left behind: as it would have been due at the earliest."""
    rows: list[StepRun] = []
    for end in ends:
        for item in scheduling.successors([end.run], now):
            if isinstance(item, scheduling.NewRun):
                until = doubts[end.run.enrollment_id]
                before = replace(end.run, closed_at=_earliest(end, until, now))
                (past,) = scheduling.successors([before], now)
                rows.append(doubt.judge(item, past, until))
    StepRun.objects.bulk_create(rows, ignore_conflicts=True)


def _doubtful_next_plans(
    ends: Sequence[_End], ended: Sequence[scheduling.EnrollmentEnd], doubts: Mapping[int, datetime], now: datetime
) -> None:
    """The same of the plans that follow those which have ended."""
    following = {end.enrollment_id: end.next_plan for end in ended}
    for end in ends:
        plan_id, until = following.get(end.run.enrollment_id), doubts[end.run.enrollment_id]
        if plan_id is not None:
            doubt.next_plan(plan_id, end.run.contact_id, _earliest(end, until, now), until, now)


def _earliest(end: _End, until: datetime, now: datetime) -> datetime:
    created_at = StepRun.objects.values_list("created_at", flat=True).get(pk=end.run_id)
    return doubt.earliest_end(doubt.Times(end.due_at, created_at, end.run.enrolled_at), until, now)
