"""An account's calendar: when it is shut, when it sleeps, and when it leaves people in peace. Pure.

``closed``
    days that are no business days, beside weekends and the public holidays of the country: stocktaking, a local feast.
``pauses``
    from day to day nothing at all leaves the account; afterwards it goes on by itself, in order.
``quiet``
    hours of the night in which no step goes to a contact, on the contact's own clock where it is known; ``channels`` are the ways
    (calls, post) that have other ones, or none.

Days are dates in the account's time zone, first and last included.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, time
from functools import lru_cache
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from hub.accounts import public_holidays
from hub.accounts.wall import TimeOfDay, clock_words
from hub.core.channels import CHANNELS

LONGEST_SPAN_DAYS = 366
MOST_SPANS = 100
FIRST_YEAR, LAST_YEAR = 2000, 2199
"""Dates outside of these are slips of the finger, and near the ends of the calendar a time zone has no room to count."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Span(_Frozen):
    """From one day to another, both included."""

    first: date
    last: date
    name: str = Field(default="", max_length=60)

    @model_validator(mode="after")
    def _in_order(self) -> Span:
        if self.last < self.first:
            raise ValueError("the last day comes before the first")
        if not (self.first.year >= FIRST_YEAR and self.last.year <= LAST_YEAR):
            raise ValueError(f"choose dates between {FIRST_YEAR} and {LAST_YEAR}")
        if (self.last - self.first).days >= LONGEST_SPAN_DAYS:
            raise ValueError(f"this is longer than {LONGEST_SPAN_DAYS} days")
        return self

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def __str__(self) -> str:
        days = day_words(self.first)
        return days if self.first == self.last else f"{days} – {day_words(self.last)}"


class Quiet(_Frozen):
    """From ``begins`` to ``ends`` nobody is disturbed; over midnight when it begins later than it ends."""

    begins: TimeOfDay
    ends: TimeOfDay

    @model_validator(mode="after")
    def _is_some_time(self) -> Quiet:
        if self.begins == self.ends:
            raise ValueError("quiet hours begin and end at different times")
        return self

    def holds(self, at: time) -> bool:
        """Whether a clock that shows this time is within."""
        if self.begins < self.ends:
            return self.begins <= at < self.ends
        return at >= self.begins or at < self.ends

    def __str__(self) -> str:
        return f"{clock_words(self.begins)} – {clock_words(self.ends)}"


class ChannelQuiet(_Frozen):
    """Quiet hours of one way to the contact (:data:`hub.core.channels.CHANNELS`); without any, it is never quiet."""

    channel: str
    quiet: Quiet | None = None

    @field_validator("channel")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in CHANNELS:
            raise ValueError(f"choose from {', '.join(CHANNELS)}")
        return value


class Calendar(_Frozen):
    """One account's calendar. ``country`` and ``region`` say whose public holidays are kept; without a country, none are."""

    country: str = ""
    region: str = ""
    closed: tuple[Span, ...] = Field(default=(), max_length=MOST_SPANS)
    pauses: tuple[Span, ...] = Field(default=(), max_length=MOST_SPANS)
    quiet: Quiet | None = None
    channels: tuple[ChannelQuiet, ...] = ()

    @field_validator("channels")
    @classmethod
    def _each_once(cls, value: tuple[ChannelQuiet, ...]) -> tuple[ChannelQuiet, ...]:
        if len({one.channel for one in value}) < len(value):
            raise ValueError("each way has its quiet hours once")
        return value

    @field_validator("country")
    @classmethod
    def _known(cls, value: str) -> str:
        if value and value not in public_holidays.countries():
            raise ValueError("the public holidays of this country are not known here")
        return value

    @model_validator(mode="after")
    def _region_of_country(self) -> Calendar:
        if self.region and self.region not in dict(public_holidays.regions(self.country)):
            raise ValueError("this region is not one of the country's")
        return self

    def quiet_of(self, channel: str) -> Quiet | None:
        """The quiet hours of one way to the contact: its own, where it has any, else everybody's. ``""`` is no way of its own."""
        return next((one.quiet for one in self.channels if one.channel == channel), self.quiet)

    @property
    def is_ever_quiet(self) -> bool:
        """Whether any step may have to wait for a contact's morning."""
        return self.quiet is not None or any(one.quiet for one in self.channels)

    def why_closed(self, day: date) -> str:
        """The holiday's name, or what the account calls the day; empty on a day that is neither."""
        own = next((span.name or "closed" for span in self.closed if day in span), "")
        return own or public_holidays.name_of(day, self.country, self.region)

    def is_working_day(self, day: date) -> bool:
        """Monday to Friday, and neither a holiday nor closed."""
        return day.weekday() < 5 and not self.why_closed(day)


def called(channel: str) -> str:
    """What goes on a way to the contact, in the middle of a sentence: ``calls``."""
    return str(_CALLED.get(channel, channel))


def quiet_words(calendar: Calendar) -> str:
    """All quiet hours in a line: ``21:00 – 8:00; calls 20:00 – 9:00; post at any hour``; empty where there are none."""
    if not calendar.is_ever_quiet:
        return ""
    everybody = [str(calendar.quiet) if calendar.quiet else _("at any hour")]
    own = [f"{called(one.channel)} {one.quiet or _('at any hour')}" for one in calendar.channels]
    return "; ".join([*everybody, *own])


_CALLED: dict[str, Promise] = {
    "email": gettext_lazy("e-mails"), "sms": gettext_lazy("text messages"), "call": gettext_lazy("calls"),
    "post": gettext_lazy("post"),
}  # fmt: skip

EMPTY = Calendar()
"""Weekends only."""


def of(account: Any) -> Calendar:
    """The calendar of an account's row, parsed once a process for each text of it."""
    data: Mapping[str, Any] = account.calendar
    return _parsed(json.dumps(data)) if data else EMPTY


def read(text: str) -> Calendar:
    """The same from the column's own text, for plain SQL."""
    return EMPTY if text == "{}" else _parsed(text)


def dump(calendar: Calendar) -> dict[str, Any]:
    """Plain data to store; what says nothing is left out."""
    return calendar.model_dump(mode="json", exclude_defaults=True)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Calendar:
    return Calendar.model_validate_json(text)


def day_words(day: date) -> str:
    """``Thu 24 Dec 2026``."""
    return f"{day:%a} {day.day} {day:%b %Y}"
