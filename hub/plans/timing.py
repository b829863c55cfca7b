"""When a step is due: plain data, and pure functions over it.

=================  ==========================================  ==============================================
kind               says                                        means
=================  ==========================================  ==============================================
``immediately``                                                as soon as the previous step has closed
``after``          3 hours after the previous step             that long on the clock, whatever clocks do at night
``after``          2 days after enrolment, at 9:00             that many dates later in the account's time zone
``after``          2 business days after the previous step     the same, counting Monday to Friday
``on``             24 December 2026 at 9:00                    that moment in the account's time zone
``arrive``         by 24 December, 5 business days on the way  the last day that is early enough, counted backwards
``arrive``         by the contact's Birthday                   the same, for the next one that is still to be reached
=================  ==========================================  ==============================================

Days without a time of day keep the anchor's time on the wall clock. *0 days at 9:00* is the next nine o'clock. In the night
when clocks go forward, a time that does not exist becomes the first moment that does; when they go back and a time comes
twice, the first is meant.

A due time may lie in the past (a fixed date gone by, a previous step that waited long). It is not moved to now: the gate
compares it with the step's *too late after*.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, field_validator, model_validator

from hub.accounts.calendars import FIRST_YEAR, LAST_YEAR
from hub.accounts.wall import TimeOfDay, clock_words
from hub.plans import anniversaries, workdays
from hub.plans.workdays import IsWorkingDay, monday_to_friday
from hub.plans.zones import on_the_clock

Unit = Literal["minutes", "hours", "days", "business_days"]
Since = Literal["previous", "enrollment"]

LONGEST: dict[Unit, int] = {"minutes": 60 * 24 * 366, "hours": 24 * 366 * 2, "days": 3660, "business_days": 2610}
"""How long a step may wait, by unit: a year in minutes, two in hours, ten in days."""

Day = date
"""The type, where a field is called ``date``."""

_NO_FIELDS: Mapping[str, str] = {}
_CALENDAR: tuple[Unit, ...] = ("days", "business_days")


class _Timing(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Immediately(_Timing):
    """As soon as the previous step has closed, or at enrolment for the first."""

    kind: Literal["immediately"] = "immediately"


class After(_Timing):
    """So long after the previous step closed, or after enrolment."""

    kind: Literal["after"] = "after"
    amount: int = Field(ge=0)
    unit: Unit
    since: Since = "previous"
    at: TimeOfDay | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> After:
        if self.amount > LONGEST[self.unit]:
            raise ValueError(
                f"{self.amount:,} {_UNIT_WORDS[self.unit]}s is too long; the most is {LONGEST[self.unit]:,}"
            )
        if self.at is not None and self.unit not in _CALENDAR:
            raise ValueError("a time of day goes with days or business days only")
        return self


class On(_Timing):
    """A fixed date and time."""

    kind: Literal["on"] = "on"
    date: date
    at: TimeOfDay = time(9, 0)

    @field_validator("date")
    @classmethod
    def _in_our_times(cls, value: Day) -> Day:
        if not FIRST_YEAR <= value.year <= LAST_YEAR:
            raise ValueError(f"choose a date between {FIRST_YEAR} and {LAST_YEAR}")
        return value


class Arrive(_Timing):
    """Early enough that what it sends has arrived on a day: a date, or one that comes every year in a contact's own field.

    Attributes:
        field: the label of the field, such as *Birthday*. There is either this or a ``date``.
        lead: how many days it is on the way, at most.
        at: the time of day at which it is sent.
    """

    kind: Literal["arrive"] = "arrive"
    date: Day | None = None
    field: str = Field(default="", max_length=60)
    lead: int = Field(default=0, ge=0, le=260)
    unit: Literal["days", "business_days"] = "business_days"
    at: TimeOfDay = time(9, 0)

    @model_validator(mode="after")
    def _by_one_of_them(self) -> Arrive:
        if (self.date is None) == (not self.field):
            raise ValueError("choose a date, or a field of the contact")
        if self.date is not None and not FIRST_YEAR <= self.date.year <= LAST_YEAR:
            raise ValueError(f"choose a date between {FIRST_YEAR} and {LAST_YEAR}")
        return self


Timing = Annotated[Immediately | After | On | Arrive, Field(discriminator="kind")]
AnyTiming = Immediately | After | On | Arrive

_adapter: TypeAdapter[AnyTiming] = TypeAdapter(Timing)
_UNIT_WORDS: dict[Unit, str] = {"minutes": "minute", "hours": "hour", "days": "day", "business_days": "business day"}


def read(data: Any) -> AnyTiming:
    """A timing from its plain data, as stored or as a form sends it.

    Raises:
        pydantic.ValidationError: it is none.
    """
    return _adapter.validate_python(data)


def dump(timing: AnyTiming) -> dict[str, Any]:
    """Plain data that :func:`read` takes back."""
    return timing.model_dump(mode="json")


def due_at(
    timing: AnyTiming,
    *,
    previous: datetime,
    enrolled: datetime,
    zone: ZoneInfo,
    is_working_day: IsWorkingDay = monday_to_friday,
    fields: Mapping[str, str] = _NO_FIELDS,
) -> datetime:
    """When the step is due, in UTC.

    Args:
        previous: when the previous step closed; for the first step, the same as ``enrolled``.
        enrolled: when the contact was put on the plan.
        zone: the account's time zone, in which days and times of day are meant.
        is_working_day: which days count as business days.
        fields: the contact's own fields. A step that must arrive by one that holds no day is due at once, so that it is told.
    """
    if isinstance(timing, Immediately):
        return previous.astimezone(UTC)
    if isinstance(timing, On):
        return on_the_clock(timing.date, timing.at, zone)
    if isinstance(timing, Arrive):
        day = send_day(timing, previous.astimezone(zone).date(), is_working_day, fields)
        return on_the_clock(day, timing.at, zone) if day else previous.astimezone(UTC)
    anchor = (enrolled if timing.since == "enrollment" else previous).astimezone(UTC)
    if timing.unit == "minutes":
        return anchor + timedelta(minutes=timing.amount)
    if timing.unit == "hours":
        return anchor + timedelta(hours=timing.amount)
    return _days_later(timing, anchor, zone, is_working_day if timing.unit == "business_days" else _every_day)


def target(timing: Arrive, start: date, is_working_day: IsWorkingDay, fields: Mapping[str, str]) -> date | None:
    """The day by which it must have arrived: the date, or the first anniversary for which it is not too late on ``start``."""
    if timing.date is not None:
        return timing.date
    found = anniversaries.read(fields.get(timing.field, ""))
    if found is None:
        return None
    coming = (found.in_year(start.year + ahead) for ahead in range(4))
    return next((day for day in coming if _back(timing, day, is_working_day) >= start), None)


def send_day(timing: Arrive, start: date, is_working_day: IsWorkingDay, fields: Mapping[str, str]) -> date | None:
    """The last day on which it can be sent to be there in time; None where nobody knows by when."""
    day = target(timing, start, is_working_day, fields)
    return _back(timing, day, is_working_day) if day else None


def _back(timing: Arrive, day: date, is_working_day: IsWorkingDay) -> date:
    counts = is_working_day if timing.unit == "business_days" else _every_day
    return workdays.back(day, timing.lead, counts)


def _days_later(timing: After, anchor: datetime, zone: ZoneInfo, counts: IsWorkingDay) -> datetime:
    start = anchor.astimezone(zone)
    day = workdays.add(start.date(), timing.amount, counts)
    if timing.at is None:
        return anchor if day == start.date() else on_the_clock(day, start.time(), zone)
    due = on_the_clock(day, timing.at, zone)
    while due < anchor:  # today's nine o'clock has passed
        day = workdays.add(day, 1, counts)
        due = on_the_clock(day, timing.at, zone)
    return due


def _every_day(day: date) -> bool:
    return True


# --- in words ---------------------------------------------------------------------------------------------------


def words(timing: AnyTiming, *, first: bool = False) -> str:
    """The timing as a person reads it: ``2 business days after the previous step, at 9:00``.

    Args:
        first: it is a plan's first step, whose *previous step* is the enrolment.
    """
    if isinstance(timing, Immediately):
        return "immediately"
    if isinstance(timing, On):
        return f"on {timing.date.day} {timing.date:%B %Y} at {clock_words(timing.at)}"
    if isinstance(timing, Arrive):
        return _arrive_words(timing)
    anchor = "enrolment" if first or timing.since == "enrollment" else "the previous step"
    at = f", at {clock_words(timing.at)}" if timing.at else ""
    if timing.amount == 0:
        return _no_delay(timing, anchor) + at
    amount, unit = _in_whole_hours(timing)
    plural = "" if amount == 1 else "s"
    return f"{amount:,} {_UNIT_WORDS[unit]}{plural} after {anchor}{at}"


def _arrive_words(timing: Arrive) -> str:
    by = f"{timing.date.day} {timing.date:%B %Y}" if timing.date else f"the contact's {timing.field}"
    unit = _UNIT_WORDS[timing.unit] + ("" if timing.lead == 1 else "s")
    way = f" ({timing.lead} {unit} on the way)" if timing.lead else ""
    return f"so that it arrives by {by}{way}, at {clock_words(timing.at)}"


def _in_whole_hours(timing: After) -> tuple[int, Unit]:
    """Nobody reads 4320 minutes. Hours stay hours: days are counted by dates, which is another thing."""
    whole = timing.unit == "minutes" and timing.amount % 60 == 0
    return (timing.amount // 60, "hours") if whole else (timing.amount, timing.unit)


def _no_delay(timing: After, anchor: str) -> str:
    if timing.unit == "business_days":
        return f"on the first business day from {anchor}"
    return f"right after {anchor}" if timing.at is None else f"on the day of {anchor}"
