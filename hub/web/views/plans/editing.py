"""The plan editor: a timeline of steps, each edited in a panel beside it.

Everything is a plain form that posts and redirects, so it works without JavaScript; htmx adds the live preview, live lists and
dragging. A save concerns one step. When somebody else saved *other* steps meanwhile, both saves stand; when they saved *this*
step, nothing is kept, the page says who and when, shows both side by side, and still holds all that was typed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from hub.db.errors import Invalid, NotFound
from hub.plans import drafting, reads, versions
from hub.plans.checking import PlanProblems, Readiness, StepProblem
from hub.plans.drafting import StepDraft
from hub.plans.models import Plan, PlanVersion
from hub.plans.versions import DraftChanged
from hub.plans.zones import zone_of
from hub.web.design.links import Link
from hub.web.entry import page
from hub.web.request import HubRequest
from hub.web.views.plans import finding, kinds, outlook, sketch, step_form
from hub.web.views.plans.elsewhere import address
from hub.web.views.plans.finding import url
from hub.web.views.plans.step_form import Kind, StepForm, StepTyped


@dataclass(frozen=True)
class Line:
    """A problem as the page lists it: a sentence, and a link to its step and field."""

    problem: StepProblem
    href: str = ""
    field: str = ""


@dataclass(frozen=True)
class Editor:
    """A draft as the editor shows it."""

    plan: Plan
    draft: PlanVersion
    steps: Sequence[StepDraft]
    kinds: dict[str, Kind]
    verdict: Readiness

    def step(self, key: UUID) -> StepDraft | None:
        """The stored step of this key."""
        return next((step for step in self.steps if step.key == key), None)

    @property
    def problems(self) -> list[Line]:
        """What must be mended before the plan can be made ready; an empty plan has its own empty state."""
        return lines(self.plan, self.verdict.problems) if self.steps else []

    @property
    def warnings(self) -> list[Line]:
        """What may be right all the same."""
        return lines(self.plan, self.verdict.warnings)

    def cards(self, request: HubRequest) -> list[outlook.StepCard]:
        """The timeline."""
        zone = zone_of(self.plan.account.time_zone)
        made = outlook.cards(self.steps, self.kinds, reads.step_numbers(self.plan), request.now, zone)
        return [
            replace(
                card,
                problems=_sentences(self.verdict.problems, card.key),
                warnings=_sentences(self.verdict.warnings, card.key),
            )
            for card in made
        ]


def lines(plan: Plan, problems: Sequence[StepProblem]) -> list[Line]:
    """Problems with the address of the step's form."""
    return [Line(problem, _address(plan, problem), _label(problem)) for problem in problems]


def _label(problem: StepProblem) -> str:
    """What the form calls the field; empty for the step as a whole."""
    return problem.field.rpartition(".")[2].replace("_", " ").capitalize()


def _address(plan: Plan, problem: StepProblem) -> str:
    if not problem.key:
        return ""
    field = step_form.anchor(problem.field)
    return url("step", plan, problem.key) + (f"#{field}" if field else "")


def _sentences(problems: Sequence[StepProblem], key: UUID) -> tuple[str, ...]:
    return tuple(dict.fromkeys(problem.sentence for problem in problems if problem.key == str(key)))


def open_editor(plan: Plan) -> Editor:
    """The draft with what is wrong in it. Raises ``Conflict`` when there is none."""
    draft = finding.need_draft(plan)
    steps = drafting.steps_of(draft)
    found = step_form.kinds_of(plan.account, [step.action_type for step in steps])
    return Editor(plan, draft, steps, found, versions.review(draft))


# --- the pages ----------------------------------------------------------------------------------------------------


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
        return render(request, "web/plans/no_draft.html", {"plan": plan, "trail": _trail(plan)})
    return _draw(request, open_editor(plan))


@page("plans.view")
def step(request: HubRequest, plan_id: int, key: UUID) -> HttpResponse:
    """One step in the panel: shown, or saved."""
    plan = finding.find_for_editing(request, plan_id)
    if request.method == "POST":
        return _save(request, plan, key)
    at = open_editor(plan)
    stored = at.step(key)
    if stored is None:
        raise NotFound(_("This step is not in the draft. Somebody may have removed it."))
    form = _form(request, at, step_form.of_step(stored), at.kinds[stored.action_type])
    return _draw(request, at, form=form.with_errors(_seen(at.verdict.problems, key)))


@page("plans.view")
def new_step(request: HubRequest, plan_id: int) -> HttpResponse:
    """A step that is not there yet: first what it does, then its form. ``at`` is its place, from 0."""
    plan = finding.find_for_editing(request, plan_id)
    if request.method == "POST":
        return _save(request, plan, _key(request.POST.get("key", "")))
    at = open_editor(plan)
    place = step_form.place_of(request.GET.get("at"), len(at.steps))
    kind = _offered(request, request.GET.get("type", ""))
    if kind is None:
        groups = kinds.groups(request.account)
        return _draw(request, at, place=place, groups=groups, addons_url=address("addons:list", plan.account_id))
    return _draw(request, at, form=_form(request, at, step_form.new_step(kind, plan), kind, place), place=place)


@page("plans.view")
def remove(request: HubRequest, plan_id: int, key: UUID) -> HttpResponse:
    """Take a step out of the draft. Contacts that are on an earlier version keep theirs."""
    plan = finding.find_for_editing(request, plan_id)
    at = open_editor(plan)
    stored = at.step(key)
    if stored is None:
        return redirect(url("edit", plan))  # a double click
    if request.method != "POST":
        return render(request, "web/plans/remove_step.html", {"plan": plan, "step": stored, "trail": _trail(plan)})
    versions.save_draft(at.draft, at.draft.revision, drafting.without(at.steps, key), by=request.actor)
    messages.success(request, _("“%(step)s” was taken out of the draft.") % {"step": stored.name})
    return redirect(url("edit", plan))


@page("plans.view")
def duplicate(request: HubRequest, plan_id: int, key: UUID) -> HttpResponse:
    """A copy of a step, right behind it."""
    plan = finding.find_for_editing(request, plan_id)
    at = open_editor(plan)
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
    at = open_editor(plan)
    if request.method == "POST":
        steps = _ordered(at.steps, request.POST)
        if [step.key for step in steps] != [step.key for step in at.steps]:
            versions.save_draft(at.draft, at.draft.revision, steps, by=request.actor)
    if not request.htmx:
        return redirect(url("edit", plan))
    return render(request, "web/plans/editor_main.html", _main(request, open_editor(plan)) | {"swap": True})


def _ordered(steps: Sequence[StepDraft], post: Any) -> list[StepDraft]:
    keys = [str(step.key) for step in steps]
    for word, by in (("up", -1), ("down", 1)):
        if post.get(word) in keys:
            key = UUID(post[word])
            return drafting.moved(steps, key, keys.index(post[word]) + by)
    wanted = {key: place for place, key in enumerate(post.getlist("order"))}
    return sorted(steps, key=lambda step: wanted.get(str(step.key), len(wanted)))


# --- saving one step ----------------------------------------------------------------------------------------------


def _save(request: HubRequest, plan: Plan, key: UUID) -> HttpResponse:
    at = open_editor(plan)
    stored = at.step(key)
    kind = _kind_of_save(request, stored)
    typed = step_form.from_post(request.POST, kind, key, stored)
    place = step_form.place_of(request.POST.get("at"), len(at.steps))
    given = _with(at.steps, typed, place)
    form = _form(request, at, typed, kind, place)
    if _changed_meanwhile(stored, typed, given):
        return _conflict(request, at, form, stored, place)
    try:
        versions.save_draft(at.draft, at.draft.revision, given, by=request.actor)
    except DraftChanged:
        again = open_editor(plan)
        return _conflict(request, again, form, again.step(key), place)
    except PlanProblems as trouble:
        return _refused(request, at, form, trouble, place)
    _say_saved(request, at, typed)
    return redirect(url("step", plan, key))


def _kind_of_save(request: HubRequest, stored: StepDraft | None) -> Kind:
    """A stored step keeps its kind, and so does one that was removed while it was edited; a new one chooses from the offered."""
    if stored is not None:
        return step_form.kind_of(request.account, stored.action_type)
    named = request.POST.get("type", "")[:100]
    if not request.POST.get("base") and not kinds.is_offered(request.account, named):
        raise Invalid({"type": _("This kind of step cannot be used in this account.")})
    return step_form.kind_of(request.account, named)


def _with(steps: Sequence[StepDraft], typed: StepTyped, place: int) -> list[Any]:
    """The draft's steps with the typed one in its place; a new one at ``place``."""
    if any(step.key == typed.key for step in steps):
        return [typed.data() if step.key == typed.key else step for step in steps]
    return [*steps[:place], typed.data(), *steps[place:]]


def _changed_meanwhile(stored: StepDraft | None, typed: StepTyped, given: Sequence[Any]) -> bool:
    """Whether the step is another than the one this tab read. The same step sent twice is a double click, not a conflict."""
    if stored is None:
        return bool(typed.base)
    return step_form.digest(stored) != typed.base and not _says_the_same(stored, typed)


def _says_the_same(stored: StepDraft, typed: StepTyped) -> bool:
    try:
        return StepDraft.model_validate(typed.data()) == stored
    except ValueError:
        return False


def _conflict(request: HubRequest, at: Editor, form: StepForm, theirs: StepDraft | None, place: int) -> HttpResponse:
    """Nothing was saved; the page holds what was typed, shows what is stored, and saves over it if that is wanted."""
    base = step_form.digest(theirs) if theirs else ""
    shown = replace(form, step=replace(form.step, base=base))
    conflict = {
        "who": at.draft.saved_by or _("Somebody"),
        "when": at.draft.saved_at,
        "gone": theirs is None,
        "theirs": sketch.step(theirs, form.kind) if theirs else "",
        "mine": _sketch_typed(form),
    }
    return _draw(request, at, form=shown, place=place, conflict=conflict, status=409)


def _sketch_typed(form: StepForm) -> str:
    try:
        return sketch.step(StepDraft.model_validate(form.step.data()), form.kind)
    except ValueError:
        return form.step.name


def _refused(request: HubRequest, at: Editor, form: StepForm, trouble: PlanProblems, place: int) -> HttpResponse:
    errors = step_form.errors_of(trouble.problems, form.step.key)
    elsewhere = lines(at.plan, [problem for problem in trouble.problems if problem.key != str(form.step.key)])
    return _draw(
        request, at, form=form.with_errors(errors), place=place, elsewhere=elsewhere, show_errors=True, status=422
    )


def _say_saved(request: HubRequest, at: Editor, typed: StepTyped) -> None:
    saved = {"step": typed.name}
    if typed.base and str(at.draft.revision) != request.POST.get("revision", ""):
        saved["who"] = at.draft.saved_by or _("Somebody")
        messages.info(request, _("“%(step)s” is saved. %(who)s saved other steps meanwhile; both are kept.") % saved)
    else:
        messages.success(request, _("“%(step)s” is saved in the draft.") % saved)


# --- drawing ------------------------------------------------------------------------------------------------------


def _form(request: HubRequest, at: Editor, typed: StepTyped, kind: Kind, place: int | None = None) -> StepForm:
    known = [step.key for step in at.steps]
    where = known.index(typed.key) if typed.key in known else place
    return StepForm(request, at.plan, kind, typed, first=where == 0)


def _seen(problems: Sequence[StepProblem], key: UUID) -> dict[str, str]:
    return step_form.errors_of(problems, key)


def _draw(
    request: HubRequest, at: Editor, *, form: StepForm | None = None, place: int = 0, status: int = 200, **more: Any
) -> HttpResponse:
    given = _main(request, at) | {"form": form, "place": place, **more}
    if form is not None:
        stored = at.step(form.step.key)
        given["place"] = at.steps.index(stored) if stored else place
        given["addon_url"] = (
            address("addons:page", at.plan.account_id, form.kind.state.addon) if form.kind.outside else ""
        )
        given |= {"selected": form.step.key, "stored": stored, "is_new": stored is None and not form.step.base}
    return render(request, "web/plans/editor.html", given, status=status)


def _main(request: HubRequest, at: Editor) -> dict[str, Any]:
    return {
        "plan": at.plan,
        "draft": at.draft,
        "ready": finding.ready_of(at.plan),
        "cards": at.cards(request),
        "problems": at.problems,
        "warnings": at.warnings,
        "trail": _trail(at.plan),
        "count": len(at.steps),
    }


def _trail(plan: Plan) -> list[Link]:
    return finding.trail(plan, Link(_("Edit"), ""))


def _offered(request: HubRequest, action_type: str) -> Kind | None:
    """The kind of step, if this account may use it; another name, typed into the address, chooses nothing."""
    if not kinds.is_offered(request.account, action_type):
        return None
    return step_form.kind_of(request.account, action_type)


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None
