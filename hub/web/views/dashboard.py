"""The dashboard: what was done, what is coming, what waits for somebody, and the way into the first journey.

People who see only some contacts see the numbers of those.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.addons import catalog
from hub.contacts import reads as contacts
from hub.contacts.query import ContactQuery
from hub.engine import overview
from hub.history import reads as history
from hub.history import wording
from hub.history.models import Note
from hub.plans import reads as plans
from hub.plans.models import StepRun
from hub.users.explain import NO_PAGES
from hub.web import context
from hub.web.design import chart
from hub.web.design.badges import Text
from hub.web.design.links import Stage
from hub.web.entry import page
from hub.web.request import HubRequest, may
from hub.web.views.accounts import no_pages
from hub.web.views.plans.finding import seen, visible_plans
from hub.web.views.runs import seeing

SOON = timedelta(hours=24)
DAYS = 7
LATEST = 8
PLANS_SHOWN = 6
TONES = {"good": "success", "bad": "danger", "warn": "warning", "neutral": "neutral"}
ICONS = {"step": "activity", "plan": "list-checks", "contact": "user", "note": "sticky-note", "mail": "mail"}


@dataclass(frozen=True)
class Step:
    """One step of the first journey: where it is taken, and why."""

    title: Text
    text: Text
    verb: Text
    icon: str
    place: str
    href: str = ""


JOURNEY = (
    Step(
        gettext_lazy("Switch an add-on on"),
        gettext_lazy("An add-on carries out steps in the outside world: it posts a gift, or tells the gym software."),
        gettext_lazy("Look at the add-ons"),
        "blocks",
        "addons:list",
    ),
    Step(
        gettext_lazy("Build a plan"),
        gettext_lazy(
            "A plan says what happens on which day: a webhook at once, a note on day two, a gift on day five."
        ),
        gettext_lazy("Build a plan"),
        "list-checks",
        "plans:list",
    ),
    Step(
        gettext_lazy("Bring contacts in"),
        gettext_lazy("Add the people the plan is for one by one, or import a list from a file."),
        gettext_lazy("Go to the contacts"),
        "users",
        "contacts:list",
    ),
    Step(
        gettext_lazy("Put contacts on the plan"),
        gettext_lazy("Preview it for one of them first. Then the hub does the rest, each step once."),
        gettext_lazy("Go to the plans"),
        "route",
        "plans:list",
    ),
)
"""How an account gets from nothing to a plan that runs."""


@dataclass(frozen=True)
class Coming:
    """A step that is due soon."""

    run: StepRun
    contact: str
    href: str


@dataclass(frozen=True)
class Waiting:
    """Steps that wait for one reason, with the add-ons' titles."""

    group: overview.Group
    addons: str


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
    told = {**_numbers(request), **_waiting(request), **_lists(request), "switch": request.account.switch}
    return render(request, "web/dashboard/page.html", told)


def _numbers(request: HubRequest) -> dict[str, Any]:
    account, among = request.account.pk, seen(request)
    zone = timezone.get_current_timezone()
    days = overview.closed_by_day(account, zone, request.now, DAYS, among)
    soon, first = overview.coming(account, request.now, SOON, among)
    return {
        "days": days,
        "bars": chart.draw([_bar(day) for day in days]),
        "today": days[-1],
        "week_done": sum(day.done for day in days),
        "week_failed": sum(day.failed for day in days),
        "soon": soon,
        "coming": _coming(request, first),
    }


def _waiting(request: HubRequest) -> dict[str, Any]:
    account, among = request.account.pk, seen(request)
    waits = overview.waits(account, among)
    held, decide = waits.held, waits.for_people
    titles = catalog.titles({addon for group in (*held, *decide) for addon in group.addons})
    return {
        "held": [_named(group, titles) for group in held],
        "held_count": sum(group.count for group in held),
        "decide": [_named(group, titles) for group in decide],
        "decide_count": sum(group.count for group in decide),
        "refused_count": waits.refused,
        "yours": seeing.waiting(request, waits.for_whom) if may(request, "runs.view") else 0,
    }


def _lists(request: HubRequest) -> dict[str, Any]:
    entries = catalog.for_account(request.account) if may(request, "addons.view") else []
    found = list(visible_plans(request)) if may(request, "plans.view") else []
    return {
        "broken": [entry for entry in entries if entry.enabled and not entry.state.active],
        "plans": _busiest(request, found),
        "latest": _latest(request),
        **_journey(request, entries, found),
        "inbox_url": context.url("runs:inbox", request.account.pk),
        "plans_url": context.url("plans:list", request.account.pk),
        "addons_url": context.url("addons:list", request.account.pk),
    }


def _journey(request: HubRequest, entries: list[catalog.Entry], found: list[Any]) -> dict[str, Any]:
    """The first journey as far as it has been gone, and what to do next; nothing for those who cannot go it."""
    if not may(request, "plans.edit") or overview.ever_ran(request.account.pk):
        return {"journey": []}
    people = contacts.count(request.account, request.viewer, ContactQuery(), cap=1).number
    gone = [any(entry.enabled for entry in entries), bool(found), bool(people), False]
    current = gone.index(False) if False in gone else len(JOURNEY) - 1
    states = ["done" if done else "todo" for done in gone]
    states[current] = "current"
    steps = [replace(step, href=context.url(step.place, request.account.pk)) for step in JOURNEY]
    stages = [Stage(step.title, state, href=step.href) for step, state in zip(steps, states, strict=True)]
    return {"journey": stages, "next_step": steps[current]}


def _named(group: overview.Group, titles: dict[str, str]) -> Waiting:
    return Waiting(group, ", ".join(titles.get(addon, addon) for addon in group.addons))


def _bar(day: overview.Day) -> chart.Bar:
    return chart.Bar(formats.date_format(day.date, "D j"), day.done, day.failed)


def _coming(request: HubRequest, runs: list[StepRun]) -> list[Coming]:
    names = contacts.labels(request.account, request.viewer, [run.contact_id for run in runs])
    return [Coming(run, names.get(run.contact_id, ""), _contact_url(request, run.contact_id)) for run in runs]


def _latest(request: HubRequest) -> list[Happened]:
    if not may(request, "history.view"):
        return []
    among = seen(request)
    notes = history.latest(request.account.pk, LATEST, None if among is None else among.values("pk"))
    names = contacts.labels(request.account, request.viewer, [note.contact_id for note in notes])
    return [_happened(request, note, names.get(note.contact_id, "")) for note in notes]


def _happened(request: HubRequest, note: Note, contact: str) -> Happened:
    icon = ICONS.get(note.kind.partition(".")[0], "circle")
    tone = TONES[wording.tone(note)]
    href = _contact_url(request, note.contact_id) if contact else ""
    return Happened(note, wording.sentence(note), contact or _("A contact"), href, icon, tone)


def _busiest(request: HubRequest, found: list[Any]) -> list[tuple[Any, plans.Numbers]]:
    numbers = plans.numbers_of([plan.pk for plan in found], seen(request))
    pairs = [(plan, numbers.get(plan.pk, plans.Numbers())) for plan in found]
    return sorted(pairs, key=lambda pair: (-pair[1].running, pair[0].name))[:PLANS_SHOWN]


def _contact_url(request: HubRequest, contact_id: int) -> str:
    return context.url("contacts:page", request.account.pk, contact_id)


urlpatterns = [path("a/<int:account_id>/", dashboard, name="dashboard")]
