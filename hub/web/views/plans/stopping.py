"""Taking contacts off a plan: what it would cancel is said first, to the number; then one word of why."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hub.contacts.query import ContactQuery
from hub.plans import occupancy, stopping
from hub.plans.models import Plan
from hub.web.design.links import Link
from hub.web.entry import page
from hub.web.request import HubRequest
from hub.web.views.plans import finding, selection
from hub.web.views.plans.elsewhere import address
from hub.web.views.plans.finding import url

LONGEST_REASON = 200
MOST_IDS = 500
"""Marked one by one; more than a page holds comes as *all that match*."""


@page("plans.use")
def stop(request: HubRequest, plan_id: int) -> HttpResponse:
    """First the question with its numbers; with ``confirmed``, the deed."""
    plan = finding.find(request, plan_id, "plans.use")
    given = request.POST if request.method == "POST" else request.GET
    rows = _rows(request, plan, given)
    if request.method == "POST" and given.get("confirmed") == "1":
        _stop(request, plan, rows, given.get("reason", "").strip()[:LONGEST_REASON])
        return redirect(_back(plan, given))
    impact = occupancy.stopping(rows)
    if not impact.running:
        messages.info(request, _("None of these is running on the plan; nothing was stopped."))
        return redirect(_back(plan, given))
    return render(request, "web/plans/stop.html", {
        "plan": plan, "impact": impact, "verb": _verb(impact.running), "trail": finding.trail(plan, Link(_("Stop"), "")),
        "ids": given.getlist("ids")[:MOST_IDS], "all_matching": given.get("all_matching", ""), "query": given.get("q", "")[:200],
        "state": given.get("state", "running"), "contact": given.get("contact", "")[:19], "back": _back(plan, given),
    })  # fmt: skip


def _rows(request: HubRequest, plan: Plan, given: Any) -> Any:
    """The enrollments meant, as far as their contacts are this person's to see."""
    all_of_them = bool(given.get("all_matching"))
    text = given.get("q", "")[:200] if all_of_them else ""
    seen = selection.contacts_of(request, ContactQuery(text=text, archived="any"))
    rows = occupancy.enrollments(plan, seen, "running")
    return (
        rows
        if all_of_them
        else rows.filter(pk__in=occupancy.of_ids(request.account, plan, given.getlist("ids")[:MOST_IDS]))
    )


def _back(plan: Plan, given: Any) -> str:
    """Where one came from: the page of one contact, or the plan's list of contacts."""
    contact = given.get("contact", "")
    usable = contact.isascii() and contact.isdigit() and len(contact) < 19
    return (address("contacts:page", plan.account_id, contact) if usable else "") or url("people", plan)


def _stop(request: HubRequest, plan: Plan, rows: Any, reason: str) -> None:
    ids = list(rows.values_list("pk", flat=True))
    done = stopping.stop(
        request.account, ids, reason=reason or _("Stopped by hand."), by=request.actor, now=request.now
    )
    messages.success(request, _told(done))


def _told(done: stopping.Stopped) -> str:
    words = ngettext("%(n)s contact was taken off the plan.", "%(n)s contacts were taken off the plan.", done.stopped)
    told = words % {"n": done.stopped}
    if done.cancelled:
        more = ngettext("%(n)s step was cancelled.", "%(n)s steps were cancelled.", done.cancelled)
        told += " " + more % {"n": done.cancelled}
    if done.being_sent:
        more = ngettext(
            "%(n)s is being sent and ends by itself.", "%(n)s are being sent and end by themselves.", done.being_sent
        )
        told += " " + more % {"n": done.being_sent}
    if done.with_a_person:
        more = ngettext(
            "%(n)s may have been sent and waits in the inbox for a person to say so.",
            "%(n)s may have been sent and wait in the inbox for a person to say so.",
            done.with_a_person,
        )
        told += " " + more % {"n": done.with_a_person}
    return told


def _verb(number: int) -> str:
    return ngettext("Stop %(n)s contact", "Stop %(n)s contacts", number) % {"n": number}
