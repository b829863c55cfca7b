"""The days on which a plan sleeps: for whoever is on it, on whichever version."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from hub.engine import waking
from hub.plans import changes, sleeping
from hub.plans.models import Plan
from hub.web import spans
from hub.web.design.links import Link
from hub.web.entry import page
from hub.web.nudge import nudge
from hub.web.request import HubRequest
from hub.web.spans import Row
from hub.web.views.plans import finding
from hub.web.views.plans.finding import url
from hub.web.views.plans.step_fields import Drawn


@page("plans.view")
def sleep(request: HubRequest, plan_id: int) -> HttpResponse:
    """Show and save them."""
    plan = finding.find_for_editing(request, plan_id)
    if request.method != "POST":
        return _draw(request, plan, spans.rows_of(sleeping.read(plan.sleeps)))
    rows = spans.posted(request.POST, "sleeps")
    found, wrong = spans.read(rows)
    if wrong:
        return _draw(request, plan, rows, wrong)
    if changes.put_to_sleep(plan, found, by=request.actor):
        waking.of_plan(plan)
        nudge()
    messages.success(request, _("Saved."))
    return redirect(url("page", plan))


def _draw(request: HubRequest, plan: Plan, rows: list[Row], wrong: str = "") -> HttpResponse:
    field = forms.Field(label=_("The plan sleeps"), required=False, widget=spans.SpanRows())
    form = Drawn({"sleeps": field}, {"sleeps": rows}, {"sleeps": wrong})
    given = {"plan": plan, "form": form, "trail": finding.trail(plan, Link(_("Sleep"), ""))}
    return render(request, "web/plans/sleep.html", given, status=422 if wrong else 200)
