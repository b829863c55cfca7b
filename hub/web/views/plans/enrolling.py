"""Putting contacts on a plan: choose whom, see what will happen to how many, confirm, read the report.

The confirmation carries a token; a second click, a second tab or a reload of it finds the first report and starts nobody twice.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from pydantic import ValidationError

from hub.contacts import reads as contacts
from hub.contacts.query import ContactQuery
from hub.db import scoping
from hub.db.errors import Invalid
from hub.plans import drafting, enrollment, moments, reads, rules, sleeping
from hub.plans.enrollment import Counts
from hub.plans.models import EnrollmentBatch, Plan
from hub.plans.spreading import Spread
from hub.web.design.links import Choice, Link
from hub.web.design.tables import Column, CursorPage
from hub.web.entry import page
from hub.web.nudge import nudge
from hub.web.request import HubRequest
from hub.web.views.contacts import querying
from hub.web.views.contacts.finding import brought
from hub.web.views.plans import finding, kinds, outlook, pacing, selection
from hub.web.views.plans.elsewhere import address
from hub.web.views.plans.finding import url

COLUMNS = (
    Column(gettext_lazy("Contact")),
    Column(gettext_lazy("E-mail")),
    Column(gettext_lazy("Phone")),
    Column(gettext_lazy("Postal address")),
    Column(gettext_lazy("Assigned to")),
)

PICKED_BY = ("q", "source", "cycle", "tag", "user", "address")
"""What the list to choose from can be narrowed by. Archived contacts are put on no plan."""


@dataclass(frozen=True)
class Line:
    """One line of the count: how many, and what becomes of them."""

    number: int
    label: str
    hint: str = ""
    tone: str = "neutral"
    icon: str = "circle"


@page("plans.use")
def choose_plan(request: HubRequest) -> HttpResponse:
    """Contacts are chosen already (by the list of contacts); which plan?"""
    key = request.GET.get("chosen", "")
    query = selection.recall(request, key)
    number = contacts.count(request.account, selection.eyes(request), query, brought=brought(request, query))
    ready = [
        line
        for line in reads.lines(finding.visible_plans(request, search=request.GET.get("q", "")[:120]))
        if line.ready
    ]
    trail = [Link(_("Plans"), reverse("plans:list", args=[request.account.pk])), Link(_("Choose a plan"), "")]
    given = {"lines": ready, "number": number, "chosen": key, "query": request.GET.get("q", "")[:120], "trail": trail}
    given["keep"] = [Choice("chosen", key)]
    return render(request, "web/plans/choose.html", given)


@page("plans.use")
def enroll(request: HubRequest, plan_id: int) -> HttpResponse:
    """Choose contacts; with a selection at hand, count and confirm."""
    plan = finding.find(request, plan_id, "plans.use")
    if request.method == "POST" and "token" in request.POST:
        return _enroll(request, plan)
    if request.method == "POST":
        return redirect(selection.hand_over(request, querying.marked(request.POST, PICKED_BY), plan.pk))
    if request.GET.get("contact"):
        return redirect(selection.hand_over(request, querying.these([request.GET["contact"]]), plan.pk))
    if request.GET.get("chosen"):
        return _confirm(request, plan, request.GET["chosen"])
    return _pick(request, plan)


def _pick(request: HubRequest, plan: Plan) -> HttpResponse:
    enrollment.count(plan, ())  # says why nobody can be put on it, before anybody chooses
    query = querying.query_of(request.GET, PICKED_BY)
    whose = selection.eyes(request)
    found = contacts.search(request.account, whose, query, request.GET.get("cursor") or None)
    count = contacts.count(request.account, whose, query)
    total = None if count.capped else count.number
    on_it = set(reads.contact_ids(plan).filter(contact_id__in=[one.pk for one in found.rows]))
    return render(request, "web/plans/pick.html", {
        "plan": plan, "columns": COLUMNS, "contacts": found.rows, "query": query.text, "total": count.number, "on_it": on_it,
        "capped": count.capped, "page": CursorPage.of(found, total),
        "contacts_url": address("contacts:list", plan.account_id),
        "filters": querying.filters(request, request.GET, PICKED_BY),
        "keep": querying.kept(request.GET, PICKED_BY),
        "trail": finding.trail(plan, Link(_("Put contacts on it"), "")), "filtered": query.is_filtered,
    })  # fmt: skip


def _confirm(request: HubRequest, plan: Plan, key: str) -> HttpResponse:
    query = selection.recall(request, key)
    counts = enrollment.count(plan, _whom(request, query), now=request.now)
    return render(request, "web/plans/confirm.html", {
        "plan": plan, "chosen": key, "counts": counts, "lines": _lines(plan, counts), "token": secrets.token_urlsafe(18),
        "lacking": [(number, words) for words, number in counts.lacking_words.items()],
        "first": _first_step(request, plan), "trail": finding.trail(plan, Link(_("Put contacts on it"), "")),
        "pace": pacing.lines(finding.ready_of(plan), counts.starting), "paused": request.place.paused,
        "verb": _verb(counts.starting),
        "complete": counts.starting - counts.incomplete,
        "verb_complete": _verb_complete(counts.starting - counts.incomplete),
        "verb_all": _("Put all %(n)s on it") % {"n": f"{counts.starting:,}"},
    })  # fmt: skip


def _enroll(request: HubRequest, plan: Plan) -> HttpResponse:
    query = selection.recall(request, request.POST.get("chosen", ""))
    token = f"web-{request.user.pk}-{request.POST['token']}"[:64]
    only_complete = request.POST.get("only_complete") == "1"
    report = enrollment.enroll(
        plan, _whom(request, query), by=request.actor, now=request.now, token=token, only_complete=only_complete,
        spread=_spread(request.POST),
    )  # fmt: skip
    nudge()
    if report.repeated:
        messages.info(request, _("This was done already; nobody was started twice."))
    batch = EnrollmentBatch.objects.get(account=request.account, token=token)
    return redirect(url("enrolled", plan, batch.pk))


@page("plans.use")
def report(request: HubRequest, plan_id: int, batch_id: int) -> HttpResponse:
    """What an enrolment did; the address can be kept."""
    plan = finding.find(request, plan_id)
    batch = scoping.get(EnrollmentBatch.objects.select_related("version"), request.account, batch_id, plan=plan)
    told = enrollment.Report(**batch.report) if batch.report else enrollment.Report()
    given = {
        "plan": plan, "batch": batch, "report": told, "skipped": _skipped(told),
        "first_due": parse_datetime(told.first_due or ""), "last_due": parse_datetime(told.last_due or ""),
        "pace": pacing.lines(batch.version, told.enrolled),
        "trail": finding.trail(plan, Link(_("Report"), "")),
    }  # fmt: skip
    return render(request, "web/plans/report.html", given)


def _spread(post: Any) -> Spread | None:
    """So many an hour or a day, where that was chosen. Raises ``Invalid``."""
    per = post.get("spread", "")
    if not per:
        return None
    try:
        return Spread.model_validate({"number": post.get("spread_number", ""), "per": per})
    except ValidationError:
        raise Invalid({"number": _("Enter how many start at a time, as a whole number from 1.")}) from None


# --- parts --------------------------------------------------------------------------------------------------------


def _whom(request: HubRequest, query: ContactQuery) -> Any:
    return selection.contacts_of(request, query)


def _lines(plan: Plan, counts: Counts) -> list[Line]:
    """The count in lines, what starts first; a line of nobody is left out."""
    told = [
        Line(counts.new, _("start for the first time"), tone="success", icon="play"),
        Line(counts.again, _("start again"), _("They were on this plan before."), "success", "rotate-ccw"),
        Line(
            counts.restart, _("are stopped and start again"),
            _("They are on it now. Steps that wait are cancelled; what is being sent comes to its own end."),
            "warning", "rotate-ccw",
        ),
        Line(counts.running, _("are on it already"), _("They stay as they are."), icon="circle-dot"),
        Line(counts.been, _("were on it before"), _("This plan takes a contact only once."), icon="history"),
        Line(counts.archived, _("are archived"), _("They are left out. Restore a contact to put it on a plan."), icon="archive"),
        Line(counts.unknown, _("are not here"), _("They were removed, or are not yours to see."), icon="eye-off"),
    ]  # fmt: skip
    return [line for line in told if line.number]


def _skipped(told: enrollment.Report) -> list[Line]:
    words = {
        "running": _("were on it already"),
        "been": _("had been on it before, and this plan takes a contact only once"),
        "archived": _("are archived"),
        "incomplete": _("lack what the steps need"),
    }
    lines = [Line(number, words.get(reason, reason)) for reason, number in told.skipped.items()]
    return lines + ([Line(told.refused, _("are not here, or not yours to see"))] if told.refused else [])


def _first_step(request: HubRequest, plan: Plan) -> Any:
    """The first card of the ready version: what happens first, and when."""
    ready = finding.ready_of(plan)
    steps = drafting.steps_of(ready)[:1] if ready else []
    known = kinds.kinds_of(plan.account, [step.action_type for step in steps])
    clock = moments.clock_of(plan.account, rules.read(ready.rules if ready else None))
    made = outlook.cards(steps, known, {}, request.now, clock, sleeping.read(plan.sleeps))
    return made[0] if made else None


def _verb(number: int) -> str:
    return ngettext("Put %(n)s contact on the plan", "Put %(n)s contacts on the plan", number) % {"n": f"{number:,}"}


def _verb_complete(number: int) -> str:
    return ngettext("Put only the %(n)s complete one on it", "Put only the %(n)s complete ones on it", number) % {
        "n": f"{number:,}"
    }
