"""Allowed hours: from a moment to the first one at which a step may start. Pure.

A rule says of any moment when the step may start by that rule: at once, or later. :func:`opens` asks all rules until none wants
a later one, so what comes out suits every one of them. The engine, the preview and the pages all ask here.

========================  ===================================================================
rule                      holds a step back
========================  ===================================================================
:func:`between`           outside of the plan's or the step's own days and hours, and on holidays
:func:`not_quiet`         in the account's quiet hours, on the contact's clock
:func:`awake`             while the plan or the account sleeps
========================  ===================================================================

An hour that the clocks leave out in spring begins at the first moment that exists; of an hour that comes twice in autumn, the
first is meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, field_validator, model_validator

from hub.accounts.calendars import Calendar, Quiet, Span, day_words
from hub.accounts.wall import TimeOfDay, clock_words
from hub.plans.zones import on_the_clock

HORIZON = timedelta(days=400)
"""How far ahead is looked. Rules that never open (each day of a year closed) let the step look again at the end of it: a plan may
rest very long, but nothing falls out of it, and no search goes on for ever."""

MIDNIGHT = time(0)
DAYS = (
    gettext_lazy("Mon"), gettext_lazy("Tue"), gettext_lazy("Wed"), gettext_lazy("Thu"), gettext_lazy("Fri"),
    gettext_lazy("Sat"), gettext_lazy("Sun"),
)  # fmt: skip


class _Choice(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AnyTime(_Choice):
    """At any hour: neither the plan's hours nor the account's quiet hours hold this step back."""

    kind: Literal["any"] = "any"


class Hours(_Choice):
    """On these days, from ``opens`` until ``closes``; midnight as the end is the end of the day.

    Attributes:
        days: 0 is Monday.
        holidays: also on public holidays and on the account's closed days.
    """

    kind: Literal["between"] = "between"
    days: tuple[int, ...] = (0, 1, 2, 3, 4)
    opens: TimeOfDay = time(9)
    closes: TimeOfDay = time(17)
    holidays: bool = False

    @field_validator("days")
    @classmethod
    def _of_the_week(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        if not value:
            raise ValueError("choose at least one day of the week")
        if not set(value) <= set(range(7)):
            raise ValueError("a day of the week is a number from 0, Monday, to 6")
        return tuple(sorted(set(value)))

    @model_validator(mode="after")
    def _some_time(self) -> Hours:
        if self.closes != MIDNIGHT and self.closes <= self.opens:
            raise ValueError("the end must come after the beginning; midnight is 0:00")
        return self


StepHours = AnyTime | Hours
"""What a step may say of its own; nothing is *as the plan says*."""

_adapter: TypeAdapter[StepHours] = TypeAdapter(Annotated[StepHours, Field(discriminator="kind")])


def read(data: Any) -> StepHours | None:
    """A step's hours from plain data; nothing stays nothing."""
    return None if data is None else _adapter.validate_python(data)


# --- rules --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rule:
    """One reason to wait. ``first`` gives the first moment from this one on that suits it; ``why`` tells people what is wrong
    with a moment that does not."""

    first: Callable[[datetime], datetime]
    why: Callable[[datetime], str]


def opens(moment: datetime, rules: Sequence[Rule]) -> datetime:
    """The first moment from this one on that suits every rule, in UTC."""
    end = moment + HORIZON
    while True:
        later = max((rule.first(moment) for rule in rules), default=moment)
        if later <= moment:
            return moment.astimezone(UTC)
        if later >= end:
            return end.astimezone(UTC)
        moment = later


def reasons(moment: datetime, rules: Sequence[Rule]) -> tuple[str, ...]:
    """Why a step may not start at this very moment, a sentence each."""
    return tuple(dict.fromkeys(rule.why(moment) for rule in rules if rule.first(moment) > moment))


def between(hours: Hours, zone: ZoneInfo, calendar: Calendar) -> Rule:
    """Only in these hours."""

    def first(moment: datetime) -> datetime:
        day = moment.astimezone(zone).date()
        last = day + HORIZON
        while day < last:
            if _is_open(day, hours, calendar):
                begin, end = _window(day, hours, zone)
                if begin < end and moment < end:
                    return max(moment, begin)
            day += timedelta(days=1)
        return moment + HORIZON

    def why(moment: datetime) -> str:
        day = moment.astimezone(zone).date()
        feast = "" if hours.holidays or day.weekday() not in hours.days else calendar.why_closed(day)
        told = _("{day} is closed: {name}.").format(day=day_words(day), name=feast)
        return told if feast else _("Outside of its hours ({hours}).").format(hours=words(hours))

    return Rule(first, why)


def not_quiet(quiet: Quiet, zone: ZoneInfo, what: str = "") -> Rule:
    """Not in the quiet hours. ``what`` they are for, where they are those of one way to the contact: *calls*."""

    def first(moment: datetime) -> datetime:
        local = moment.astimezone(zone)
        if not quiet.holds(local.time()):
            return moment
        after_midnight = quiet.begins < quiet.ends or local.time() < quiet.ends
        day = local.date() if after_midnight else local.date() + timedelta(days=1)
        # Where the clocks go back within the quiet hours, their end has passed once already and comes again.
        end = on_the_clock(day, quiet.ends, zone)
        return end if end > moment else on_the_clock(day, quiet.ends, zone, again=True)

    told = (
        _("In the account's quiet hours for {what} ({hours}).")
        if what
        else _("In the account's quiet hours ({hours}).")
    )
    return Rule(first, lambda moment: told.format(what=what, hours=quiet))


def awake(pauses: Iterable[Span], zone: ZoneInfo, whose: str) -> list[Rule]:
    """Not while it sleeps. ``whose`` begins the sentence: *The plan*, *The account*."""
    return [_asleep(span, zone, whose) for span in pauses]


def _asleep(span: Span, zone: ZoneInfo, whose: str) -> Rule:
    return Rule(_after(span, zone), lambda moment: _sleeps(span, whose))


def _after(span: Span, zone: ZoneInfo) -> Callable[[datetime], datetime]:
    begin = on_the_clock(span.first, MIDNIGHT, zone)
    end = on_the_clock(span.last + timedelta(days=1), MIDNIGHT, zone)
    return lambda moment: end if begin <= moment < end else moment


def _sleeps(span: Span, whose: str) -> str:
    told = _("{whose} sleeps {days}").format(whose=whose, days=span)
    return f"{told} ({span.name})." if span.name else f"{told}."


def _is_open(day: date, hours: Hours, calendar: Calendar) -> bool:
    return day.weekday() in hours.days and (hours.holidays or not calendar.why_closed(day))


def _window(day: date, hours: Hours, zone: ZoneInfo) -> tuple[datetime, datetime]:
    ends = day + timedelta(days=1) if hours.closes == MIDNIGHT else day
    return on_the_clock(day, hours.opens, zone), on_the_clock(ends, hours.closes, zone)


# --- in words -----------------------------------------------------------------------------------------------------


def words(hours: StepHours) -> str:
    """``Mon – Fri, 9:00 – 17:00``; ``at any hour``."""
    if isinstance(hours, AnyTime):
        return _("at any hour")
    closes = "24:00" if hours.closes == MIDNIGHT else clock_words(hours.closes)
    told = f"{_days(hours.days)}, {clock_words(hours.opens)} – {closes}"
    return _("{hours}, holidays too").format(hours=told) if hours.holidays else told


def _days(days: Sequence[int]) -> str:
    """Runs of three days and more are told by their ends."""
    runs: list[list[int]] = []
    for day in days:
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(f"{DAYS[run[0]]} – {DAYS[run[-1]]}" if len(run) > 2 else _listed(run) for run in runs)


def _listed(run: Sequence[int]) -> str:
    return ", ".join(str(DAYS[day]) for day in run)
