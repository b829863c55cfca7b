"""Working days: Monday to Friday, or what an account's calendar makes of them.

Everything that counts working days takes the rule as an argument, ``is_working_day``: an account's own
(``hub.accounts.calendars``), or :func:`monday_to_friday`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

IsWorkingDay = Callable[[date], bool]

LONGEST_BREAK_DAYS = 366
"""A calendar with no working day for longer than this is a mistake in the calendar, not a holiday."""

_ONE_DAY = timedelta(days=1)


def monday_to_friday(day: date) -> bool:
    """Whether it is a weekday, holidays or not."""
    return day.weekday() < 5


def on_or_after(day: date, is_working_day: IsWorkingDay = monday_to_friday) -> date:
    """The day itself when it is a working day, else the next one that is.

    Raises:
        ValueError: the calendar has no working day in the year that follows.
    """
    for ahead in range(LONGEST_BREAK_DAYS):
        candidate = day + ahead * _ONE_DAY
        if is_working_day(candidate):
            return candidate
    raise ValueError(f"no working day within {LONGEST_BREAK_DAYS} days after {day}")


def on_or_before(day: date, is_working_day: IsWorkingDay = monday_to_friday) -> date:
    """The day itself when it is a working day, else the last one before it.

    Raises:
        ValueError: the calendar has no working day in the year before.
    """
    for back in range(LONGEST_BREAK_DAYS):
        candidate = day - back * _ONE_DAY
        if is_working_day(candidate):
            return candidate
    raise ValueError(f"no working day within {LONGEST_BREAK_DAYS} days before {day}")


def back(day: date, count: int, is_working_day: IsWorkingDay = monday_to_friday) -> date:
    """The last working day from which :func:`add` comes to no later than ``day``: when to send what takes so long.

    >>> back(date(2026, 11, 23), 1)  # a Monday
    datetime.date(2026, 11, 20)
    """
    day = on_or_before(day, is_working_day)
    for _ in range(count):
        day = on_or_before(day - _ONE_DAY, is_working_day)
    return day


def add(day: date, count: int, is_working_day: IsWorkingDay = monday_to_friday) -> date:
    """The ``count``-th working day after ``day``; for 0, the first one on or after it.

    >>> add(date(2026, 11, 20), 1)  # a Friday
    datetime.date(2026, 11, 23)
    """
    if count == 0:
        return on_or_after(day, is_working_day)
    for _ in range(count):
        day = on_or_after(day + _ONE_DAY, is_working_day)
    return day
