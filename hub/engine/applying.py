"""Carrying out the changes that done steps asked for, in the transaction that closes them.

A change that can no longer be made (a user archived since, a plan gone) does not undo what was done outside: it becomes a line
in the contact's history.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from hub.audit.actor import Actor
from hub.contacts import applying as contacts
from hub.contacts import linking
from hub.core.changes import Change, LinkContact, Notify, StartPlan, WriteNote
from hub.db.errors import Conflict, NotFound, Problem
from hub.db.scoping import id_in
from hub.dispatch.ledger import Settlement
from hub.engine import doubt, recipients
from hub.history import changes as history
from hub.history.changes import NewNote
from hub.notifications import changes as notifications
from hub.notifications.changes import NewNotification
from hub.plans import enrollment, going_on, stopping
from hub.plans.models import Plan, PlanKind
from hub.users import reads as users

Asked = tuple[Settlement, Change]

ASSIGNED = "assigned"
"""What ``Notify.to`` says when it names nobody in particular."""


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
    _links(asked, now)
    others = [pair for pair in asked if not isinstance(pair[1], WriteNote | Notify | StartPlan | LinkContact)]
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
    here = _people_named(asked)
    told = [(s, change, _whom(s, change, here)) for s, change in asked if isinstance(change, Notify)]
    notifications.tell_many(
        NewNotification(
            s.job.extra.run.account_id, user_id, "plan.notify",
            {"text": change.text, "contact": s.job.contact.full_name, "plan": s.job.plan},
            f"/a/{s.job.extra.run.account_id}/contacts/{s.job.extra.run.contact_id}", now,
        )
        for s, change, whom in told
        for user_id in whom or ()
    )  # fmt: skip
    nobody = "The user to tell is not a user of this account."
    history.add_many(_note(s, "step.change_failed", nobody, now) for s, _, whom in told if whom is None)


def _people_named(asked: Sequence[Asked]) -> set[tuple[int, int]]:
    """Account and user, of those whom the changes name and who are there: a step may hold any number."""
    named: dict[int, set[int]] = {}
    for settlement, change in asked:
        if isinstance(change, Notify) and (user_id := id_in(change.to)):
            named.setdefault(settlement.job.extra.run.account_id, set()).add(user_id)
    return {
        (account, user_id)
        for account, ids in named.items()
        for user_id in users.users_of(account).filter(pk__in=ids).values_list("pk", flat=True)
    }


def _whom(settlement: Settlement, change: Notify, here: set[tuple[int, int]]) -> tuple[int, ...] | None:
    """Whom to tell; None when it is somebody who is not there."""
    account = settlement.job.extra.run.account_id
    if change.to == ASSIGNED:
        key = (account, settlement.job.contact.assigned_user)
        return recipients.of([key])[key]
    user_id = id_in(change.to)
    return (user_id,) if user_id and (account, user_id) in here else None


def _links(asked: Sequence[Asked], now: datetime) -> None:
    """The ids under which the vendor knows contacts: the add-on's own, so grouped by it too."""
    groups: dict[tuple[int, str], list[tuple[Settlement, LinkContact]]] = {}
    for settlement, change in asked:
        if isinstance(change, LinkContact):
            run = settlement.job.extra.run
            groups.setdefault((run.account_id, run.addon), []).append((settlement, change))
    for (account_id, addon), pairs in groups.items():
        wanted = [(s.job.extra.run.contact_id, change.id) for s, change in pairs]
        problems = linking.link(account_id, addon, wanted, by=_actor(pairs[0][0]))
        _failed([(settlement, problem) for (settlement, _), problem in zip(pairs, problems, strict=True)], now)


def _failed(told: Sequence[tuple[Settlement, str]], now: datetime) -> None:
    """A line in the history for every change that could not be made."""
    history.add_many(_note(settlement, "step.change_failed", problem, now) for settlement, problem in told if problem)


def _contacts(asked: Sequence[Asked], now: datetime) -> None:
    by_account: dict[int, list[Asked]] = {}
    for settlement, change in asked:
        by_account.setdefault(settlement.job.extra.run.account_id, []).append((settlement, change))
    for account_id, pairs in by_account.items():
        wanted = [(s.job.extra.run.contact_id, change) for s, change in pairs]
        problems = contacts.apply(account_id, wanted, by=_actor(pairs[0][0]))
        _failed([(settlement, problem) for (settlement, _), problem in zip(pairs, problems, strict=True)], now)


def _start_plan(settlement: Settlement, change: StartPlan, now: datetime) -> None:
    """Put the contact on the other plan; leave this one first where the step says so. Whom that one does not take stays here."""
    run = settlement.job.extra.run
    plan = Plan.objects.filter(pk=id_in(change.plan) or 0, account_id=run.account_id).first()
    by = _actor(settlement)
    try:
        if run.kind == PlanKind.TEST:
            raise Conflict("A test puts nobody on a plan.")
        if plan is None:
            raise NotFound("The plan to move to no longer exists.")
        going_on.check(plan, run.contact_id, now)
        with transaction.atomic():
            if change.leave_current:
                stopping.stop(run.account_id, [run.enrollment_id], reason=f"Moved to {plan.name}", by=by, now=now)
            report = enrollment.enroll(plan, [run.contact_id], by=by, now=now, token=f"run-{run.id.hex}")
            if report.skipped.get("been"):
                raise Conflict(going_on.once_sentence(plan))
            doubt.moved(run, plan.pk, now)
    except Problem as problem:
        history.add(_note(settlement, "step.change_failed", problem.sentence, now))


def _actor(settlement: Settlement) -> Actor:
    return Actor("plugin", settlement.job.extra.run.addon, settlement.job.plan or settlement.job.extra.run.addon)
