"""Taking contacts off a plan, and writing down that they came to its end.

A step that waits is cancelled. A step that is being sent cannot be called back: it is asked to be the last one, and its outcome
is written down like any other.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.db import clock, dialect
from hub.db.scoping import id_of
from hub.events import changes as events
from hub.events import kinds
from hub.history.selected import add_selected
from hub.plans.models import CLOSED, Enrollment, Plan, PlanKind
from hub.plans.scheduling import EnrollmentEnd


@dataclass(frozen=True, slots=True)
class Stopped:
    """What stopping did.

    Attributes:
        stopped: enrollments that were running and are no longer.
        cancelled: steps that waited and will not happen.
        being_sent: steps that are on their way, or may have been sent; they come to their own end.
        with_a_person: steps that may have been sent and of which a person must say what became of them.
    """

    stopped: int = 0
    cancelled: int = 0
    being_sent: int = 0
    with_a_person: int = 0


def stop(
    account: Any, enrollment_ids: Iterable[int], *, reason: str, by: Actor, now: datetime | None = None
) -> Stopped:
    """Stop enrollments of one account (a row or an id). Those that ended already, or are another account's, stay as they are."""
    account_id, now = id_of(account), now or clock.now()
    ids = dialect.array(sorted(set(enrollment_ids)))
    # What is being sent comes first: waiting for its outcome to be written, we then see the step that follows it, too.
    asked = _ask_to_be_last(account_id, ids, now)
    with_a_person = asked["review"]
    being_sent = asked.total() - with_a_person
    cancelled = _cancel_waiting(account_id, ids, now)
    stopped = _end(account_id, ids, "stopped", reason[:200], now)
    # Of a step that was being closed inside the hub we waited for the row, and did not see yet what followed it.
    cancelled += _cancel_waiting(account_id, ids, now)
    _tell(account_id, stopped, _names(stopped), "plan.stopped", reason, by.label, now)
    if stopped:
        data = {"reason": reason, "stopped": len(stopped), "cancelled": cancelled, "being_sent": being_sent,
                "with_a_person": with_a_person}  # fmt: skip
        record("stopped", "enrollment", _one(stopped), by=by, account_id=account_id, data=data)
    return Stopped(len(stopped), cancelled, being_sent, with_a_person)


def finish(ends: Sequence[EnrollmentEnd]) -> int:
    """Write down that enrollments came to their end. The engine calls it inside its outcome transaction.

    One of which a step is open still goes on: it was tried again while the others went on. It ends when that one is closed.
    """
    groups: defaultdict[tuple[int, datetime], list[int]] = defaultdict(list)
    for end in ends:
        groups[end.account_id, end.ended_at].append(end.enrollment_id)
    finished = 0
    for (account_id, ended_at), ids in groups.items():
        rows = _finish(account_id, ids, ended_at)
        names = _names(rows)
        _tell(account_id, rows, names, "plan.finished", "", "", ended_at)
        _tell_outside(account_id, [row for row in rows if row[1] in names], ended_at)
        finished += len(rows)
    return finished


_Ended = tuple[int, int]
"""An enrollment's id and its plan's."""

NOTHING_OPEN = f"""
COALESCE((SELECT 1 FROM plans_steprun r WHERE r.enrollment_id = plans_enrollment.id
             AND r.state NOT IN ({", ".join(f"'{state}'" for state in CLOSED)}) LIMIT 1), 0) = 0"""
"""Looked up for one enrollment at a time in the index by enrollment: written so that no index of all that is open fits it, and
that no database joins it to a table whose size it does not know."""


def _finish(account_id: int, ids: Sequence[int], ended_at: datetime) -> list[_Ended]:
    rows = _end(account_id, dialect.array(sorted(ids)), "finished", "", ended_at, NOTHING_OPEN)
    left = set(ids) - {id_ for id_, _plan in rows}
    if left:
        # Of its two last steps, closed by two hands at once, neither sees the other's end. With the row locked the second does.
        running = Enrollment.objects.select_for_update().filter(pk__in=left, state=Enrollment.State.RUNNING)
        still = sorted(running.order_by("pk").values_list("pk", flat=True))
        rows += _end(account_id, dialect.array(still), "finished", "", ended_at, NOTHING_OPEN) if still else []
    return rows


def _ask_to_be_last(account_id: int, ids: Any, now: datetime) -> Counter[str]:
    """Of which state how many were asked."""
    statement = f"""
        UPDATE plans_steprun SET cancel_requested_at = COALESCE(cancel_requested_at, {_time()})
         WHERE {dialect.any_of("enrollment_id", "int")} AND account_id = %s
           AND (state IN ('calling', 'unknown', 'review')
                OR (state IN ('scheduled', 'held', 'claimed') AND open_attempts > 0))
        RETURNING state"""
    with connection.cursor() as cursor:
        cursor.execute(statement, [dialect.value(now), ids, account_id])
        return Counter(state for (state,) in cursor.fetchall())


def _cancel_waiting(account_id: int, ids: Any, now: datetime) -> int:
    at = dialect.value(now)
    return _execute(
        f"""
        UPDATE plans_steprun
           SET state = 'cancelled', fence = fence + 1, lease_until = NULL,
               closed_at = {_time()}, cancel_requested_at = {_time()}
         WHERE {dialect.any_of("enrollment_id", "int")} AND account_id = %s
           AND state IN ('scheduled', 'held', 'claimed') AND open_attempts = 0""",
        [at, at, ids, account_id],
    )


def _end(account_id: int, ids: Any, state: str, reason: str, now: datetime, only: str = "1 = 1") -> list[_Ended]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE plans_enrollment SET state = %s, ended_at = {_time()}, end_reason = %s"
            f" WHERE {dialect.any_of('id', 'int')} AND account_id = %s AND state = 'running' AND {only} RETURNING id, plan_id",
            [state, dialect.value(now), reason, ids, account_id],
        )
        ended: list[_Ended] = cursor.fetchall()
    return ended


def _names(ended: Sequence[_Ended]) -> dict[int, str]:
    """The plans of these by their names. Of a step by itself nobody is told that a plan ended (:mod:`hub.plans.lone`)."""
    plans = (
        Plan.objects.filter(pk__in={plan_id for _id, plan_id in ended}, kind=PlanKind.PLAN)
        if ended
        else Plan.objects.none()
    )
    return dict(plans.values_list("pk", "name"))


def _tell(
    account_id: int,
    ended: Sequence[_Ended],
    names: Mapping[int, str],
    kind: str,
    text: str,
    actor_label: str,
    at: datetime,
) -> None:
    by_plan: defaultdict[int, list[int]] = defaultdict(list)
    for enrollment_id, plan_id in ended:
        by_plan[plan_id].append(enrollment_id)
    for plan_id, name in names.items():
        ids = by_plan[plan_id]
        add_selected(
            f"SELECT contact_id, id AS enrollment_id FROM plans_enrollment WHERE {dialect.any_of('id', 'int')} ORDER BY id",
            [dialect.array(ids)],
            account_id=account_id,
            kind=kind,
            data={"plan": name, "plan_id": plan_id} | ({"text": text} if text else {}),
            actor_label=actor_label,
            at=at,
        )


def _tell_outside(account_id: int, ended: Sequence[_Ended], at: datetime) -> None:
    if not ended:
        return
    events.tell_selected(
        f"SELECT contact_id, id AS enrollment_id FROM plans_enrollment WHERE {dialect.any_of('id', 'int')} ORDER BY id",
        [dialect.array(id_ for id_, _plan in ended)],
        account_id=account_id,
        kind=kinds.PLAN_FINISHED,
        at=at,
    )


def _one(ended: Sequence[_Ended]) -> object:
    return ended[0][0] if len(ended) == 1 else ""


def _time() -> str:
    return dialect.cast("%s", "time")


def _execute(statement: str, parameters: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)
