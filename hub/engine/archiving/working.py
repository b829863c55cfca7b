"""The archive's work as a worker does it: one portion when it is time, and no more while steps are late."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

from hub.db import clock
from hub.engine.archiving.moving import Portion, move_portion
from hub.plans.models import StepRun

LATE = timedelta(seconds=5)
"""Steps that are later than this show that the machine has enough to do."""


def portion() -> Portion:
    """Do the next portion, if anything is to be moved at all and the last round is long enough ago."""
    days = settings.HUB_KEEP_RUNS_DAYS
    return move_portion(clock.now(), timedelta(days=days)) if days else Portion()


def others_wait() -> bool:
    """Whether steps are late. The next portion then waits for the ticker, which asks again within a minute."""
    late = StepRun.objects.filter(state=StepRun.State.SCHEDULED, due_at__lt=clock.now() - LATE)
    return late.order_by("due_at").exists()
