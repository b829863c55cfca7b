"""Questions about plans: the list with its numbers, the editor's counts, a contact's enrollments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from hub.contacts.models import Contact
from hub.db import scoping
from hub.plans import timing
from hub.plans.loading import LoadedStep, load_versions
from hub.plans.models import Enrollment, Plan, PlanKind, PlanStep, PlanVersion, StepRun
from hub.plans.visibility import Viewer, visible

WAITING = ("scheduled", "claimed", "calling", "unknown")

FEW_STEPS = 500
"""So many stand in a statement one by one; a database takes only so many values in one."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """How runs stand.

    Attributes:
        running: contacts that are on the plan (0 in the numbers of one step).
        waiting: steps that wait for their time or are on their way.
        held: steps that wait for a cause to go.
        review: steps that wait for a person.
        failed: steps that failed, since the plan exists.
    """

    running: int = 0
    waiting: int = 0
    held: int = 0
    review: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One plan in the list. ``ready`` and ``draft`` are version numbers; None when there is none."""

    plan: Plan
    ready: int | None
    draft: int | None
    steps: int
    numbers: Numbers = field(default_factory=Numbers)


def get(account: Any, viewer: Viewer, plan_id: Any) -> Plan:
    """One plan, or ``NotFound``: for a missing, a foreign and an invisible one alike."""
    rows = visible(Plan.objects.select_related("account", "owner"), viewer)
    return scoping.get(rows, account, plan_id)


def plans(account: Any, viewer: Viewer, *, search: str = "", archived: bool = False) -> QuerySet[Plan]:
    """The plans of an account by name."""
    rows = visible(scoping.within(Plan.objects.select_related("owner"), account), viewer)
    rows = rows.filter(archived_at__isnull=not archived)
    return (rows.filter(name__icontains=search.strip()) if search.strip() else rows).order_by("name", "pk")


def lines(found: Iterable[Plan], among: QuerySet[Contact] | None = None) -> list[PlanLine]:
    """The same plans with their versions and numbers, in five queries for any number of them; ``among`` as below."""
    rows = list(found)
    versions = list(PlanVersion.objects.filter(plan__in=rows).annotate(step_count=Count("steps")))
    numbers = numbers_of((row.pk for row in rows), among)
    current = {(version.plan_id, version.state): version for version in versions}
    return [_line(plan, current, numbers[plan.pk]) for plan in rows]


def _line(plan: Plan, current: dict[tuple[int, str], Any], numbers: Numbers) -> PlanLine:
    ready, draft = current.get((plan.pk, "ready")), current.get((plan.pk, "draft"))
    shown = ready or draft
    return PlanLine(
        plan,
        ready.number if ready else None,
        draft.number if draft else None,
        shown.step_count if shown else 0,
        numbers,
    )


def numbers_of(plan_ids: Iterable[int], among: QuerySet[Contact] | None = None) -> dict[int, Numbers]:
    """Numbers by plan, over all its versions: of the contacts ``among`` (who the asking person sees), or of all."""
    ids = list(plan_ids)
    enrollments = Enrollment.objects.filter(plan__in=ids, state=Enrollment.State.RUNNING, **_of(among)).order_by()
    running = dict(enrollments.values_list("plan").annotate(n=Count("*")))
    states = _states("version__plan", PlanStep.objects.filter(version__plan__in=ids), **_of(among))
    return {id_: _numbers(states[id_], running.get(id_, 0)) for id_ in ids}


def step_numbers(plan: Plan) -> dict[UUID, Numbers]:
    """Numbers by step key, over all versions of the plan: who waits at a step may be on an older one."""
    states = _states("key", PlanStep.objects.filter(version__plan=plan))
    return {key: _numbers(found) for key, found in states.items()}


def added_up(plan: Plan, steps: Iterable[Numbers]) -> Numbers:
    """The numbers of a plan, made from those of its steps, so that its runs are counted once."""
    found = list(steps)
    running = Enrollment.objects.filter(plan=plan, state=Enrollment.State.RUNNING).count()
    return Numbers(
        running, *(sum(getattr(one, name) for one in found) for name in ("waiting", "held", "review", "failed"))
    )


def _of(among: QuerySet[Contact] | None) -> dict[str, Any]:
    return {} if among is None else {"contact_id__in": among.order_by().values("pk")}


def _states(by: str, steps: QuerySet[PlanStep], **which: Any) -> defaultdict[Any, dict[str, int]]:
    """State → number, by a column of the steps, of their runs that are open or failed: in one query, each within a partial index.

    Counted by step, in the order of the index, and added up here: grouped by anything else, the database would sort every run.
    A few steps are named one by one: for those of a subselect PostgreSQL takes twice as long to count their runs.
    It is the rows that are counted, not their ids: those stand in no index, and each run would be read for its own.
    """
    values = dict(steps.order_by().values_list("pk", by))
    states: defaultdict[Any, dict[str, int]] = defaultdict(dict)
    named: Any = list(values) if len(values) <= FEW_STEPS else steps.values("pk")
    runs = StepRun.objects.filter(plan_step__in=named, **which).order_by()
    still_open, failed = (
        part.values_list("plan_step", "state").annotate(n=Count("*"))
        for part in (runs.filter(closed_at__isnull=True), runs.filter(state="failed"))
    )
    for step, state, number in still_open.union(failed, all=True):
        found = states[values[step]]
        found[state] = found.get(state, 0) + number
    return states


def _numbers(states: dict[str, int], running: int = 0) -> Numbers:
    return Numbers(
        running=running,
        waiting=sum(states.get(state, 0) for state in WAITING),
        held=states.get("held", 0),
        review=states.get("review", 0),
        failed=states.get("failed", 0),
    )


def name_of(account: Any, viewer: Viewer, plan_id: int | None) -> str:
    """What one of the account's plans is called; of one that is not the viewer's to see, only that it is. Empty for none."""
    rows = scoping.within(Plan.objects.filter(pk=plan_id), account) if plan_id else Plan.objects.none()
    name = visible(rows, viewer).values_list("name", flat=True).first()
    return name or (_("a plan you do not see") if rows.exists() else "")


def versions_of(plan: Plan) -> list[PlanVersion]:
    """All versions, newest first, each with ``running``: the contacts that are on it."""
    return _with_running(list(plan.versions.order_by("-number")))


def still_used(plan: Plan) -> list[PlanVersion]:
    """Retired versions with contacts on them, newest first, each with ``running``. A plan without retired ones is not counted."""
    retired = plan.versions.filter(state=PlanVersion.State.RETIRED).order_by("-number")
    return [version for version in _with_running(list(retired)) if version.running]  # type: ignore[attr-defined]


def _with_running(versions: list[PlanVersion]) -> list[PlanVersion]:
    rows = Enrollment.objects.filter(version__in=versions, state=Enrollment.State.RUNNING).order_by()
    running = dict(rows.values_list("version").annotate(n=Count("*"))) if versions else {}
    for version in versions:
        version.running = running.get(version.pk, 0)  # type: ignore[attr-defined]  # a number for the page, not a column
    return versions


def contact_ids(plan: Plan | int) -> QuerySet[Any]:
    """Ids of the contacts that are on a plan now, as a query: for the filter of the contacts list."""
    rows = Enrollment.objects.filter(plan_id=scoping.id_of(plan), state=Enrollment.State.RUNNING)
    return rows.values_list("contact_id", flat=True)


def running_plans(account: Any, viewer: Viewer, contact_ids: Iterable[int]) -> dict[int, list[Plan]]:
    """The plans that contacts are on now, as far as the viewer may know of them, for a page of a list."""
    rows = scoping.within(Enrollment.objects.filter(contact_id__in=list(contact_ids)), account)
    rows = rows.filter(state=Enrollment.State.RUNNING).order_by("-started_at")
    on = list(rows.values_list("contact_id", "plan_id"))
    # As a rule they are on the same few plans, so each of these is made once.
    plans = visible(Plan.objects.filter(pk__in={plan_id for _, plan_id in on}), viewer).in_bulk()
    found: defaultdict[int, list[Plan]] = defaultdict(list)
    for contact_id, plan_id in on:
        if plan_id in plans:
            found[contact_id].append(plans[plan_id])
    return dict(found)


# --- a contact's enrollments --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step of an enrollment: with its run when it has one, else to come, or in the archive."""

    name: str
    action_type: str
    timing: str
    state: str
    run: StepRun | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class EnrollmentLine:
    """A contact on a plan, step by step. ``done`` counts the steps that came to their end, not those that were stopped."""

    enrollment: Enrollment
    plan: Plan
    steps: tuple[StepLine, ...]

    @property
    def done(self) -> int:
        return sum(step.state in ("done", "failed", "skipped") for step in self.steps)

    @property
    def next(self) -> StepLine | None:
        """The step that is under way or waits."""
        return next((step for step in self.steps if step.run and not step.run.closed_at), None)


TO_COME = "to_come"
"""The state of a step that has no run yet; ``not_reached`` once the enrollment has ended."""


def enrollments_of(account: Any, contact_id: int, *, most: int = 50) -> list[EnrollmentLine]:
    """What a contact is and was on, newest first, in four queries. Whoever asks must be allowed to see the contact."""
    rows = scoping.within(Enrollment.objects.select_related("plan"), account)
    rows = rows.filter(contact_id=contact_id, plan__kind=PlanKind.PLAN)
    found = list(rows.order_by("-started_at", "-pk")[:most])
    versions = load_versions({row.version_id for row in found})
    runs: defaultdict[int, dict[int, StepRun]] = defaultdict(dict)
    for run in StepRun.objects.filter(enrollment__in=found).order_by("created_at"):
        runs[run.enrollment_id][run.seq] = run  # of a step that was tried again, the newest run counts
    return [
        EnrollmentLine(
            row, row.plan, tuple(_step_line(row, step, runs[row.pk].get(step.seq)) for step in versions[row.version_id].steps)
        )
        for row in found
    ]  # fmt: skip


def _step_line(enrollment: Enrollment, step: LoadedStep, run: StepRun | None) -> StepLine:
    words = timing.words(step.timing, first=step.seq == 0)
    if run is None and enrollment.archived_steps and str(step.seq) in enrollment.archived_steps:
        return StepLine(step.name, step.action_type, words, enrollment.archived_steps[str(step.seq)])
    if run is None:
        state = TO_COME if enrollment.state == Enrollment.State.RUNNING else "not_reached"
        return StepLine(step.name, step.action_type, words, state)
    return StepLine(step.name, step.action_type, words, run.state, run, run.due_at)
