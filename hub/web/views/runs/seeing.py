"""Which runs a person may see: those of the contacts they may see, and of no private plan that they do not know of."""

from __future__ import annotations

from collections.abc import Callable, Collection
from uuid import UUID

from django.db.models import Q, QuerySet

from hub.contacts.models import Contact
from hub.contacts.visibility import visible
from hub.engine import reads
from hub.engine.reads import RunQuery
from hub.plans.models import Plan, PlanStep, StepRun
from hub.plans.visibility import hidden
from hub.web.request import HubRequest
from hub.web.views.contacts.finding import plan_eyes
from hub.web.views.runs import causes


def scope(request: HubRequest) -> Q:
    """The condition on runs; no condition for those who see everybody and every plan."""
    steps = _hidden_steps(request)
    known = ~Q(plan_step_id__in=steps) if steps else Q()
    if request.viewer.sees == "all":
        return known
    mine = visible(Contact.objects.filter(account=request.account), request.viewer)
    return known & Q(contact_id__in=mine.values("pk"))


def _hidden_steps(request: HubRequest) -> list[int]:
    """The steps of others' private plans, of every version. Asked for once a request, and only for who may not know of all."""
    if not hasattr(request, "hidden_steps"):
        plans = hidden(Plan.objects.filter(account=request.account), plan_eyes(request))
        rows = PlanStep.objects.filter(version__plan__in=plans)
        request.hidden_steps = list(rows.values_list("pk", flat=True))  # type: ignore[attr-defined]
    found: list[int] = request.hidden_steps  # type: ignore[attr-defined]
    return found


def runs(request: HubRequest, query: RunQuery) -> QuerySet[StepRun]:
    """The runs of the query that this person may see."""
    return reads.runs(request.account.pk, query).filter(scope(request))


def number(request: HubRequest, query: RunQuery, most: int) -> int:
    """How many runs of the query this person may see, counted up to ``most``."""
    return reads.number(request.account.pk, query, scope(request), most)


def waiting(request: HubRequest, known_to: Callable[[Collection[str]], int] | None = None) -> int:
    """How many steps wait for this person. Counted once a request: the rail tells it, and some pages do, too.

    Args:
        known_to: says it for their causes, where a page has counted already what it is made of.
    """
    if not hasattr(request, "steps_waiting"):
        mine = causes.mine(request)
        found = known_to(mine) if known_to else reads.waiting_for(request.account.pk, mine, scope(request))
        request.steps_waiting = found  # type: ignore[attr-defined]
    known: int = request.steps_waiting  # type: ignore[attr-defined]
    return known


def run(request: HubRequest, run_id: UUID) -> StepRun:
    """One run.

    Raises:
        NotFound: it is not there, or not this person's to see.
    """
    return reads.run(request.account.pk, run_id, scope(request))
