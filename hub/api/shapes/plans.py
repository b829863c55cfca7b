"""Plans, contacts on them, and what their steps did."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from hub.api.shapes.base import Id, Incoming, Named, Outgoing, Page
from hub.plans.models import Enrollment, StepRun
from hub.plans.reads import EnrollmentLine, PlanLine


class PlanOut(Named):
    description: str
    ready: bool = Field(description="Whether contacts can be put on it: it has a version that is ready.")
    steps: int
    running: int = Field(description="Contacts on it now.")
    archived: bool


class PlanPage(Page):
    plans: list[PlanOut]


class NewEnrollment(Incoming):
    """Whom to put on which plan."""

    plan_id: Id
    contact_id: Id
    only_complete: bool = Field(default=False, description="Leave out a contact that lacks what the steps need.")


class EnrollmentOut(Outgoing):
    """A contact on a plan."""

    id: int
    plan: Named
    contact_id: int
    state: str = Field(description="running, finished or stopped")
    started_at: datetime
    ended_at: datetime | None
    end_reason: str
    steps_done: int
    steps: int
    next_step: str | None
    next_due_at: datetime | None


class Enrollments(Outgoing):
    enrollments: list[EnrollmentOut]


class EnrollmentMade(Outgoing):
    """What became of the request."""

    outcome: str = Field(
        description="enrolled, or why not: running (is on it), been (was on it, and the plan takes a contact only once), "
        "archived, incomplete"
    )
    enrollment: EnrollmentOut | None


class StopRequest(Incoming):
    reason: str = Field(default="", max_length=200)


class EnrollmentStopped(Outgoing):
    """What stopping did; a step that is on its way cannot be called back."""

    stopped: bool
    cancelled_steps: int
    steps_being_sent: int


class RunOut(Outgoing):
    """One step for one contact."""

    id: UUID
    plan: Named
    step: str
    action_type: str
    state: str
    hold_reason: str
    hold_detail: str
    due_at: datetime | None
    closed_at: datetime | None
    created_at: datetime


class RunPage(Page):
    runs: list[RunOut]


def plan(found: PlanLine) -> PlanOut:
    """A plan with its numbers, as it is answered."""
    row = found.plan
    return PlanOut(
        id=row.pk, name=row.name, description=row.description, ready=found.ready is not None, steps=found.steps,
        running=found.numbers.running, archived=row.archived_at is not None,
    )  # fmt: skip


def enrollment(found: EnrollmentLine) -> EnrollmentOut:
    """A contact on a plan, as it is answered."""
    row: Enrollment = found.enrollment
    coming = found.next
    return EnrollmentOut(
        id=row.pk, plan=Named(id=found.plan.pk, name=found.plan.name), contact_id=row.contact_id, state=row.state,
        started_at=row.started_at, ended_at=row.ended_at, end_reason=row.end_reason, steps_done=found.done,
        steps=len(found.steps), next_step=coming.name if coming else None, next_due_at=coming.due_at if coming else None,
    )  # fmt: skip


def run(row: StepRun) -> RunOut:
    """A step run, as it is answered."""
    of = row.enrollment.plan
    return RunOut(
        id=row.pk, plan=Named(id=of.pk, name=of.name), step=row.plan_step.name, action_type=row.action_type,
        state=row.state, hold_reason=row.hold_reason, hold_detail=row.hold_detail, due_at=row.due_at,
        closed_at=row.closed_at, created_at=row.created_at,
    )  # fmt: skip
