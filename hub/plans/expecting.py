"""When the steps still to come are expected, for one contact on a plan. Pure.

The step that waits has its time; each one behind it is reckoned from the one before, taken to close the moment it is due. From
a step that is held or asks a person nothing can be reckoned: those behind it have no time yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.accounts.calendars import Span
from hub.plans import moments
from hub.plans.loading import LoadedStep, LoadedVersion
from hub.plans.models import StepRun
from hub.plans.moments import Clock

_STUCK = (StepRun.State.HELD, StepRun.State.REVIEW, StepRun.State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Expected:
    """A step without a run. ``at`` is None when nobody can say yet."""

    step: LoadedStep
    at: datetime | None


def after(
    run: StepRun, version: LoadedVersion, enrolled: datetime, clock: Clock, now: datetime, sleeps: Sequence[Span] = ()
) -> list[Expected]:
    """The steps behind the one that is under way or waits."""
    behind = version.steps[run.seq + 1 :]
    if run.state in _STUCK:
        return [Expected(step, None) for step in behind]
    done = moments.may_start(version.steps[run.seq], clock, max(run.due_at or now, now), sleeps)
    stops = list(moments.itinerary(behind, clock, enrolled=enrolled, previous=done, sleeps=sleeps))
    reached = _reached(version.steps[run.seq :]) - 1
    return [
        Expected(step, stop.runs if at < reached else None)
        for at, (step, stop) in enumerate(zip(behind, stops, strict=True))
    ]


def _reached(steps: Sequence[LoadedStep]) -> int:
    """How many of these there are until one surely ends the plan, that one counted."""
    leaving = (at for at, step in enumerate(steps, 1) if step.leaves and step.only_if is None)
    return next(leaving, len(steps))
