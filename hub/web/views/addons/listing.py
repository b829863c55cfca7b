"""The gallery: every add-on this account may use, how it stands, and what uses it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import ngettext

from hub.addons import catalog, grades
from hub.addons.catalog import Entry
from hub.addons.grades import Shown
from hub.addons.models import Manifest
from hub.engine.guards import breakers
from hub.plans.models import PlanStep, PlanVersion
from hub.web.design.icons import known_or
from hub.web.entry import page
from hub.web.request import HubRequest, may, require
from hub.web.views.addons import finding


@dataclass(frozen=True)
class Card:
    """One add-on ready to draw."""

    entry: Entry
    state: str
    uses: str
    symbol: str
    grade: str = ""


@page("addons.view")
def gallery(request: HubRequest) -> HttpResponse:
    """Available add-ons with a search that knows earlier names; what is built in; what does not load, for those who can act."""
    require(request, "page.addons")
    search = request.GET.get("q", "")[:120]
    account_id = request.account.pk
    entries = catalog.for_account(request.account, search)
    used, graded, resting = _used(request), grades.of(one.manifest for one in entries), breakers.resting(account_id)
    context = {
        "cards": [_card(one, used[one.manifest.name], graded.get(one.manifest.name), resting) for one in entries],
        "query": search,
        "built_in": Manifest.objects.filter(always_on=True).order_by("title"),
        "broken": Manifest.objects.filter(loaded=False).order_by("title") if _may_see_trouble(request) else (),
    }
    return render(request, "web/addons/list.html", context)


def _card(entry: Entry, plans: int, grade: Shown | None, resting: set[int]) -> Card:
    symbol = known_or(entry.manifest.logo, "puzzle")
    return Card(entry, finding.code(entry, resting), _uses(plans), symbol, grade.word if grade else "")


def _may_see_trouble(request: HubRequest) -> bool:
    return may(request, "platform.view") or may(request, "addons.edit")


def _used(request: HubRequest) -> Counter[str]:
    """Add-on → number of plans in force here that have a step of it."""
    steps = PlanStep.objects.filter(
        version__plan__account=request.account, version__plan__archived_at=None,
        version__state__in=(PlanVersion.State.DRAFT, PlanVersion.State.READY),
    )  # fmt: skip
    pairs = set(steps.values_list("action_type", "version__plan_id"))
    return Counter(addon for addon, _plan in {(type_.partition(".")[0], plan) for type_, plan in pairs})


def _uses(number: int) -> str:
    return ngettext("used by %(n)d plan", "used by %(n)d plans", number) % {"n": number} if number else ""
