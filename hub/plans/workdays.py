"""Working days: Monday to Friday, and the seam where an account's holidays will come in.

Everything that counts working days takes the rule as an argument, ``is_working_day``; :func:`monday_to_friday` is in force.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

IsWorkingDay = Callable[[date], bool]

LONGEST_BREAK_DAYS = 366
"""A calendar with no working day for longer than this is a mistake in the calendar, not a holiday."""

_ONE_DAY = timedelta(days=1)


def monday_to_friday(day: date) -> bool:
    """Whether it is a weekday; holidays are not known yet."""
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
