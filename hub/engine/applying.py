"""Carrying out the changes that done steps asked for, in the transaction that closes them.

A change that can no longer be made (a user archived since, a plan gone) does not undo what was done outside: it becomes a line
in the contact's history.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from hub.audit.actor import Actor
from hub.contacts import applying as contacts
from hub.core.changes import Change, Notify, StartPlan, WriteNote
from hub.db.errors import NotFound, Problem
from hub.dispatch.ledger import Settlement
from hub.engine import recipients
from hub.history import changes as history
from hub.history.changes import NewNote
from hub.notifications import changes as notifications
from hub.notifications.changes import NewNotification
from hub.plans import enrollment, stopping
from hub.plans.models import Plan

Asked = tuple[Settlement, Change]


def apply(done: Sequence[Settlement], now: datetime) -> None:
    """Make the changes of these done runs, grouped by account."""
    asked = [(s, change) for s in done for change in _changes(s)]
    if not asked:
        return
    _notes([pair for pair in asked if isinstance(pair[1], WriteNote)], now)
    _notifications([pair for pair in asked if isinstance(pair[1], Notify)], now)
    for settlement, change in asked:
        if isinstance(change, StartPlan):
            _start_plan(settlement, change, now)
    others = [pair for pair in asked if not isinstance(pair[1], WriteNote | Notify | StartPlan)]
    _contacts(others, now)


def _changes(settlement: Settlement) -> Sequence[Change]:
    end = settlement.conclusion
    return tuple(getattr(end.outcome, "changes", ())) if end else ()


def _notes(asked: Sequence[Asked], now: datetime) -> None:
    history.add_many(_note(s, "note.written", change.text, now) for s, change in asked if isinstance(change, WriteNote))


def _note(settlement: Settlement, kind: str, text: str, now: datetime) -> NewNote:
    run = settlement.job.extra.run
    data = {"text": text, "step": settlement.job.step_name, "plan": settlement.job.plan}
    return NewNote(run.account_id, run.contact_id, kind, data, run.id, run.enrollment_id, settlement.job.plan, now)


def _notifications(asked: Sequence[Asked], now: datetime) -> None:
    notifications.tell_many(
        NewNotification(
            s.job.extra.run.account_id, user_id, "plan.notify",
            {"text": change.text, "contact": s.job.contact.full_name, "plan": s.job.plan},
            f"/a/{s.job.extra.run.account_id}/contacts/{s.job.extra.run.contact_id}", now,
        )
        for s, change in asked
        if isinstance(change, Notify)
        for user_id in _whom(s, change)
    )  # fmt: skip


def _whom(settlement: Settlement, change: Notify) -> tuple[int, ...]:
    if change.to.isdigit():
        return (int(change.to),)
    key = (settlement.job.extra.run.account_id, settlement.job.contact.assigned_user)
    return recipients.of([key])[key]


def _contacts(asked: Sequence[Asked], now: datetime) -> None:
    by_account: dict[int, list[Asked]] = {}
    for settlement, change in asked:
        by_account.setdefault(settlement.job.extra.run.account_id, []).append((settlement, change))
    for account_id, pairs in by_account.items():
        wanted = [(s.job.extra.run.contact_id, change) for s, change in pairs]
        problems = contacts.apply(account_id, wanted, by=_actor(pairs[0][0]))
        history.add_many(
            _note(settlement, "step.change_failed", problem, now)
            for (settlement, _), problem in zip(pairs, problems, strict=True)
            if problem
        )


def _start_plan(settlement: Settlement, change: StartPlan, now: datetime) -> None:
    """Put the contact on the other plan; leave this one first where the step says so."""
    run = settlement.job.extra.run
    plan = Plan.objects.filter(pk=int(change.plan), account_id=run.account_id).first()
    by = _actor(settlement)
    try:
        if plan is None:
            raise NotFound("The plan to move to no longer exists.")
        if change.leave_current:
            stopping.stop(run.account_id, [run.enrollment_id], reason=f"Moved to {plan.name}", by=by, now=now)
        enrollment.enroll(plan, [run.contact_id], by=by, now=now, token=f"run-{run.id.hex}")
    except Problem as problem:
        history.add(_note(settlement, "step.change_failed", problem.sentence, now))


def _actor(settlement: Settlement) -> Actor:
    return Actor("plugin", settlement.job.extra.run.addon, settlement.job.plan or settlement.job.extra.run.addon)
