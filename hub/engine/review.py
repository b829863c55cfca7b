"""What a person may do with a step that waits for them: the error inbox.

====================== ======================================================== ==========================================
what                   when                                                     leads to
====================== ======================================================== ==========================================
retry                  nothing of it can have gone out                          it is scheduled again
send again             an attempt is open, or it is done; the person takes it   scheduled with a new reference
                       on themselves
skip                   any                                                      the plan goes on without it
resolve (done)         the person knows that it happened                        done, the plan goes on
resolve (not done)     the person knows that it did not and shall not           failed, the plan goes on
run now                held because it is late                                  scheduled
allow                  held because it looks like a repeat                      scheduled, and not asked again
leave                  it failed, and the plan went on                          gone from the inbox
====================== ======================================================== ==========================================

Nothing here sends anything. Each change names the state it found, so that two people who decide at the same time do not both
succeed; each is audited and leaves a line in the contact's history.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.contacts import facts as contact_facts
from hub.core import facts as core
from hub.core import redact
from hub.db import clock
from hub.db.errors import Conflict, Invalid, NotFound
from hub.dispatch.gate import Hold
from hub.engine import following
from hub.engine.guards import spending
from hub.engine.guards.models import Leave
from hub.engine.models import Attempt
from hub.engine.reads import SETTLED
from hub.history import changes as history
from hub.history.changes import NewNote
from hub.mail import resolving, sent
from hub.plans import effect_key, opening, run_ids
from hub.plans.models import Enrollment, PlanKind, StepRun

State = StepRun.State

WAITING = (State.REVIEW, State.HELD)

RETRIED = "retried"
"""What stands in ``hold_reason`` of a closed run that has a newer one."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What a bulk decision came to: how many were changed, and why the others were not (sentence → number)."""

    changed: int
    left: dict[str, int]


def retry(account_id: int, run_id: UUID, *, by: Actor) -> None:
    """Schedule a step again of which nothing can have gone out.

    Raises:
        Conflict: an attempt is open (use *send again*, with its own confirmation), or the step has moved meanwhile.
    """
    run = locked(account_id, run_id)
    if run.open_attempts:
        raise Conflict(
            _("An earlier attempt of this step is still unclear, so it may have happened."),
            next=_("Find out at the vendor, then choose “It happened” or “Send again”."),
        )
    if run.state == State.FAILED:
        _again_as_new(run)
    elif run.state in WAITING:
        schedule(run, first_intent_at=None)  # nothing is open, so its tries and its age begin anew
    else:
        raise moved(run)
    tell(run, "step.released", "retried", by)


def send_again(account_id: int, run_id: UUID, reason: str, *, by: Actor) -> None:
    """Send a step again although an earlier attempt may have happened, or although it is done. The vendor sees a new reference.

    Raises:
        Conflict: the step has moved meanwhile, or was sent again already.
        Invalid: a step that is done, and no reason.
    """
    run = locked(account_id, run_id)
    if run.state == State.DONE:
        return _send_done_again(run, reason, by)
    if run.state != State.REVIEW:
        raise moved(run)
    Attempt.objects.filter(run_id=run.pk, outcome__in=["", "unclear"]).update(
        outcome="given_up", detail=redact.cut(reason, 2000), ended_at=clock.now()
    )
    schedule(run, epoch=run.epoch + 1, open_attempts=0, attempts=0, first_intent_at=None, crashes=0)
    tell(run, "step.released", "sent_again", by, text=reason)


def _send_done_again(run: StepRun, reason: str, by: Actor) -> None:
    if not reason.strip():
        raise Invalid({"reason": _("Say why it is right to send it again; it is kept in the audit log.")})
    _again_as_new(run)
    tell(run, "step.released", "sent_again", by, text=reason)


def skip(account_id: int, run_id: UUID, *, by: Actor, reason: str = "") -> None:
    """Let the plan go on without this step."""
    run = locked(account_id, run_id)
    if run.state not in (*WAITING, State.SCHEDULED):
        raise moved(run)
    _close(run, State.SKIPPED, reason)
    tell(run, "step.skipped", "skipped", by, text=reason)


def resolve(account_id: int, run_id: UUID, happened: bool, *, by: Actor, reason: str = "") -> None:
    """Write down what the person found out at the vendor."""
    run = locked(account_id, run_id)
    if run.state not in (State.REVIEW, State.UNKNOWN):
        raise moved(run)
    Attempt.objects.filter(run_id=run.pk, outcome__in=["", "unclear"]).update(
        outcome="acted" if happened else "refused", detail=redact.cut(reason, 2000), ended_at=clock.now()
    )
    if not happened:
        spending.give_back_one(run)
    if run.action_type == resolving.SEND:
        sent.decided(run.pk, happened=happened)
    _close(run, State.DONE if happened else State.FAILED, reason)
    tell(run, "step.resolved", "resolved_done" if happened else "resolved_not_done", by, text=reason)


def run_now(account_id: int, run_id: UUID, *, by: Actor) -> None:
    """Let a step start that is later than it may be: now, or when its hours begin. From then on it is late anew."""
    run = locked(account_id, run_id)
    if run.state != State.HELD or run.hold_reason != Hold.LATE:
        raise moved(run)
    schedule(run, due_at=_may_start(run))
    tell(run, "step.released", "run_late", by)


def allow(account_id: int, run_id: UUID, reason: str, *, by: Actor) -> None:
    """Let a costly step go although the contact was sent the same lately. It counts for this step, whatever becomes of the
    try."""
    run = locked(account_id, run_id)
    if run.state != State.HELD or run.hold_reason != Hold.REPEAT:
        raise moved(run)
    Leave.objects.get_or_create(run_id=run.pk, guard=Hold.REPEAT, defaults={"by": by.label[:200], "at": clock.now()})
    schedule(run, due_at=clock.now())
    tell(run, "step.released", "repeat_allowed", by, text=reason)


def leave(account_id: int, run_id: UUID, *, by: Actor) -> None:
    """Let a failed step be: nothing is sent, the plan went on without it, and it leaves the inbox."""
    run = locked(account_id, run_id)
    if run.state != State.FAILED or run.hold_reason in SETTLED:
        raise moved(run)
    StepRun.objects.filter(pk=run.pk).update(hold_reason="left")
    tell(run, "step.left", "left_as_failed", by)


def many(account_id: int, run_ids: Iterable[UUID], what: str, *, by: Actor, reason: str = "") -> Decided:
    """The same decision for many runs (all of one cause, say), each on its own: one that cannot be changed stops no other.

    Args:
        what: ``retry``, ``skip``, ``done``, ``not_done``, ``run_now`` or ``leave``. *Send again* is not done in bulk.
    """
    changed, left = 0, dict[str, int]()
    for run_id in run_ids:
        try:
            with transaction.atomic():
                one(account_id, run_id, what, by=by, reason=reason)
            changed += 1
        except (Conflict, NotFound) as refusal:
            left[str(refusal)] = left.get(str(refusal), 0) + 1
    return Decided(changed, left)


def one(account_id: int, run_id: UUID, what: str, *, by: Actor, reason: str = "") -> None:
    """One decision by its name, as for :func:`many`."""
    if what == "retry":
        retry(account_id, run_id, by=by)
    elif what == "skip":
        skip(account_id, run_id, by=by, reason=reason)
    elif what == "run_now":
        run_now(account_id, run_id, by=by)
    elif what == "leave":
        leave(account_id, run_id, by=by)
    else:
        resolve(account_id, run_id, what == "done", by=by, reason=reason)


def _may_start(run: StepRun) -> datetime:
    """The first moment from now on that suits its hours: due before, it could be too late for them once more."""
    step, plan, now = run.plan_step, run.enrollment.plan, clock.now()
    person = contact_facts.of([run.contact_id]).get(run.contact_id) or core.Contact(id=str(run.contact_id))
    found = opening.of(run.action_type, step.hours, step.version.rules, plan.sleeps, run.account, person, now)
    return found.at if found else now


# --- details -----------------------------------------------------------------------------------------------------


def locked(account_id: int, run_id: UUID) -> StepRun:
    """A run that nobody else changes now. Raises ``NotFound``."""
    rows = StepRun.objects.select_for_update(of=("self",)).select_related("enrollment", "plan_step", "account")
    run = rows.filter(pk=run_id, account_id=account_id).first()
    if run is None:
        raise NotFound(_("There is no such step."))
    return run


def moved(run: StepRun) -> Conflict:
    """What to say of a run that is no longer as the person saw it."""
    return Conflict(
        _("This step has moved on meanwhile: it is now “%(state)s”.") % {"state": run.get_state_display()},
        next=_("Load the page again to see how it stands."),
    )


def schedule(run: StepRun, **values: object) -> None:
    """Put a run back in line, with its counters begun anew."""
    fields: dict[str, object] = {
        "state": State.SCHEDULED, "fence": F("fence") + 1, "due_at": run.due_at or clock.now(), "hold_reason": "",
        "hold_detail": "", "held_at": None, "crashes": 0, "attempts": 0, **values,
    }  # fmt: skip
    StepRun.objects.filter(pk=run.pk).update(**fields)


def _close(run: StepRun, state: str, reason: str) -> None:
    now = clock.now()
    StepRun.objects.filter(pk=run.pk).update(
        state=state, fence=F("fence") + 1, closed_at=now, open_attempts=0, hold_reason="", hold_detail=redact.cut(reason, 2000),
        held_at=None, next_check_at=None, worker_no=None, lease_until=None,
    )  # fmt: skip
    following.next_steps([(run.pk, state)], now)


def _again_as_new(run: StepRun) -> None:
    """A closed step is closed for ever; trying again is another run of the same step, under a key of its own."""
    if run.hold_reason == RETRIED:
        raise Conflict(_("This step has been tried again already."), next=_("Look at the newer run of the same step."))
    now = clock.now()
    times = StepRun.objects.filter(enrollment_id=run.enrollment_id, plan_step_id=run.plan_step_id).count()
    _reopen(run.enrollment)
    key = effect_key.of(
        run.account_id, run.action_type, run.contact_id, run.enrollment_id, run.plan_step.key, occurrence=times + 1
    )
    try:
        with transaction.atomic():
            StepRun.objects.create(
                id=run_ids.new(now), account_id=run.account_id, enrollment_id=run.enrollment_id, contact_id=run.contact_id,
                plan_step_id=run.plan_step_id, seq=run.seq, action_type=run.action_type, addon=run.addon, kind=run.kind,
                due_at=now, effect_key=key, created_at=now,
            )  # fmt: skip
    except IntegrityError:
        raise Conflict(_("Somebody else has just tried this step again.")) from None
    StepRun.objects.filter(pk=run.pk).update(hold_reason=RETRIED)


def _reopen(enrollment: Enrollment) -> None:
    """The plan may have run out meanwhile; the repeated step belongs to it all the same."""
    if enrollment.state == Enrollment.State.STOPPED:
        raise Conflict(_("The contact was taken off the plan."), next=_("Put the contact on the plan again."))
    try:
        with transaction.atomic():
            finished = Enrollment.objects.filter(pk=enrollment.pk, state=Enrollment.State.FINISHED)
            finished.update(state=Enrollment.State.RUNNING, ended_at=None)
    except IntegrityError:
        raise Conflict(_("The contact has been put on this plan again since.")) from None


def tell(run: StepRun, kind: str, verb: str, by: Actor, text: str = "") -> None:
    """A line in the contact's history, and one in the audit log."""
    data = {"step": run.plan_step.name, "text": text[:2000]} | ({"test": True} if run.kind == PlanKind.TEST else {})
    history.add(NewNote(run.account_id, run.contact_id, kind, data, run.pk, run.enrollment_id, by.label, clock.now()))
    record(verb, "step_run", run.pk, by=by, account_id=run.account_id, data={**data, "was": run.state})
