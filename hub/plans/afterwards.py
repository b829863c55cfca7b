"""Whether what is to come after a plan can come: asked before it is made ready. When it comes, ``going_on`` starts it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from hub.accounts.models import Account
from hub.plans.checking import StepProblem
from hub.plans.models import Plan, PlanKind, PlanVersion
from hub.plans.rules import PlanRules

Told = tuple[StepProblem, ...]


def review(account: Account, said: PlanRules) -> tuple[Told, Told]:
    """What forbids it, and what may be right all the same: two plans that follow each other are made ready one by one."""
    if said.next_plan is None:
        return (), ()
    plan = Plan.objects.filter(account=account, kind=PlanKind.PLAN, pk=said.next_plan).first()
    if plan is None:
        return _told(_("The plan that is to come after this one is gone. Choose another under Goals.")), ()
    if plan.archived_at is not None:
        told = _("The plan “{name}”, which is to come after this one, is archived. Choose another under Goals.")
        return _told(told.format(name=plan.name)), ()
    if plan.versions.filter(state=PlanVersion.State.READY).exists():
        return (), ()
    told = _("The plan “{name}”, which is to come after this one, is not ready yet; until then nobody is put on it.")
    return (), _told(told.format(name=plan.name))


def _told(sentence: str) -> Told:
    return (StepProblem(0, "", "", "next_plan", sentence),)
