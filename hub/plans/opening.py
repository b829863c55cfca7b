"""The engine's question at the gate: may this step start at this hour, and if not, when?

A step was written down with a time that suited its hours. It is asked again when it starts, for meanwhile a worker may have
been late, a step may have been tried again, a day may have become a holiday, the plan may have been put to sleep.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.accounts.models import Account
from hub.core import facts
from hub.db import clock
from hub.plans import channels, conditions, endings, hours, moments, rules, sleeping, timing, whereabouts
from hub.plans.endings import Earlier
from hub.plans.hours import StepHours
from hub.plans.timing import AnyTiming, Immediately


@dataclass(frozen=True, slots=True)
class Opening:
    """When it may start, and what keeps it from starting now."""

    at: datetime
    why: str


_NOW = Immediately()


@dataclass(frozen=True, slots=True)
class _Step:
    """All that is asked of a step whose time has come."""

    hours: StepHours | None
    channel: str
    timing: AnyTiming = _NOW


def stopped_by(plan_rules: Mapping[str, Any], contact: facts.Contact) -> str:
    """Why the plan ends here for this contact, by what the version says; empty while it goes on."""
    said = rules.read(plan_rules)
    return str(rules.stopped_by(said, contact) or "") if said.stops else ""


def not_meant(
    step_only_if: Mapping[str, Any] | None, contact: facts.Contact, earlier: Earlier = endings.NOTHING
) -> str:
    """Why the step is passed over for this contact; empty where it is meant for them.

    Args:
        earlier: how the steps before it ended (:mod:`hub.plans.earlier`), for a step that asks.
    """
    return conditions.why_not(conditions.read(step_only_if), contact, earlier)


def lacks(step_timing: Mapping[str, Any], contact: facts.Contact) -> tuple[str, ...]:
    """What the contact lacks for such a step to have had a time at all: the day by which it must arrive."""
    if not step_timing.get("field"):
        return ()
    return moments.lacks(timing.read(step_timing), whereabouts.of_facts(contact))


def of(
    action_type: str,
    step_hours: Mapping[str, Any] | None,
    plan_rules: Mapping[str, Any],
    plan_sleeps: Sequence[Any],
    account: Account,
    contact: facts.Contact,
    now: datetime | None = None,
) -> Opening | None:
    """The opening that a step must wait for, from what is stored; None when it may start now.

    Args:
        now: another moment than the clock's, for whoever asks about it.
    """
    step = _Step(hours.read(step_hours), channels.of(action_type))
    sleeps = sleeping.read(plan_sleeps)
    place = moments.clock_of(account, rules.read(plan_rules), whereabouts.of_facts(contact))
    if moments.is_free(step.hours, step.channel, place, sleeps):
        return None
    now = now or clock.now()
    at = moments.may_start(step, place, now, sleeps)
    return Opening(at, " ".join(moments.why_not(step, place, now, sleeps))) if at > now else None
