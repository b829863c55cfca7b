"""A draft on the desk: its steps, what is wrong with them, and the page that shows it all. Used by the editor's views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from hub.plans import drafting, moments, reads, rules, sleeping, versions
from hub.plans.checking import Readiness, StepProblem
from hub.plans.drafting import StepDraft
from hub.plans.models import Plan, PlanVersion
from hub.web.design.links import Link
from hub.web.request import HubRequest
from hub.web.views.plans import finding, kinds, outlook, step_form
from hub.web.views.plans.elsewhere import address
from hub.web.views.plans.finding import url
from hub.web.views.plans.kinds import Kind
from hub.web.views.plans.step_form import StepForm
from hub.web.views.plans.step_typed import StepTyped


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
        return self.lines(self.verdict.problems) if self.steps else []

    @property
    def warnings(self) -> list[Line]:
        """What may be right all the same."""
        return self.lines(self.verdict.warnings)

    def lines(self, problems: Sequence[StepProblem]) -> list[Line]:
        """Problems with the address of the step's form, and what that form calls the field."""
        by_key = {str(step.key): self.kinds[step.action_type] for step in self.steps}
        return [Line(one, _address(self.plan, one), _label(one, by_key.get(one.key))) for one in problems]

    def cards(self, request: HubRequest) -> list[outlook.StepCard]:
        """The timeline."""
        clock = moments.clock_of(self.plan.account, rules.read(self.draft.rules))
        sleeps = sleeping.read(self.plan.sleeps)
        made = outlook.cards(self.steps, self.kinds, reads.step_numbers(self.plan), request.now, clock, sleeps)
        return [
            replace(
                card,
                problems=_sentences(self.verdict.problems, card.key),
                warnings=_sentences(self.verdict.warnings, card.key),
            )
            for card in made
        ]


def _label(problem: StepProblem, kind: Kind | None) -> str:
    return step_form.label(problem.field, kind) if kind else ""


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
    found = kinds.kinds_of(plan.account, [step.action_type for step in steps])
    return Editor(plan, draft, steps, found, versions.review(draft))


# --- drawing ------------------------------------------------------------------------------------------------------


def form_for(request: HubRequest, at: Editor, typed: StepTyped, kind: Kind, place: int | None = None) -> StepForm:
    """The form of a step in this draft, or of one that will stand at ``place``."""
    known = [step.key for step in at.steps]
    where = known.index(typed.key) if typed.key in known else place
    before = [(str(step.key), f"{n}. {step.name}") for n, step in enumerate(at.steps[:where], 1)]
    return StepForm(request, at.plan, kind, typed, first=where == 0, said=rules.read(at.draft.rules), before=before)


def draw(
    request: HubRequest, at: Editor, *, form: StepForm | None = None, place: int = 0, status: int = 200, **more: Any
) -> HttpResponse:
    """The whole page: the timeline, and in the panel what is given (a form, the chooser, a conflict)."""
    given = main_of(request, at) | {"form": form, "place": place, **more}
    if form is not None:
        stored = at.step(form.step.key)
        given["place"] = at.steps.index(stored) if stored else place
        given["addon_url"] = (
            address("addons:page", at.plan.account_id, form.kind.state.addon) if form.kind.outside else ""
        )
        given |= {"selected": form.step.key, "stored": stored, "is_new": stored is None and not form.step.base}
    return render(request, "web/plans/editor.html", given, status=status)


def main_of(request: HubRequest, at: Editor) -> dict[str, Any]:
    """The timeline, which is also drawn alone after a step was dragged."""
    said = rules.read(at.draft.rules)
    return {
        "plan": at.plan,
        "draft": at.draft,
        "ready": finding.ready_of(at.plan),
        "cards": at.cards(request),
        "problems": at.problems,
        "warnings": at.warnings,
        "trail": trail_of(at.plan),
        "count": len(at.steps),
        "said": rules.words(said, finding.name_of(request, said.next_plan)) if said != rules.NONE else [],
    }


def trail_of(plan: Plan) -> list[Link]:
    """The way here."""
    return finding.trail(plan, Link(_("Edit"), ""))
