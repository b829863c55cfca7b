"""Starting very many contacts a few at a time: so many an hour or a day, in the hours in which the first step may start. Pure.

The contacts are cut into portions, in the order in which they were put on the plan. The first portion starts at once, each next
one an hour or a day after the one before, and never two at once: where a night lies between, they go on in the morning one
by one. The plan *starts* for a contact when its portion does, and what counts from enrolment counts from then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from pydantic import BaseModel, ConfigDict, Field

from hub.plans.zones import on_the_clock

LONGEST = timedelta(days=366)
"""Who would begin with a plan later than in a year is better put on it in a year."""

Moment = Callable[[datetime], datetime]


class Spread(BaseModel):
    """So many an hour, or a day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int = Field(ge=1, le=1_000_000)
    per: Literal["hour", "day"] = "hour"

    def __str__(self) -> str:
        told = ngettext("{n} an hour", "{n} an hour", self.number)
        daily = _("{n} a day")
        return (told if self.per == "hour" else daily).format(n=f"{self.number:,}")


@dataclass(frozen=True, slots=True)
class Portion:
    """When the plan starts for it, and when its first step is due."""

    starts: datetime
    due: datetime


def portions(spread: Spread, start: datetime, zone: ZoneInfo, first_due: Moment, opens: Moment) -> Iterator[Portion]:
    """One portion after the other, without end.

    Args:
        first_due: when the first step of a plan that starts then is due.
        opens: from a moment to the first one at which the first step may start.
    """
    here = Portion(start, first_due(start))
    while True:
        yield here
        starts = _later(here.starts, spread, zone)
        here = Portion(starts, max(first_due(starts), opens(_later(here.due, spread, zone))))


def count(spread: Spread, contacts: int) -> int:
    """How many portions so many contacts make."""
    return -(-contacts // spread.number)


def _later(moment: datetime, spread: Spread, zone: ZoneInfo) -> datetime:
    if spread.per == "hour":
        return moment + timedelta(hours=1)
    local = moment.astimezone(zone)
    return on_the_clock(local.date() + timedelta(days=1), local.time(), zone).astimezone(UTC)
