"""Days that come every year, read from what people write in a contact's own field: a birthday, a date of joining. Pure."""

from __future__ import annotations

import re
from calendar import isleap
from dataclasses import dataclass
from datetime import date

_WRITTEN = (
    re.compile(r"(?:\d{4}|-)-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?:[T ].*)?"),  # 1990-05-17, --05-17
    re.compile(r"(?P<month>\d{1,2})/(?P<day>\d{1,2})(?:/\d{2,4})?"),  # 5/17/1990, as Americans write
    re.compile(r"(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?:\d{2,4})?"),  # 17.5.1990, as Europeans do
)


@dataclass(frozen=True, slots=True)
class Anniversary:
    """A day of the year. The 29th of February is the 28th where there is none."""

    month: int
    day: int

    def in_year(self, year: int) -> date:
        """The date on which it falls in that year."""
        leaps = (self.month, self.day) == (2, 29) and not isleap(year)
        return date(year, self.month, 28 if leaps else self.day)


def read(text: str) -> Anniversary | None:
    """The day that a text names; None where it names none.

    >>> read("1990-05-17"), read("5/17"), read("soon")
    (Anniversary(month=5, day=17), Anniversary(month=5, day=17), None)
    """
    for written in _WRITTEN:
        found = written.fullmatch(text.strip())
        if found:
            return _existing(int(found["month"]), int(found["day"]))
    return None


def _existing(month: int, day: int) -> Anniversary | None:
    try:
        date(2000, month, day)  # a leap year, which has every day that any year has
    except ValueError:
        return None
    return Anniversary(month, day)
