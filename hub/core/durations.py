"""Spans of time as an author writes them: ``"90s"``, ``"30 min"``, ``"3 business days"``.

Two kinds are kept apart. A *duration* is a number of seconds on the clock. A *lead time* counts working days, for a
vendor's post office knows nothing of seconds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from hub.core.errors import DeclarationError

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_NAMES = {
    "s": "s", "sec": "s", "second": "s", "seconds": "s",
    "m": "m", "min": "m", "minute": "m", "minutes": "m",
    "h": "h", "hour": "h", "hours": "h",
    "d": "d", "day": "d", "days": "d",
}  # fmt: skip
_DURATION = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*$", re.IGNORECASE)
_LEAD = re.compile(r"^\s*(\d+)(?:\s*(?:-|\u2013|to)\s*(\d+))?\s*(business|calendar)?\s*days?\s*$", re.IGNORECASE)


def duration(text: str | int | float | timedelta) -> timedelta:
    """Read ``"90s"``, ``"15 min"``, ``"24h"``, a number of seconds, or a timedelta.

    Raises:
        DeclarationError: the text is not a number followed by a unit.
    """
    if isinstance(text, timedelta):
        return text
    if isinstance(text, int | float):
        return timedelta(seconds=text)
    match = _DURATION.match(text)
    unit = _NAMES.get(match.group(2).lower()) if match else None
    if match is None or unit is None:
        raise DeclarationError(f"{text!r} is not a duration; write for example '90s', '15 min' or '24h'")
    return timedelta(seconds=float(match.group(1)) * _UNITS[unit])


@dataclass(frozen=True, slots=True)
class LeadTime:
    """How long after the step the thing arrives, in days: the vendor's packing and the post together."""

    least: int
    most: int
    business: bool = True

    def __str__(self) -> str:
        span = str(self.least) if self.least == self.most else f"{self.least}\u2013{self.most}"
        kind = "business day" if self.business else "calendar day"
        return f"{span} {kind}{'' if self.most == 1 else 's'}"


def lead_time(text: str | LeadTime | None) -> LeadTime | None:
    """Read ``"3 business days"`` or ``"2-5 business days"``.

    Raises:
        DeclarationError: the text is not a number or span of days, or the span runs backwards.
    """
    if text is None or isinstance(text, LeadTime):
        return text
    match = _LEAD.match(text)
    if match is None:
        raise DeclarationError(f"{text!r} is not a lead time; write for example '2-5 business days'")
    least = int(match.group(1))
    most = int(match.group(2) or least)
    if most < least:
        raise DeclarationError(f"lead time {text!r} runs backwards")
    return LeadTime(least, most, business=(match.group(3) or "business").lower() == "business")
