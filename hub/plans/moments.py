"""When a step of a plan runs for one contact: its timing, moved into the hours that are allowed. Pure.

The one home of this question. The engine asks :func:`due` when it writes a step and :func:`may_start` at the gate; the preview,
the plan's page and the contact's page ask :func:`itinerary` for a whole plan. So what people are shown is what happens.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Protocol
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from hub.accounts import calendars
from hub.accounts.calendars import Calendar, Span
from hub.plans import anniversaries, hours, timing
from hub.plans.hours import AnyTime, Rule, StepHours
from hub.plans.rules import NONE, PlanRules
from hub.plans.timing import AnyTiming, Arrive
from hub.plans.whereabouts import NOBODY, Person
from hub.plans.workdays import monday_to_friday
from hub.plans.zones import on_the_clock, zone_of

MOST_DAYS_EARLIER = 60
"""How much earlier than necessary something leaves, where the days just before are closed."""


class Timed(Protocol):
    """What is asked of a step: a stored one, or one that is being typed."""

    @property
    def timing(self) -> AnyTiming: ...

    @property
    def hours(self) -> StepHours | None: ...

    @property
    def channel(self) -> str: ...


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


def asks_who(step: Timed | None, rules: PlanRules, calendar: Calendar) -> bool:
    """Whether the time of a step depends on the contact; otherwise everybody's is the same."""
    by_field = step is not None and isinstance(step.timing, Arrive) and bool(step.timing.field)
    return by_field or rules.clock == "contact" or calendar.is_ever_quiet


def lacks(when: AnyTiming, person: Person) -> tuple[str, ...]:
    """What the contact lacks for the step to have a time at all, in words that follow *lacks*."""
    if not isinstance(when, Arrive) or not when.field or anniversaries.read(person.fields.get(when.field, "")):
        return ()
    return (_("a date in the field “{field}”").format(field=when.field),)


def due(step: Timed, clock: Clock, *, previous: datetime, enrolled: datetime) -> datetime:
    """When the step is due: by its timing, or where that is outside of the allowed hours, when they next begin."""
    return _opened(step, clock, by_timing(step, clock, previous=previous, enrolled=enrolled))


def _opened(step: Timed, clock: Clock, timed: datetime) -> datetime:
    """The same moved into the allowed hours: later, but for what must arrive by a day: that rather leaves a few days earlier."""
    rules = _rules(step, clock)
    found = hours.opens(timed, rules)
    if not isinstance(step.timing, Arrive) or not lacks_nothing(step, clock):
        return found
    last = timed.astimezone(clock.zone).date()
    for back in range(MOST_DAYS_EARLIER):
        day = on_the_clock(last - timedelta(days=back), step.timing.at, clock.zone)
        opened = hours.opens(day, rules)
        if opened.astimezone(clock.zone).date() <= last:
            return opened
    return found


def lacks_nothing(step: Timed, clock: Clock) -> bool:
    """Whether the contact has the day that the step must arrive by."""
    return not lacks(step.timing, clock.person)


def by_timing(step: Timed, clock: Clock, *, previous: datetime, enrolled: datetime) -> datetime:
    """What the step's timing says alone, whatever the hour."""
    reckon = partial(timing.due_at, step.timing, previous=previous, enrolled=enrolled, zone=clock.zone,
                     fields=clock.person.fields)  # fmt: skip
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


def way_of(step: Timed, clock: Clock) -> str:
    """The step's channel, where it matters. Where no way has quiet hours of its own, no plugin is asked for it."""
    return step.channel if clock.calendar.channels else ""


def is_free(step_hours: StepHours | None, channel: str, clock: Clock, sleeps: Sequence[Span] = ()) -> bool:
    """Whether nothing ever holds such a step back: the short way for the engine."""
    said = step_hours or clock.rules.hours or clock.calendar.quiet_of(channel)
    bound = not isinstance(step_hours, AnyTime) and said
    return not (bound or sleeps or clock.calendar.pauses)


def arrives_by(step: Timed, clock: Clock, timed: datetime) -> date | None:
    """The day by which what the step sends is meant to be there; ``timed`` is what its timing says. None: by no day."""
    if not isinstance(step.timing, Arrive):
        return None
    start = timed.astimezone(clock.zone).date()
    try:
        return timing.target(step.timing, start, clock.calendar.is_working_day, clock.person.fields)
    except ValueError:  # as in :func:`by_timing`
        return timing.target(step.timing, start, monday_to_friday, clock.person.fields)


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
        moment = _opened(step, clock, timed)
        ready = max(moment, before)
        before = may_start(step, clock, ready, sleeps)
        yield Stop(timed, moment, before, moment >= timed + hours.HORIZON or before >= ready + hours.HORIZON)


def _all_rules(step: Timed, clock: Clock, sleeps: Iterable[Span]) -> list[Rule]:
    asleep = hours.awake(sleeps, clock.account, _("The plan")) if sleeps else ()
    return [*_rules(step, clock), *asleep]


def _rules(step: Timed, clock: Clock) -> list[Rule]:
    pauses = clock.calendar.pauses
    asleep = hours.awake(pauses, clock.account, _("The account")) if pauses else []
    if isinstance(step.hours, AnyTime):
        return asleep
    allowed = step.hours or clock.rules.hours
    quiet = clock.calendar.quiet_of(way_of(step, clock))
    return [
        *asleep,
        *([hours.between(allowed, clock.zone, clock.calendar)] if allowed else ()),
        *([hours.not_quiet(quiet, clock.person.zone or clock.account, _called(step, clock))] if quiet else ()),
    ]


def _called(step: Timed, clock: Clock) -> str:
    """What the quiet hours are for, where they are not everybody's."""
    way = way_of(step, clock)
    return calendars.called(way) if any(one.channel == way for one in clock.calendar.channels) else ""
