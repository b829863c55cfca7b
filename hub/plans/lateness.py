"""When a step is too late to start without a word, and what happens then. Pure.

============================ ============================================ ======================================
the step says                 it is too late                               then
============================ ============================================ ======================================
so many hours, *ask*          so many hours after its time                 a person is asked
so many hours, *skip*         so many hours after its time                 it is passed over, the plan goes on
*run*                         never
nothing                       a day after it could have started, if it     a person is asked
                              costs money or has a date or a time of day
                              of its own; else never
============================ ============================================ ======================================

A birthday card or a nine o'clock call a week after a pause is not what its author meant, and a gift is paid for; a note is
neither. What the plan itself makes late is not late by that last line: a date gone by when the contact came, a step before it
that took long, hours and sleep. That is planned, and the preview says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from hub.core.registry import Claim
from hub.plans.models import PlanStep

USUAL = timedelta(hours=24)
"""For a step that says nothing and costs money, or has a time of its own."""

SKIP, RUN = str(PlanStep.WhenLate.SKIP), str(PlanStep.WhenLate.RUN)


def said(late_hours: int | None, when_late: str) -> int | None:
    """After how many hours the step itself says that it is too late; None says nothing, or never."""
    return None if when_late == RUN else late_hours


def usual(due_at: datetime, made_at: datetime, when_late: str, *, matters: bool) -> datetime | None:
    """From when on a step that says nothing is too late; None is never.

    Args:
        made_at: when the step before it closed, or the contact came: it cannot have started sooner.
        matters: it costs money or has a time of its own.
    """
    if when_late == RUN or not matters:
        return None
    return max(due_at, made_at) + USUAL


def skips(late_hours: int | None, when_late: str) -> bool:
    """Whether a step that is too late is passed over. Nothing is passed over that did not say after how many hours."""
    return when_late == SKIP and late_hours is not None


def is_timed(timing: Mapping[str, Any]) -> bool:
    """Whether a person gave the step a date or a time of day of its own.

    Args:
        timing: as stored (``hub.plans.timing.dump``).
    """
    return timing.get("kind") in ("on", "arrive") or bool(timing.get("at"))


def may_cost(claim: Claim | None) -> bool:
    """Whether a call of the add-on costs money. Which of its calls an action makes, only its code knows."""
    return claim is not None and any(one.effect and one.effect.costly for one in claim.plugin.info.endpoints)
