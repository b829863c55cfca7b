"""The list of runs: what steps did and are doing, newest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.addons.models import Manifest
from hub.contacts import reads as contacts
from hub.db import paging
from hub.engine import reads
from hub.engine.reads import RunQuery
from hub.plans.models import StepRun
from hub.web.design.links import Choice, Filter, Link
from hub.web.design.tables import Column, CursorPage
from hub.web.entry import page
from hub.web.request import HubRequest, may, require
from hub.web.views import silence
from hub.web.views.plans.finding import visible_plans
from hub.web.views.runs import seeing
from hub.web.views.runs.causes import words_for

COLUMNS = (
    Column(gettext_lazy("Step")),
    Column(gettext_lazy("Contact")),
    Column(gettext_lazy("State"), kind="state"),
    Column(gettext_lazy("When")),
    Column(gettext_lazy("What happened")),
)
ORDER = ("-id",)
"""Ids begin with the time they were made at."""

COUNTED = 10_000
"""Beyond this the list says "more than"."""


@dataclass(frozen=True)
class Line:
    """A row ready to draw."""

    run: StepRun
    contact: str
    said: str


@page("runs.view")
def run_list(request: HubRequest) -> HttpResponse:
    """Runs by state, plan, add-on and contact."""
    require(request, "page.runs")
    query = _query(request)
    rows = seeing.runs(request, query)
    found = paging.page(rows, request.GET.get("cursor") or None, order=ORDER)
    context = {
        "lines": lines(request, found.rows),
        "columns": COLUMNS,
        "page": CursorPage.of(found, seeing.number(request, query, COUNTED)),
        "filters": _filters(request),
        "filtered": query != RunQuery(),
        "tabs": tabs(request, "list"),
        "quiet": silence.lasting(request),
        "live": "cursor" not in request.GET,
        "replay_url": replay_url(request),
    }
    return render(request, "web/runs/list.html", context)


def replay_url(request: HubRequest) -> str:
    """Where what failed is tried again, with the filters that are set here; empty for who may not."""
    if not may(request, "runs.resolve"):
        return ""
    given = {
        "kind": request.GET.get("state", ""),
        **{name: request.GET.get(name, "") for name in ("addon", "plan", "code")},
    }
    words = urlencode({name: text for name, text in given.items() if text})
    return reverse("runs:replay", args=[request.account.pk]) + (f"?{words}" if words else "")


def tabs(request: HubRequest, current: str) -> list[Link]:
    """Runs and the inbox; the inbox with the number that waits for a person."""
    base = f"/a/{request.account.pk}/runs"
    waiting = seeing.waiting(request)
    return [
        Link(_("All runs"), base, current=current == "list"),
        Link(_("Inbox"), f"{base}/inbox", count=waiting or None, tone="danger", current=current == "inbox"),
    ]  # fmt: skip


def lines(request: HubRequest, rows: Iterable[StepRun]) -> list[Line]:
    """Rows with the names of their contacts, in one query more."""
    rows = list(rows)
    names = contacts.labels(request.account, request.viewer, {row.contact_id for row in rows})
    return [Line(row, names.get(row.contact_id, ""), _said(row)) for row in rows]


def _said(row: StepRun) -> str:
    """The outcome's own words, or why it waits."""
    if row.state in (StepRun.State.HELD, StepRun.State.REVIEW):
        return str(words_for(row.hold_reason).title)
    kept = row.result if isinstance(row.result, dict) else {}
    return row.hold_detail or str(kept.get("text", ""))


def _query(request: HubRequest) -> RunQuery:
    states = tuple(state for state in (request.GET.get("state", ""),) if state in StepRun.State.values)
    addon = request.GET.get("addon", "")[:40]
    return RunQuery(
        states=states,
        addon=addon,
        code=request.GET.get("code", "")[:60],
        plan_id=_number(request, "plan"),
        contact_id=_number(request, "contact"),
    )


def _number(request: HubRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _filters(request: HubRequest) -> list[Filter]:
    plans = visible_plans(request).values_list("pk", "name")
    addons = Manifest.objects.order_by("title").values_list("addon", "title")
    counts = reads.counts(request.account.pk, seeing.scope(request))
    states = tuple(Choice(value, label, counts.get(value) or None) for value, label in StepRun.State.choices)
    code = request.GET.get("code", "")[:60]
    reason = [Filter("code", _("Reason"), (Choice(code, words_for(code).title),), code)] if code else []
    return [
        *reason,
        Filter("state", _("State"), states, request.GET.get("state", "")),
        Filter("plan", _("Plan"), tuple(Choice(str(pk), name) for pk, name in plans[:200]), request.GET.get("plan", "")),
        Filter("addon", _("Add-on"), tuple(Choice(*one) for one in addons), request.GET.get("addon", "")),
    ]  # fmt: skip
