"""What waits for its hours is looked at again when somebody changed them.

A step whose time came while its plan slept waits, scheduled for the end of the sleep; woken earlier, the plan would sleep on for
that step. So it is made due at once, and the gate says anew until when it waits, if it still does.
"""

from __future__ import annotations

from django.db.models import QuerySet

from hub.accounts.models import Account
from hub.db import clock
from hub.dispatch.gate import Hold
from hub.plans.models import Plan, PlanStep, StepRun


def of_plan(plan: Plan) -> int:
    """After its sleep was changed, in the same transaction. Says how many."""
    steps = PlanStep.objects.filter(version__plan=plan).values("pk")
    return _look_again(StepRun.objects.filter(plan_step__in=steps, closed_at__isnull=True))


def of_account(account: Account) -> int:
    """After its calendar was changed."""
    return _look_again(StepRun.objects.filter(account=account))


def _look_again(rows: QuerySet[StepRun]) -> int:
    now = clock.now()
    waiting = rows.filter(state=StepRun.State.SCHEDULED, hold_reason=Hold.HOURS, due_at__gt=now)
    return waiting.update(due_at=now, hold_reason="", hold_detail="")
