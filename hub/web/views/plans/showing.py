"""One plan: its timeline with who stands where, its contacts, draft beside ready, and what was done to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.audit import reads as audit
from hub.contacts import reads as contacts
from hub.contacts.query import ContactQuery
from hub.db.errors import Conflict
from hub.plans import drafting, moments, occupancy, reads, rules, sleeping, versions
from hub.plans.checking import PlanProblems
from hub.plans.models import Plan, PlanVersion
from hub.plans.occupancy import Held, Occupant
from hub.web.design.links import Choice, Filter, Link
from hub.web.design.tables import Column, CursorPage
from hub.web.entry import page
from hub.web.request import HubRequest, may
from hub.web.templatetags.ui_showing import draw_moment
from hub.web.views import silence
from hub.web.views.plans import activity, desk, finding, kinds, outlook, pacing, sketch
from hub.web.views.plans.elsewhere import address
from hub.web.views.plans.finding import url
from hub.web.views.plans.outlook import StepCard

PEOPLE = (
    Column(gettext_lazy("Contact")),
    Column(gettext_lazy("State"), kind="state"),
    Column(gettext_lazy("Stands at")),
    Column(gettext_lazy("Next")),
    Column(gettext_lazy("Started")),
)


MANY = 500
"""An example of a number of contacts at which a vendor's limit is felt."""


@dataclass(frozen=True)
class Place:
    """A card of the timeline with what is held there."""

    card: StepCard
    held: list[Held]


@dataclass(frozen=True)
class Row:
    """A contact on the plan as its row shows it."""

    occupant: Occupant
    href: str

    @property
    def name(self) -> str:
        return self.occupant.contact.label if self.occupant.contact else _("Removed contact")


@page("plans.view")
def plan_page(request: HubRequest, plan_id: int) -> HttpResponse:
    """The timeline of the version that new contacts get; of the draft while there is nothing else."""
    plan = finding.find(request, plan_id)
    ready, draft = finding.ready_of(plan), finding.draft_of(plan)
    shown = ready or draft
    steps = reads.step_numbers(plan)
    given = {
        "numbers": reads.added_up(plan, steps.values()),
        "places": _places(request, plan, shown, steps),
        "older": reads.still_used(plan),
        "facts": _facts(request, plan, ready),
        "pace": pacing.lines(shown, MANY),
        "inbox_url": address("runs:inbox", plan.account_id),
        "failed_url": address("runs:list", plan.account_id, plan=plan.pk, state="failed"),
    }
    return render(request, "web/plans/page.html", _head(request, plan, ready, draft, counted=False) | given)


@page("plans.view")
def people(request: HubRequest, plan_id: int) -> HttpResponse:
    """The contacts on the plan, as far as this person sees them."""
    plan = finding.find(request, plan_id)
    search, state = request.GET.get("q", "")[:200], request.GET.get("state", "running")
    whom = _contacts(request, search)
    numbers = occupancy.numbers(plan, whom)
    rows = occupancy.enrollments(plan, whom, state)
    found, on_page = occupancy.page(rows, request.GET.get("cursor") or None)
    total = numbers.get(state, sum(numbers.values()))
    filters = [Filter("state", _("State"), _states(numbers), state)]
    return render(request, "web/plans/people.html", _head(request, plan, current="people") | {
        "occupants": [_row(request, one) for one in found], "columns": PEOPLE, "query": search, "state": state,
        "total": total, "filters": filters,
        "page": CursorPage.of(on_page, total), "may_stop": may(request, "plans.use"),
        "reasons": occupancy.reasons(rows) if state == "stopped" else [],
    })  # fmt: skip


@page("plans.view")
def changed(request: HubRequest, plan_id: int) -> HttpResponse:
    """The draft beside the ready version."""
    plan = finding.find(request, plan_id)
    ready, draft = finding.ready_of(plan), finding.draft_of(plan)
    if ready is None or draft is None:
        return redirect(url("page", plan))
    given = _compared(request, plan, ready, draft)
    return render(request, "web/plans/changed.html", _head(request, plan, ready, draft, "changed") | given)


@page("plans.view")
def history(request: HubRequest, plan_id: int) -> HttpResponse:
    """What was done to the plan, newest first."""
    plan = finding.find(request, plan_id)
    found = audit.of_object(plan.account_id, "plan", plan.pk, request.GET.get("cursor") or None)
    given = {
        "deeds": [activity.deed(row) for row in found.rows],
        "page": CursorPage.of(found),
    }
    return render(request, "web/plans/history.html", _head(request, plan, current="history") | given)


# --- from draft to ready ------------------------------------------------------------------------------------------


@page("plans.view")
def make_ready(request: HubRequest, plan_id: int) -> HttpResponse:
    """Look the draft over beside the ready version, with all that stands in the way, and make it ready."""
    plan = finding.find_for_editing(request, plan_id)
    at = desk.open_editor(plan)
    if request.method != "POST":
        return _review(request, at)
    try:
        versions.make_ready(at.draft, _revision(request), by=request.actor)
    except versions.DraftChanged as conflict:
        return _review(request, at, conflict=conflict, status=409)
    except PlanProblems:
        return _review(request, at, status=422)
    messages.success(request, _("Version %(n)s is ready. Contacts can be put on the plan.") % {"n": at.draft.number})
    return redirect(url("page", plan))


def _review(
    request: HubRequest, at: desk.Editor, *, status: int = 200, conflict: Conflict | None = None
) -> HttpResponse:
    ready = finding.ready_of(at.plan)
    given = {
        "plan": at.plan, "draft": at.draft, "ready": ready, "count": len(at.steps), "conflict": conflict,
        "problems": at.lines(at.verdict.problems), "warnings": at.warnings,
        "running": reads.numbers_of([at.plan.pk])[at.plan.pk].running,
        "trail": finding.trail(at.plan, Link(_("Make ready"), "")),
        **_compared(request, at.plan, ready, at.draft),
    }  # fmt: skip
    return render(request, "web/plans/ready.html", given, status=status)


@page("plans.view")
def discard(request: HubRequest, plan_id: int) -> HttpResponse:
    """Throw the draft away and go on with the ready version. Asks first, showing what would be lost."""
    plan = finding.find_for_editing(request, plan_id)
    ready, draft = finding.ready_of(plan), finding.draft_of(plan)
    if draft is None:
        return redirect(url("page", plan))  # a double click
    if request.method == "POST":
        versions.discard_draft(draft, by=request.actor)
        messages.success(request, _("The draft of version %(n)s was discarded.") % {"n": draft.number})
        return redirect(url("page", plan))
    versions.check_not_the_only(draft)
    trail = finding.trail(plan, Link(_("Discard the draft"), ""))
    given = {"plan": plan, "draft": draft, "ready": ready, "trail": trail}
    return render(request, "web/plans/discard.html", given | _compared(request, plan, ready, draft))


def _compared(request: HubRequest, plan: Plan, ready: PlanVersion | None, draft: PlanVersion) -> dict[str, Any]:
    """Both versions as texts."""
    before = drafting.steps_of(ready) if ready else []
    after = drafting.steps_of(draft)
    known = kinds.kinds_of(plan.account, [step.action_type for step in (*before, *after)])
    was, becomes = rules.read(ready.rules if ready else None), rules.read(draft.rules)
    texts = {
        "before": sketch.plan(before, known, was, finding.name_of(request, was.next_plan)),
        "after": sketch.plan(after, known, becomes, finding.name_of(request, becomes.next_plan)),
    }  # fmt: skip
    labels = {"before_label": _("Ready, version %(n)s") % {"n": ready.number} if ready else _("Nothing yet")}
    labels["after_label"] = _("Draft, version %(n)s") % {"n": draft.number}
    return texts | labels | {"same": texts["before"] == texts["after"]}


# --- parts --------------------------------------------------------------------------------------------------------


def _head(
    request: HubRequest,
    plan: Plan,
    ready: Any = None,
    draft: Any = None,
    current: str = "timeline",
    *,
    counted: bool = True,
) -> dict[str, Any]:
    """What every page of a plan shows above its tabs. ``counted=False``: the page brings the numbers with it."""
    ready, draft = ready or finding.ready_of(plan), draft or finding.draft_of(plan)
    return {
        "plan": plan,
        "ready": ready,
        "draft": draft,
        "numbers": reads.numbers_of([plan.pk])[plan.pk] if counted else None,
        "tabs": _tabs(request, plan, bool(ready and draft), current),
        "silence": silence.of_plan(request, plan),
        "may_edit": finding.may_edit(request, plan),
        "may_use": may(request, "plans.use", finding.record_of(plan)),
        "may_create": finding.may_create(request),
        "trail": [*finding.trail(plan)[:1], Link(plan.name, "")],
    }


def _tabs(request: HubRequest, plan: Plan, both: bool, current: str) -> list[Link]:
    words = [("timeline", "page", _("Timeline")), ("people", "people", _("Contacts"))]
    words += [("changed", "changed", _("Draft beside ready"))] if both else []
    words += [("history", "history", _("Activity"))]
    return [Link(label, url(name, plan), current=key == current) for key, name, label in words]


def _places(
    request: HubRequest, plan: Plan, version: PlanVersion | None, numbers: Mapping[UUID, reads.Numbers]
) -> list[Place]:
    if version is None:
        return []
    steps = drafting.steps_of(version)
    known = kinds.kinds_of(plan.account, [step.action_type for step in steps])
    clock = moments.clock_of(plan.account, rules.read(version.rules))
    held = occupancy.held_at(plan)
    made = outlook.cards(steps, known, numbers, request.now, clock, sleeping.read(plan.sleeps))
    return [Place(card, held.get(card.key, [])) for card in made]


def _row(request: HubRequest, one: Occupant) -> Row:
    return Row(one, address("contacts:page", request.account.pk, one.contact.pk) if one.contact else "")


def _facts(request: HubRequest, plan: Plan, ready: PlanVersion | None) -> list[tuple[str, Any]]:
    """The plan's rules, for the column at the side."""
    said, now = rules.read(ready.rules) if ready else None, request.now
    private = plan.visibility == Plan.Visibility.PRIVATE
    return [
        (_("May a contact come back"), plan.get_reenrollment_display()),
        (_("Who sees it"), plan.get_visibility_display()),
        *([(_("Owner"), plan.owner.label)] if private and plan.owner else []),
        *(rules.words(said, finding.name_of(request, said.next_plan)) if said else ()),
        (_("Sleeps"), ", ".join(str(span) for span in sleeping.read(plan.sleeps) if span.last >= now.date())),
        (_("Version in use"), str(ready.number) if ready else ""),
        (_("Ready since"), draw_moment(ready.ready_at, "date", now) if ready and ready.ready_at else ""),
        (_("Made"), draw_moment(plan.created_at, "date", now)),
    ]


def _contacts(request: HubRequest, search: str) -> Any:
    """Whom this person sees and looks for; None is everybody."""
    if request.viewer.sees == "all" and not search.strip():
        return None
    return contacts.selection(request.account, request.viewer, ContactQuery(text=search, archived="any"))


def _states(numbers: dict[str, int]) -> tuple[Choice, ...]:
    words = {"running": _("Running"), "finished": _("Finished"), "stopped": _("Stopped")}
    return tuple(Choice(state, label, numbers.get(state, 0)) for state, label in words.items())


def _revision(request: HubRequest) -> int:
    text = request.POST.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
