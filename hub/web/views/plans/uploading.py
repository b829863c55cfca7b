"""One file more for the step in the panel: kept at once, and chosen; nothing of the step is saved by it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django_htmx.http import trigger_client_event

from hub.web.entry import page
from hub.web.request import HubRequest
from hub.web.views.plans import bringing, desk, finding, kinds, step_typed
from hub.web.views.plans.finding import url

CHANGED = "step-changed"
"""Told to the page when a part of the form was drawn anew, so that the preview is."""


@page("plans.view")
def upload(request: HubRequest, plan_id: int) -> HttpResponse:
    """Keep the file, and draw the choice of files anew with it chosen."""
    plan = finding.find_for_editing(request, plan_id)
    kind = kinds.kind_of(request.account, request.POST.get("type", "")[:100])
    name = bringing.field_of(kind)
    if request.method != "POST" or not request.htmx or not name:
        return redirect(url("edit", plan))
    posted, wrong = bringing.taken(request, kind, step_typed.PREFIX)
    typed = step_typed.from_post(posted, kind, step_typed.key_of(posted.get("key", "")))
    form = desk.form_for(request, desk.open_editor(plan), typed, kind).with_errors(wrong)
    drawn = render(request, "web/plans/step_files.html", {"form": form, "plan": plan, "bound": form.file_field})
    return trigger_client_event(drawn, CHANGED, after="swap")
