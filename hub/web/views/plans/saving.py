"""Saving one step of a draft. Nothing anybody typed is lost: not to a wrong word, not to another tab.

The form carries a digest of the step as this tab read it. When the stored step is another by now, nothing is kept and the page
shows both; when only *other* steps changed, both saves stand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from hub.db.errors import Invalid
from hub.plans import drafting, versions
from hub.plans.checking import PlanProblems
from hub.plans.drafting import StepDraft
from hub.plans.models import Plan
from hub.plans.versions import DraftChanged
from hub.web.request import HubRequest
from hub.web.views.plans import bringing, desk, kinds, sketch, step_form, step_typed
from hub.web.views.plans.desk import Editor
from hub.web.views.plans.finding import url
from hub.web.views.plans.kinds import Kind
from hub.web.views.plans.step_form import StepForm
from hub.web.views.plans.step_typed import StepTyped


def save(request: HubRequest, plan: Plan, key: UUID) -> HttpResponse:
    """Keep the posted step and go back to it; or the page again, with what was typed and why it was not kept."""
    at = desk.open_editor(plan)
    stored = at.step(key)
    kind = _kind_of_save(request, stored)
    posted, wrong = bringing.taken(request, kind, step_typed.PREFIX)
    typed = step_typed.from_post(posted, kind, key, stored)
    place = step_typed.place_of(request.POST.get("at"), len(at.steps))
    given = _with(at.steps, typed, place)
    form = desk.form_for(request, at, typed, kind, place)
    if wrong:
        return desk.draw(request, at, form=form.with_errors(wrong), place=place, show_errors=True, status=422)
    if _changed_meanwhile(stored, typed, given):
        return _conflict(request, at, form, stored, place)
    try:
        versions.save_draft(at.draft, at.draft.revision, given, by=request.actor)
    except DraftChanged:
        again = desk.open_editor(plan)
        return _conflict(request, again, form, again.step(key), place)
    except PlanProblems as trouble:
        return _refused(request, at, form, trouble, place)
    _say_saved(request, at, typed)
    return redirect(url("test" if request.POST.get("then") == "test" else "step", plan, key))


def _kind_of_save(request: HubRequest, stored: StepDraft | None) -> Kind:
    """A stored step keeps its kind, and so does one that was removed while it was edited; a new one chooses from the offered."""
    if stored is not None:
        return kinds.kind_of(request.account, stored.action_type)
    named = request.POST.get("type", "")[:100]
    if not request.POST.get("base") and not kinds.is_offered(request.account, named):
        raise Invalid({"type": _("This kind of step cannot be used in this account.")})
    return kinds.kind_of(request.account, named)


def _with(steps: Sequence[StepDraft], typed: StepTyped, place: int) -> list[Any]:
    """The draft's steps with the typed one in its place; a new one at ``place``."""
    if any(step.key == typed.key for step in steps):
        return [typed.data() if step.key == typed.key else step for step in steps]
    return [*steps[:place], typed.data(), *steps[place:]]


def _changed_meanwhile(stored: StepDraft | None, typed: StepTyped, given: Sequence[Any]) -> bool:
    """Whether the step is another than the one this tab read. The same step sent twice is a double click, not a conflict."""
    if stored is None:
        return bool(typed.base)
    return step_typed.digest(stored) != typed.base and not _says_the_same(stored, typed)


def _says_the_same(stored: StepDraft, typed: StepTyped) -> bool:
    try:
        return StepDraft.model_validate(typed.data()) == stored
    except ValueError:
        return False


def _conflict(request: HubRequest, at: Editor, form: StepForm, theirs: StepDraft | None, place: int) -> HttpResponse:
    """Nothing was saved; the page holds what was typed, shows what is stored, and saves over it if that is wanted."""
    base, names = step_typed.digest(theirs) if theirs else "", drafting.names(at.steps)
    shown = replace(form, step=replace(form.step, base=base))
    conflict = {
        "who": at.draft.saved_by or _("Somebody"),
        "when": at.draft.saved_at,
        "gone": theirs is None,
        "theirs": sketch.step(theirs, form.kind, names) if theirs else "",
        "mine": _sketch_typed(form, names),
    }
    return desk.draw(request, at, form=shown, place=place, conflict=conflict, status=409)


def _sketch_typed(form: StepForm, names: Mapping[str, str]) -> str:
    try:
        return sketch.step(StepDraft.model_validate(form.step.data()), form.kind, names)
    except ValueError:
        return form.step.name


def _refused(request: HubRequest, at: Editor, form: StepForm, trouble: PlanProblems, place: int) -> HttpResponse:
    errors = step_form.errors_of(trouble.problems, form.step.key)
    elsewhere = at.lines([problem for problem in trouble.problems if problem.key != str(form.step.key)])
    return desk.draw(
        request, at, form=form.with_errors(errors), place=place, elsewhere=elsewhere, show_errors=True, status=422
    )


def _say_saved(request: HubRequest, at: Editor, typed: StepTyped) -> None:
    saved = {"step": typed.name}
    if typed.base and str(at.draft.revision) != request.POST.get("revision", ""):
        saved["who"] = at.draft.saved_by or _("Somebody")
        messages.info(request, _("“%(step)s” is saved. %(who)s saved other steps meanwhile; both are kept.") % saved)
    else:
        messages.success(request, _("“%(step)s” is saved in the draft.") % saved)
