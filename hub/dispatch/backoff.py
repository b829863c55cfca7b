"""How long to wait before the next try. Pure; chance comes in as an argument."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

BASE = timedelta(seconds=5)
"""The first wait."""

CAP = timedelta(hours=6)
"""No single wait is longer."""

MOST_ATTEMPTS = 8
"""Tries at the outside world before a person is asked."""

MOST_AGE = timedelta(hours=72)
"""Time since the first try before a person is asked."""

LONGEST_RETRY_AFTER = timedelta(hours=24)
"""A vendor may ask for more; we look again after a day."""


def delay(attempt: int, chance: float) -> timedelta:
    """Doubling from :data:`BASE` to :data:`CAP`, spread over its upper half so that a crowd does not return at once.

    Args:
        attempt: how many tries there have been, from 1.
        chance: a number in [0, 1).
    """
    doublings = max(0, min(attempt - 1, 20))
    longest: timedelta = min(CAP, BASE * (1 << doublings))
    return longest / 2 + longest / 2 * chance


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Read a ``Retry-After`` header: seconds or a date. Junk, the past and nothing are None; a year becomes a day."""
    if value is None:
        return None
    wait = _seconds(value) or _until(value, now)
    if wait is None or wait <= timedelta(0):
        return None
    return min(wait, LONGEST_RETRY_AFTER)


def _seconds(value: str) -> timedelta | None:
    text = value.strip()
    return timedelta(seconds=min(int(text), 10**9)) if text.isascii() and text.isdigit() and len(text) < 20 else None


def _until(value: str, now: datetime) -> timedelta | None:
    try:
        moment = parsedate_to_datetime(value.strip())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment - now if moment.tzinfo else None
