"""Rows that go for good: the runs that were moved, and tests, of which the contact's history keeps what they came to."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from hub.engine.guards.models import Leave
from hub.engine.models import Attempt, Trace
from hub.plans.models import Enrollment, EnrollmentBatch, Plan, PlanStep, PlanVersion, StepRun


def forget_runs(ids: Collection[UUID]) -> None:
    """Runs with all that hangs on them."""
    for rows in (Trace, Leave, Attempt):
        rows.objects.filter(run_id__in=ids).delete()
    StepRun.objects.filter(pk__in=ids).delete()


def forget(plans: Collection[int]) -> None:
    """Tests, each with the plan that carried it (:mod:`hub.plans.lone`)."""
    if not plans:
        return
    enrolled = list(Enrollment.objects.filter(plan__in=plans).values_list("pk", flat=True))
    forget_runs(list(StepRun.objects.filter(enrollment__in=enrolled).values_list("pk", flat=True)))
    Enrollment.objects.filter(pk__in=enrolled).delete()
    EnrollmentBatch.objects.filter(plan__in=plans).delete()
    PlanStep.objects.filter(version__plan__in=plans).delete()
    PlanVersion.objects.filter(plan__in=plans).delete()
    Plan.objects.filter(pk__in=plans).delete()
