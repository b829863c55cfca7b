"""When the steps still to come are expected, for one contact on a plan. Pure.

The step that waits has its time; each one behind it is reckoned from the one before, taken to close the moment it is due. From
a step that is held or asks a person nothing can be reckoned: those behind it have no time yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.plans import timing
from hub.plans.loading import LoadedStep, LoadedVersion
from hub.plans.models import StepRun

_STUCK = (StepRun.State.HELD, StepRun.State.REVIEW, StepRun.State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Expected:
    """A step without a run. ``at`` is None when nobody can say yet."""

    step: LoadedStep
    at: datetime | None


def after(run: StepRun, version: LoadedVersion, enrolled: datetime, zone: ZoneInfo, now: datetime) -> list[Expected]:
    """The steps behind the one that is under way or waits."""
    previous = None if run.state in _STUCK else max(run.due_at or now, now)
    found: list[Expected] = []
    for step in version.steps[run.seq + 1 :]:
        if previous is not None:
            due = timing.due_at(step.timing, previous=previous, enrolled=enrolled, zone=zone)
            previous = max(due, previous)
        found.append(Expected(step, previous))
    return found
