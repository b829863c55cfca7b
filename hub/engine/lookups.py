"""Look-ups in a worker's hand, and what becomes of them when the worker goes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import F

from hub.plans.models import StepRun


def give_up(workers: Collection[int], now: datetime) -> int:
    """These workers bring no more answers: what they were looking up is due at once. Says how many."""
    if not workers:
        return 0
    rows = StepRun.objects.filter(state=StepRun.State.UNKNOWN, worker_no__in=workers)
    return rows.update(next_check_at=now, worker_no=None, fence=F("fence") + 1)
