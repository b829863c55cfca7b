"""The plan editor: a timeline of steps, each edited in a panel beside it.

Everything is a plain form that posts and redirects, so it works without JavaScript; htmx adds the live preview, live lists and
dragging. A save concerns one step. When somebody else saved *other* steps meanwhile, both saves stand; when they saved *this*
step, nothing is kept, the page says who and when, shows both side by side, and still holds all that was typed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from hub.db.errors import NotFound
from hub.plans import drafting, versions
from hub.plans.drafting import StepDraft
from hub.web.entry import page
from hub.web.request import HubRequest
from hub.web.views.plans import desk, finding, kinds, saving, step_form, step_typed
from hub.web.views.plans.elsewhere import address
from hub.web.views.plans.finding import url
from hub.web.views.plans.kinds import Kind


@page("plans.view")
def start(request: HubRequest, plan_id: int) -> HttpResponse:
    """Edit: make a draft where there is none, and go to it."""
    plan = finding.find_for_editing(request, plan_id)
    if request.method == "POST":
        versions.draft_for_editing(plan, by=request.actor)
    return redirect(url("edit", plan))


@page("plans.view")
def editor(request: HubRequest, plan_id: int) -> HttpResponse:
    """The timeline, nothing chosen."""
    plan = finding.find_for_editing(request, plan_id)
    if finding.draft_of(plan) is None:
        return render(request, "web/plans/no_draft.html", {"plan": plan, "trail": desk.trail_of(plan)})
    return desk.draw(request, desk.open_editor(plan))


@page("plans.view")
def step(request: HubRequest, plan_id: int, key: UUID) -> HttpResponse:
    """One step in the panel: shown, or saved."""
    plan = finding.find_for_editing(request, plan_id)
    if request.method == "POST":
        return saving.save(request, plan, key)
    at = desk.open_editor(plan)
    stored = at.step(key)
    if stored is None:
        raise NotFound(_("This step is not in the draft. Somebody may have removed it."))
    form = desk.form_for(request, at, step_typed.of_step(stored), at.kinds[stored.action_type])
    return desk.draw(request, at, form=form.with_errors(step_form.errors_of(at.verdict.problems, key)))


@page("plans.view")
def new_step(request: HubRequest, plan_id: int) -> HttpResponse:
    """A step that is not there yet: first what it does, then its form. ``at`` is its place, from 0."""
    plan = finding.find_for_editing(request, plan_id)
    if request.method == "POST":
        return saving.save(request, plan, _key(request.POST.get("key", "")))
    at = desk.open_editor(plan)
    place = step_typed.place_of(request.GET.get("at"), len(at.steps))
    kind = _offered(request, request.GET.get("type", ""))
    if kind is None:
        groups = kinds.groups(request.account)
        return desk.draw(request, at, place=place, groups=groups, addons_url=address("addons:list", plan.account_id))
    return desk.draw(
        request, at, form=desk.form_for(request, at, step_typed.new_step(kind, plan), kind, place), place=place
    )


@page("plans.view")
def remove(request: HubRequest, plan_id: int, key: UUID) -> HttpResponse:
    """Take a step out of the draft. Contacts that are on an earlier version keep theirs."""
    plan = finding.find_for_editing(request, plan_id)
    at = desk.open_editor(plan)
    stored = at.step(key)
    if stored is None:
        return redirect(url("edit", plan))  # a double click
    if request.method != "POST":
        asking = [step.name for step in drafting.asking(at.steps, key)]
        given = {"plan": plan, "step": stored, "asking": asking, "trail": desk.trail_of(plan)}
        return render(request, "web/plans/remove_step.html", given)
    versions.save_draft(at.draft, at.draft.revision, drafting.without(at.steps, key), by=request.actor)
    messages.success(request, _("“%(step)s” was taken out of the draft.") % {"step": stored.name})
    return redirect(url("edit", plan))


@page("plans.view")
def duplicate(request: HubRequest, plan_id: int, key: UUID) -> HttpResponse:
    """A copy of a step, right behind it."""
    plan = finding.find_for_editing(request, plan_id)
    at = desk.open_editor(plan)
    stored = at.step(key)
    if stored is None or request.method != "POST":
        return redirect(url("edit", plan))
    name = (_("%(name)s, again") % {"name": stored.name})[:120]
    copy = StepDraft(**{**stored.model_dump(exclude={"key"}), "name": name})
    place = [step.key for step in at.steps].index(key) + 1
    steps = drafting.moved([*at.steps, copy], copy.key, place)
    versions.save_draft(at.draft, at.draft.revision, steps, by=request.actor)
    return redirect(url("step", plan, copy.key))


@page("plans.view")
def order(request: HubRequest, plan_id: int) -> HttpResponse:
    """A new order: every key (``order``), or one step ``up`` or ``down``. Steps that the sender does not know stay at the end."""
    plan = finding.find_for_editing(request, plan_id)
    at = desk.open_editor(plan)
    if request.method == "POST":
        steps = _ordered(at.steps, request.POST)
        if [step.key for step in steps] != [step.key for step in at.steps]:
            versions.save_draft(at.draft, at.draft.revision, steps, by=request.actor)
    if not request.htmx:
        return redirect(url("edit", plan))
    return render(request, "web/plans/editor_main.html", desk.main_of(request, desk.open_editor(plan)) | {"swap": True})


def _ordered(steps: Sequence[StepDraft], post: Any) -> list[StepDraft]:
    keys = [str(step.key) for step in steps]
    for word, by in (("up", -1), ("down", 1)):
        if post.get(word) in keys:
            key = UUID(post[word])
            return drafting.moved(steps, key, keys.index(post[word]) + by)
    wanted = {key: place for place, key in enumerate(post.getlist("order"))}
    return sorted(steps, key=lambda step: wanted.get(str(step.key), len(wanted)))


def _offered(request: HubRequest, action_type: str) -> Kind | None:
    """The kind of step, if this account may use it; another name, typed into the address, chooses nothing."""
    if not kinds.is_offered(request.account, action_type):
        return None
    return kinds.kind_of(request.account, action_type)


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None
