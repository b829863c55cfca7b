"""The dashboard: what was done, what is coming, what waits for somebody, and the way into the first journey.

People who see only some contacts see the numbers of those.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from hub.addons import catalog
from hub.addons.catalog import Entry
from hub.contacts import reads as contacts
from hub.contacts.query import ContactQuery
from hub.contacts.visibility import Viewer
from hub.engine import overview
from hub.history import reads as history
from hub.history import wording
from hub.history.models import Note
from hub.plans import reads as plans
from hub.plans.models import StepRun
from hub.users.explain import NO_PAGES
from hub.web import context
from hub.web.design import chart
from hub.web.design.links import Stage
from hub.web.entry import page
from hub.web.request import HubRequest, may
from hub.web.views.accounts import no_pages
from hub.web.views.plans.finding import visible_plans

SOON = timedelta(hours=24)
DAYS = 7
LATEST = 8
PLANS_SHOWN = 6
TONES = {"good": "success", "bad": "danger", "warn": "warning", "neutral": "neutral"}
ICONS = {"step": "activity", "plan": "list-checks", "contact": "user", "note": "sticky-note", "mail": "mail"}


@dataclass(frozen=True)
class Coming:
    """A step that is due soon."""

    run: StepRun
    contact: str
    href: str


@dataclass(frozen=True)
class Happened:
    """A line of the latest activity."""

    note: Note
    sentence: str
    contact: str
    href: str
    icon: str
    tone: str


@page("account.enter")
def dashboard(request: HubRequest) -> HttpResponse:
    """Everybody lands here; who may not see it is sent to the first page they may open."""
    if not may(request, "page.dashboard"):
        places = context.places_of(request)
        return redirect(next(iter(places.values()))) if places else no_pages(request, NO_PAGES)
    told = {**_numbers(request), **_lists(request), "switch": request.account.switch}
    return render(request, "web/dashboard/page.html", told)


def _numbers(request: HubRequest) -> dict[str, Any]:
    account, among = request.account.pk, _among(request)
    zone = timezone.get_current_timezone()
    days = overview.closed_by_day(account, zone, request.now, DAYS, among)
    soon, first = overview.coming(account, request.now, SOON, among)
    held, decide = overview.held(account, among), overview.for_people(account, among)
    return {
        "days": days,
        "bars": chart.draw([_bar(day) for day in days]),
        "today": days[-1],
        "week_done": sum(day.done for day in days),
        "week_failed": sum(day.failed for day in days),
        "soon": soon,
        "coming": _coming(request, first),
        "held": held,
        "held_count": sum(group.count for group in held),
        "held_since": min((group.since for group in held if group.since), default=None),
        "decide": decide,
        "decide_count": sum(group.count for group in decide),
    }


def _lists(request: HubRequest) -> dict[str, Any]:
    entries = catalog.for_account(request.account) if may(request, "addons.view") else []
    found = list(visible_plans(request)) if may(request, "plans.view") else []
    people = contacts.count(request.account, request.viewer, ContactQuery(), cap=1).number
    journey = _journey(request, entries, bool(found), bool(people))
    return {
        "broken": [entry for entry in entries if entry.enabled and not entry.state.active],
        "plans": _busiest(found),
        "latest": _latest(request),
        "journey": journey if any(stage.state == "current" for stage in journey) else [],
        "inbox_url": context.url("runs:inbox", request.account.pk),
        "plans_url": context.url("plans:list", request.account.pk),
        "addons_url": context.url("addons:list", request.account.pk),
    }


def _journey(request: HubRequest, entries: list[Entry], has_plans: bool, has_people: bool) -> list[Stage]:
    """The first journey, as far as it has been gone: add-on, plan, contacts, putting them on it."""
    account = request.account.pk
    steps = [
        (_("Switch an add-on on"), any(one.enabled for one in entries), context.url("addons:list", account)),
        (_("Build a plan"), has_plans, context.url("plans:list", account)),
        (_("Bring contacts in"), has_people, context.url("contacts:list", account)),
        (_("Put contacts on the plan"), overview.ever_ran(account), context.url("plans:list", account)),
    ]
    done = [finished for _label, finished, _href in steps]
    if not may(request, "plans.edit") or done[3]:
        return []  # whoever cannot build plans is not led through building them
    current = done.index(False)
    states = [
        "done" if finished else "current" if number == current else "todo" for number, finished in enumerate(done)
    ]
    return [Stage(label, state, href=href) for (label, _done, href), state in zip(steps, states, strict=True)]


def _among(request: HubRequest) -> Any:
    """Whose steps count: everybody's, or those of the contacts that this person sees."""
    viewer: Viewer = request.viewer
    if viewer.sees == "all":
        return None
    return contacts.selection(request.account, viewer, ContactQuery(archived="any"))


def _bar(day: overview.Day) -> chart.Bar:
    return chart.Bar(formats.date_format(day.date, "D j"), day.done, day.failed)


def _coming(request: HubRequest, runs: list[StepRun]) -> list[Coming]:
    names = contacts.labels(request.account, request.viewer, [run.contact_id for run in runs])
    return [Coming(run, names.get(run.contact_id, ""), _contact_url(request, run.contact_id)) for run in runs]


def _latest(request: HubRequest) -> list[Happened]:
    if not may(request, "history.view"):
        return []
    among = _among(request)
    notes = history.latest(request.account.pk, LATEST, None if among is None else among.values("pk"))
    names = contacts.labels(request.account, request.viewer, [note.contact_id for note in notes])
    return [_happened(request, note, names.get(note.contact_id, "")) for note in notes]


def _happened(request: HubRequest, note: Note, contact: str) -> Happened:
    icon = ICONS.get(note.kind.partition(".")[0], "circle")
    tone = TONES[wording.tone(note)]
    return Happened(note, wording.sentence(note), contact, _contact_url(request, note.contact_id), icon, tone)


def _busiest(found: list[Any]) -> list[tuple[Any, plans.Numbers]]:
    numbers = plans.numbers_of([plan.pk for plan in found])
    pairs = [(plan, numbers.get(plan.pk, plans.Numbers())) for plan in found]
    return sorted(pairs, key=lambda pair: (-pair[1].running, pair[0].name))[:PLANS_SHOWN]


def _contact_url(request: HubRequest, contact_id: int) -> str:
    return context.url("contacts:page", request.account.pk, contact_id)


urlpatterns = [path("a/<int:account_id>/", dashboard, name="dashboard")]
