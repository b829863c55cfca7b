"""What comes after a plan: the next one that it names, and the guard against plans that send a contact round in circles.

The engine calls :func:`follow` inside its outcome transaction, with the enrollments that have come to their end. A next plan that
cannot be started (archived, a draft still, or one too many) undoes nothing: it becomes a line in the contact's history, and
the account's owners are told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import groupby

from django.db.models import Count
from django.utils.translation import gettext as _

from hub.audit.actor import Actor
from hub.db.errors import Conflict, Problem
from hub.history import changes as history
from hub.history.changes import NewNote
from hub.notifications import changes as notifications
from hub.notifications.changes import NewNotification
from hub.plans import enrollment
from hub.plans.models import Enrollment, Plan
from hub.plans.scheduling import EnrollmentEnd
from hub.users.leaders import in_charge

MOST_STARTS = 5
"""Put on the same plan so often within :data:`WITHIN`, a contact is put on it by a person only, and by no plan."""

WITHIN = timedelta(hours=24)


def follow(ends: Sequence[EnrollmentEnd], now: datetime) -> None:
    """Put those who came to the end of their plan on the next one, where their version names one."""
    going = sorted(_finished([end for end in ends if end.next_plan]), key=_group)
    for (account_id, _plan_id, next_id), group in groupby(going, key=_group):
        rows = list(group)
        plan = Plan.objects.filter(pk=next_id, account_id=account_id).first()
        rows = _for_the_first_time(plan, rows) if plan else rows
        circling = circles(plan, [end.contact_id for end in rows], now) if plan else set()
        for end in rows:
            if end.contact_id in circling and plan:
                _tell(account_id, [end], loop_sentence(plan), now)
        _start(account_id, plan, [end for end in rows if end.contact_id not in circling], now)


def check(plan: Plan, contact_id: int, now: datetime) -> None:
    """For a plan that puts a contact on another one by itself.

    Raises:
        Conflict: it would go in circles.
    """
    if circles(plan, [contact_id], now):
        raise Conflict(loop_sentence(plan), next=_("Let one of the plans end differently."), code="plan_loop")


def circles(plan: Plan, contact_ids: Iterable[int], now: datetime) -> set[int]:
    """Those of the contacts that were put on the plan too often of late."""
    rows = Enrollment.objects.filter(
        plan=plan, contact_id__in=list(contact_ids), started_at__gt=now - WITHIN
    ).order_by()
    counted = rows.values_list("contact_id").annotate(n=Count("pk"))
    return {contact_id for contact_id, number in counted if number >= MOST_STARTS}


def loop_sentence(plan: Plan) -> str:
    """What is told when the guard stands in the way."""
    return _("The contact was put on “{plan}” {count} times within a day, so it was not put on it again.").format(
        plan=plan.name, count=MOST_STARTS
    )


def once_sentence(plan: Plan) -> str:
    """What is told of a contact whom the plan does not take a second time."""
    return _("The contact was on “{plan}” before, and this plan takes a contact only once.").format(plan=plan.name)


def _finished(ends: Sequence[EnrollmentEnd]) -> list[EnrollmentEnd]:
    """Those that really ended: who was taken off the plan at the very same moment does not go on."""
    if not ends:
        return []
    rows = Enrollment.objects.filter(pk__in=[end.enrollment_id for end in ends], state=Enrollment.State.FINISHED)
    known = set(rows.values_list("pk", flat=True))
    return [end for end in ends if end.enrollment_id in known]


def _for_the_first_time(plan: Plan, ends: Sequence[EnrollmentEnd]) -> list[EnrollmentEnd]:
    """Without those that were put on the next plan before: what is tried again after the end makes the plan end once more."""
    rows = Enrollment.objects.filter(
        plan=plan,
        contact_id__in=[end.contact_id for end in ends],
        batch__token__startswith=_WORD.format(ends[0].plan_id),
    )
    newest = dict(rows.order_by("pk").values_list("contact_id", "pk"))
    return [end for end in ends if newest.get(end.contact_id, 0) < end.enrollment_id]


def _group(end: EnrollmentEnd) -> tuple[int, int, int]:
    return end.account_id, end.plan_id, end.next_plan or 0


def _start(account_id: int, plan: Plan | None, ends: Sequence[EnrollmentEnd], now: datetime) -> None:
    if not ends:
        return
    by = Actor("plugin", "plans", label=_name(ends[0].plan_id))
    try:
        if plan is None:
            raise Conflict(_("The next plan no longer exists."))
        enrollment.enroll(plan, [end.contact_id for end in ends], by=by, now=now, token=_token(ends))
    except Problem as problem:
        _tell(account_id, ends, problem.sentence, now)


_WORD = "next-{}-"
"""How the requests begin that come from the end of a plan."""


def _token(ends: Sequence[EnrollmentEnd]) -> str:
    """The same ends start the next plan once, whoever reports them again."""
    word = sha256(",".join(str(end.enrollment_id) for end in ends).encode()).hexdigest()
    return _WORD.format(ends[0].plan_id) + word[:40]


def _name(plan_id: int) -> str:
    return Plan.objects.filter(pk=plan_id).values_list("name", flat=True).first() or ""


def _tell(account_id: int, ends: Sequence[EnrollmentEnd], sentence: str, now: datetime) -> None:
    """A line in each contact's history, and one notification for each plan to those in charge."""
    by_plan: defaultdict[int, list[EnrollmentEnd]] = defaultdict(list)
    for end in ends:
        by_plan[end.plan_id].append(end)
    for plan_id, group in by_plan.items():
        name = _name(plan_id)
        data = {"text": sentence, "step": _("Next plan"), "plan": name}
        history.add_many(
            NewNote(account_id, end.contact_id, "step.change_failed", data, None, end.enrollment_id, name, now)
            for end in group
        )
        told = {"text": f"{name}: {sentence}", "plan": name}
        notifications.tell_many(
            NewNotification(account_id, user_id, "plan.notify", told, f"/a/{account_id}/plans/{plan_id}", now)
            for user_id in in_charge(account_id)
        )
