"""Saving a part of a draft's rules, whichever page it is on: what another tab saved meanwhile is not overwritten unasked."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from hub.plans import versions
from hub.plans.models import Plan, PlanVersion
from hub.plans.rules import PlanRules
from hub.web.request import HubRequest
from hub.web.views.plans import finding
from hub.web.views.plans.finding import url


def opened(request: HubRequest, plan_id: int) -> tuple[Plan, PlanVersion | None]:
    """The plan and its draft; without a draft there is nothing to rule, and the editor says so."""
    plan = finding.find_for_editing(request, plan_id)
    return plan, finding.draft_of(plan) and finding.need_draft(plan)


def base(said: PlanRules) -> str:
    """A short word for all that the rules say, by which two tabs notice each other."""
    return hashlib.sha256(said.model_dump_json().encode()).hexdigest()[:32]


def changed_elsewhere(request: HubRequest, stored: PlanRules, said: PlanRules) -> bool:
    """Whether somebody saved other rules since this page was drawn, which these would undo."""
    return said != stored and base(stored) != request.POST.get("base")


def kept(request: HubRequest, draft: PlanVersion, said: PlanRules, sentence: Any) -> HttpResponse:
    """Save, say so, go back to the editor."""
    versions.save_rules(draft, draft.revision, said, by=request.actor)
    messages.success(request, sentence)
    return redirect(url("edit", draft.plan))
