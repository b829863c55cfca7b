"""One step tried again, in the way that its class allows.

=========================== ===================================================================================
the step                    is tried again
=========================== ===================================================================================
failed                      as another run, under a reference of its own: the vendor refused the first, so it did nothing
given up, nothing open      as it is, under its own reference
given up, unclear, keyed    with the same bytes and the same key, once the first can be on its way no more
or repeatable
given up, unclear, lookup   by asking the vendor first; it is sent again only if it is surely absent
unclear and blind           not at all: a person says what happened, or sends it again and takes it on themselves
done                        not at all: who may *send again* says why, one at a time
=========================== ===================================================================================

The second time finds the step moved on, and is refused; so doing it twice is doing it once.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from hub.audit.actor import Actor
from hub.core.effects import EffectClass
from hub.db import clock
from hub.db.errors import Conflict
from hub.engine import effects, review
from hub.engine.models import Attempt
from hub.plans.models import StepRun

State = StepRun.State

SAME_REFERENCE = (str(EffectClass.REPEATABLE), str(EffectClass.KEYED), str(EffectClass.LOOKUP))
"""Classes whose unclear attempt may be followed up without a person's word for what became of it."""


def again(account_id: int, run_id: UUID, *, by: Actor) -> None:
    """Try a step again that failed or was given up.

    Raises:
        Conflict: it is done, it has moved on meanwhile, or only a person can say what became of it.
        NotFound: no such step in this account.
    """
    run = review.locked(account_id, run_id)
    if run.state == State.DONE:
        raise Conflict(
            _("This step is done, so it is not tried again."),
            next=_("Who may send again can do so on the step's own page, with a reason."),
        )
    if run.state not in (State.FAILED, State.REVIEW):
        raise review.moved(run)
    if run.open_attempts:
        _follow_up(run, by)
    else:
        review.retry(account_id, run_id, by=by)


def can_follow_up(run: StepRun) -> bool:
    """Whether an unclear step can be tried again under its own reference."""
    classes = run.state == State.REVIEW and run.open_attempts and run.effect_class in SAME_REFERENCE
    return bool(classes) and run.cancel_requested_at is None


def _follow_up(run: StepRun, by: Actor) -> None:
    attempts = Attempt.objects.filter(run_id=run.pk, outcome__in=["", "unclear"])
    last = attempts.order_by("-n").first()
    if last is None or not can_follow_up(run):
        raise Conflict(
            _("An earlier attempt of this step is still unclear, and a second could arrive twice."),
            next=_("Find out at the vendor, then choose “It happened” or “Send again”."),
        )
    if effects.klass(last) is EffectClass.LOOKUP:
        attempts.update(not_found=0)
        _look_up(run, clock.now())
    else:
        settled = last.not_after + effects.from_json(last.effect).max_processing
        review.schedule(run, due_at=max(clock.now(), settled))
    review.tell(run, "step.released", "followed_up", by)


def _look_up(run: StepRun, now: datetime) -> None:
    """The vendor is asked as if the attempt had become unclear just now, so its word counts only when it can be trusted."""
    try:
        with transaction.atomic():
            StepRun.objects.filter(pk=run.pk).update(
                state=State.UNKNOWN, fence=F("fence") + 1, unknown_at=now, next_check_at=now, checks=0, attempts=0,
                hold_reason="", hold_detail="", held_at=None,
            )  # fmt: skip
    except IntegrityError:
        raise Conflict(_("Another step of this contact's plan is under way."), next=_("Try it in a minute.")) from None
