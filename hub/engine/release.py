"""Holding is easy; this is letting go: held runs whose cause has gone are scheduled again, in the order in which they were due.

The edge that takes a cause away (unpausing, switching on, a new key) calls :func:`of_account` in its own transaction, so that
the steps go on at once. The ticker calls :func:`sweep` for causes that go by themselves: a plugin installed again, an edge
that died between its change and its release.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Case, DateTimeField, F, Q, QuerySet, Value, When

from hub.accounts import reads as accounts
from hub.addons import catalog, connections
from hub.db import clock, dialect
from hub.dispatch import crash
from hub.dispatch.gate import Hold
from hub.engine import capped, doorway
from hub.engine.guards import probing, spending
from hub.history.selected import add_selected
from hub.mail import resolving
from hub.plans.models import PlanKind, StepRun

BY_ITSELF = (
    Hold.ACCOUNT_PAUSED, Hold.ACCOUNT_LOCKED, Hold.UNCLAIMED, Hold.ADDON_UNAVAILABLE, Hold.ADDON_OFF, Hold.SETTINGS,
    Hold.CONNECTION, Hold.STORE,
)  # fmt: skip
"""Causes that can be seen to have gone. *Late* is not among them: a person decides."""

BY_GUARDS = (Hold.BREAKER, Hold.BUDGET)
"""Causes that go little by little: as many go on as there is room for (:mod:`hub.engine.guards`)."""


PORTION = 1_000
"""E-mails that are let go by one statement."""

Cause = tuple[int, str, str]
"""An account, an add-on, and why steps of it are held."""


def sweep() -> int:
    """Release every held run whose cause has gone. Says how many."""
    causes = StepRun.objects.filter(state=StepRun.State.HELD, hold_reason__in=(*BY_ITSELF, *BY_GUARDS)).order_by()
    return _release(causes.values_list("account_id", "addon", "hold_reason").distinct())


def of_account(account_ids: Iterable[int], addon: str = "") -> int:
    """The same for some accounts, and for one add-on of theirs where one is named; e-mails are looked at with any, for their
    mailboxes belong to add-ons that send. Where it is about mail, those that wait for the next day go on as well, as far as their
    mailbox has room."""
    account_ids = list(account_ids)
    held = StepRun.objects.filter(state=StepRun.State.HELD, hold_reason__in=(*BY_ITSELF, *BY_GUARDS))
    held = held.filter(account_id__in=account_ids)
    held = held.filter(addon__in=[addon, resolving.ADDON]) if addon else held
    freed = _release(held.order_by().values_list("account_id", "addon", "hold_reason").distinct())
    return freed + (capped.free(account_ids) if addon == resolving.ADDON else 0)


def _release(causes: Iterable[Cause]) -> int:
    causes = list(causes)
    if not causes:
        return 0
    states = connections.states_for({(account, addon) for account, addon, _ in causes if addon != resolving.ADDON})
    shut = accounts.closed(account for account, _, _ in causes)
    freed = 0
    for account, addon, reason in causes:
        closed = account in shut
        if addon == resolving.ADDON:
            freed += _release_mails((account, addon, reason), closed)
            continue
        state = states[account, addon]
        if lets_go(reason, closed=closed, active=state.active):
            freed += _schedule((account, addon, reason), among=_known((account, addon, reason)))
        elif reason in BY_GUARDS and state.active and not closed:
            freed += _let_in((account, addon, reason), state.connection_id)
    return freed


def _release_mails(cause: Cause, closed: bool) -> int:
    """Each waits for its own mailbox."""
    account, _, reason = cause
    held = _held(cause)
    freed = 0
    for group, state in doorway.of_mails(account, held).items():
        among = doorway.with_users(held).filter(plan_step_id=group.plan_step_id, user=group.user_id)
        if lets_go(reason, closed=closed, active=state.active):
            freed += _schedule_all(cause, among)
        elif reason in BY_GUARDS and state.active and not closed:
            most = room(cause, state.connection_id, clock.now())
            freed += _schedule_all(cause, among) if most is None else _schedule(cause, most, among) if most else 0
    return freed


def _schedule_all(cause: Cause, among: QuerySet[StepRun]) -> int:
    """In portions, for each names its runs."""
    freed = 0
    while gone := _schedule(cause, PORTION, among):
        freed += gone
    return freed


def _held(cause: Cause) -> QuerySet[StepRun]:
    account_id, addon, reason = cause
    return StepRun.objects.filter(account_id=account_id, addon=addon, hold_reason=reason, state=StepRun.State.HELD)


def _known(cause: Cause) -> QuerySet[StepRun] | None:
    """Of steps that nobody claimed those whose kind there is again: a newer plugin may have dropped what plans still have. None
    is all that are held for the cause."""
    _, addon, reason = cause
    if reason != Hold.UNCLAIMED:
        return None
    manifest = catalog.manifest(addon)
    return _held(cause).filter(action_type__in=[action.type for action in manifest.actions] if manifest else [])


def is_known(run: StepRun) -> bool:
    """Whether there is such a kind of step; an e-mail's there always is."""
    return run.addon == resolving.ADDON or catalog.action(run.action_type) is not None


def lets_go(reason: str, *, closed: bool, active: bool) -> bool:
    """Whether what is held for this reason goes on by itself now. Pure.

    Args:
        closed: the account is paused or locked.
        active: the doorway's answer for the add-on.
    """
    return reason in BY_ITSELF and not closed and active


def room(cause: Cause, connection_id: int | None, now: datetime) -> int | None:
    """How many of those that a guard holds may go on now (:data:`BY_GUARDS`); None is all of them."""
    account, addon, reason = cause
    if reason == Hold.BREAKER:
        return probing.room(account, connection_id, now)
    return spending.room(account, addon, now)


def ahead_of(run: StepRun, reason: str) -> int:
    """How many that a guard holds for this reason go on before this run; all of them where it is not held yet."""
    held = StepRun.objects.filter(
        account_id=run.account_id, addon=run.addon, hold_reason=reason, state=StepRun.State.HELD
    )
    if run.state == StepRun.State.HELD and run.hold_reason == reason:
        held = held.filter(Q(due_at__lt=run.due_at) | Q(due_at=run.due_at, pk__lt=run.pk))
    return held.exclude(pk=run.pk).count()


def _let_in(cause: Cause, connection_id: int | None) -> int:
    """As many as the guard has room for, those that were due first in front."""
    now = clock.now()
    most = room(cause, connection_id, now)
    if most == 0:
        return 0
    return _schedule(cause, most, due_at=_anew(now)) if cause[2] == Hold.BUDGET else _schedule(cause, most)


def _anew(now: datetime) -> Case:
    """Nobody chose the day on which there is room again, so nothing is late by it; but a test is about the moment it was made."""
    return Case(When(kind=PlanKind.TEST, then=F("due_at")), default=Value(now, output_field=DateTimeField()))


def _schedule(cause: Cause, most: int | None = None, among: QuerySet[StepRun] | None = None, **values: object) -> int:
    """Let these go on: all of them, or the first so many; of the whole cause, or of some among it."""
    held = _held(cause) if among is None else among
    with transaction.atomic():
        if most is not None:
            first = held.order_by("due_at", "pk").select_for_update(skip_locked=True)
            held = _held(cause).filter(pk__in=list(first.values_list("pk", flat=True)[:most]))
        ids = None if most is None else list(held.values_list("pk", flat=True))
        for step_id, name, kind in held.order_by().values_list("plan_step_id", "plan_step__name", "kind").distinct():
            _tell(cause, step_id, name, kind, ids)
        crash.point("in_release")
        return held.update(state=StepRun.State.SCHEDULED, hold_reason="", hold_detail="", held_at=None, **values)


def _tell(cause: Cause, step_id: int, name: str, kind: str, ids: Sequence[UUID] | None) -> None:
    """A line in each contact's history: it said that the step waits, so it says that it goes on. One statement for any number."""
    account_id, addon, reason = cause
    rows = f"""
        SELECT r.contact_id, r.enrollment_id FROM plans_steprun r
         WHERE r.state = 'held' AND r.account_id = %s AND r.hold_reason = %s AND r.addon = %s AND r.plan_step_id = %s
         {"" if ids is None else "AND " + dialect.any_of("r.id", "uuid")} {dialect.skip_locked("r")}"""
    which = [account_id, reason, addon, step_id, *([] if ids is None else [dialect.array(ids)])]
    data = {"step": name, "reason": reason} | ({"test": True} if kind == PlanKind.TEST else {})
    add_selected(rows, which, account_id=account_id, kind="step.released", data=data)
