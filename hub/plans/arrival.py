"""When a parcel is at the door: the step's due date and the vendor's lead time, in dates of the account's time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hub.core.durations import LeadTime
from hub.plans import workdays
from hub.plans.workdays import IsWorkingDay, monday_to_friday


@dataclass(frozen=True, slots=True)
class Window:
    """The first and the last date on which it is expected."""

    earliest: date
    latest: date

    def __str__(self) -> str:
        if self.earliest == self.latest:
            return _day(self.earliest)
        return f"{_day(self.earliest)} – {_day(self.latest)}"


def window(
    due: datetime,
    lead: LeadTime | None,
    zone: ZoneInfo,
    is_working_day: IsWorkingDay = monday_to_friday,
) -> Window | None:
    """The expected arrival of what a step due at ``due`` sends; None for a step that has no lead time.

    The day of the step itself does not count: what is handed in on Friday with one business day arrives on Monday.
    """
    if lead is None:
        return None
    day = due.astimezone(zone).date()
    if not lead.business:
        return Window(day + timedelta(days=lead.least), day + timedelta(days=lead.most))
    try:
        return _worked(day, lead, is_working_day)
    except ValueError:  # closed for a year on end: somebody's slip, for which no page may fail
        return _worked(day, lead, monday_to_friday)


def _worked(day: date, lead: LeadTime, is_working_day: IsWorkingDay) -> Window:
    return Window(workdays.add(day, lead.least, is_working_day), workdays.add(day, lead.most, is_working_day))


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"
