"""When a step of a plan runs for one contact: its timing, moved into the hours that are allowed. Pure.

The one home of this question. The engine asks :func:`due` when it writes a step and :func:`may_start` at the gate; the preview,
the plan's page and the contact's page ask :func:`itinerary` for a whole plan. So what people are shown is what happens.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Protocol
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from hub.accounts import calendars
from hub.accounts.calendars import Calendar, Span
from hub.plans import hours, timing
from hub.plans.hours import AnyTime, Rule, StepHours
from hub.plans.rules import NONE, PlanRules
from hub.plans.timing import AnyTiming
from hub.plans.whereabouts import NOBODY, Person
from hub.plans.zones import zone_of


class Timed(Protocol):
    """What is asked of a step: a stored one, or one that is being typed."""

    @property
    def timing(self) -> AnyTiming: ...

    @property
    def hours(self) -> StepHours | None: ...


@dataclass(frozen=True, slots=True)
class Clock:
    """The clocks and calendars that count for one contact on one version of a plan.

    Attributes:
        account: the account's time zone, and ``calendar`` when it is shut, sleeps and is quiet.
        person: where the contact is, as far as that is known.
    """

    account: ZoneInfo
    calendar: Calendar = calendars.EMPTY
    rules: PlanRules = NONE
    person: Person = NOBODY

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which the plan's days and times of day are meant."""
        theirs = self.person.zone if self.rules.clock == "contact" else None
        return theirs or self.account


def clock_of(account: object, rules: PlanRules, person: Person = NOBODY) -> Clock:
    """The clock for an account's row."""
    return Clock(zone_of(account.time_zone), calendars.of(account), rules, person)  # type: ignore[attr-defined]


def asks_who(rules: PlanRules, calendar: Calendar) -> bool:
    """Whether the times of a plan depend on the contact; otherwise everybody's are the same."""
    return rules.clock == "contact" or calendar.quiet is not None


def due(step: Timed, clock: Clock, *, previous: datetime, enrolled: datetime) -> datetime:
    """When the step is due: by its timing, or where that is outside of the allowed hours, when they next begin."""
    return hours.opens(by_timing(step, clock, previous=previous, enrolled=enrolled), _rules(step, clock))


def by_timing(step: Timed, clock: Clock, *, previous: datetime, enrolled: datetime) -> datetime:
    """What the step's timing says alone, whatever the hour."""
    reckon = partial(timing.due_at, step.timing, previous=previous, enrolled=enrolled, zone=clock.zone)
    try:
        return reckon(is_working_day=clock.calendar.is_working_day)
    except ValueError:  # closed for a year on end: somebody's slip, for which no step may be lost
        return reckon()


def may_start(step: Timed, clock: Clock, moment: datetime, sleeps: Iterable[Span] = ()) -> datetime:
    """The first moment from this one on at which the step may start.

    Args:
        sleeps: when the plan sleeps. That is no part of its version, for it holds for everybody who is on the plan.
    """
    return hours.opens(moment, _all_rules(step, clock, sleeps))


def why_not(step: Timed, clock: Clock, moment: datetime, sleeps: Iterable[Span] = ()) -> tuple[str, ...]:
    """What keeps the step from starting at this very moment, in sentences."""
    return hours.reasons(moment, _all_rules(step, clock, sleeps))


def is_free(step_hours: StepHours | None, clock: Clock, sleeps: Sequence[Span] = ()) -> bool:
    """Whether nothing ever holds such a step back: the short way for the engine."""
    bound = not isinstance(step_hours, AnyTime) and (step_hours or clock.rules.hours or clock.calendar.quiet)
    return not (bound or sleeps or clock.calendar.pauses)


@dataclass(frozen=True, slots=True)
class Stop:
    """One step on the way.

    Attributes:
        timed: what its timing says.
        due: the same, moved into the allowed hours: what the engine writes down.
        runs: when it starts, if the step before is done the moment it starts.
        never: no moment suits all of its hours, as far as anybody looks ahead; then ``runs`` is when it is looked at again.
    """

    timed: datetime
    due: datetime
    runs: datetime
    never: bool = False


def itinerary(
    steps: Iterable[Timed],
    clock: Clock,
    *,
    enrolled: datetime,
    previous: datetime | None = None,
    sleeps: Sequence[Span] = (),
) -> Iterator[Stop]:
    """Every step in turn, each taken to be done the moment it starts.

    Args:
        previous: when the step before the first of these was done; none is at enrolment.
    """
    before = previous or enrolled
    for step in steps:
        timed = by_timing(step, clock, previous=before, enrolled=enrolled)
        moment = hours.opens(timed, _rules(step, clock))
        ready = max(moment, before)
        before = may_start(step, clock, ready, sleeps)
        yield Stop(timed, moment, before, moment >= timed + hours.HORIZON or before >= ready + hours.HORIZON)


def _all_rules(step: Timed, clock: Clock, sleeps: Iterable[Span]) -> list[Rule]:
    return [*_rules(step, clock), *hours.awake(sleeps, clock.account, _("The plan"))]


def _rules(step: Timed, clock: Clock) -> list[Rule]:
    asleep = hours.awake(clock.calendar.pauses, clock.account, _("The account"))
    if isinstance(step.hours, AnyTime):
        return asleep
    allowed = step.hours or clock.rules.hours
    quiet = clock.calendar.quiet
    return [
        *asleep,
        *([hours.between(allowed, clock.zone, clock.calendar)] if allowed else ()),
        *([hours.not_quiet(quiet, clock.person.zone or clock.account)] if quiet else ()),
    ]
