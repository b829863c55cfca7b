"""Time zones by name, and clocks on their walls.

An account's zone is checked when it is saved; data from elsewhere may still name none that exists.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    """The time zone of this IANA name; UTC when there is no such zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def on_the_clock(day: date, at: time, zone: ZoneInfo, *, again: bool = False) -> datetime:
    """The moment when a clock on the wall of ``zone`` shows this, in UTC.

    A time that comes twice means the first, or the second where it is asked for ``again``. A time that is left out means the
    first moment after the gap.
    """
    wall = datetime.combine(day, at.replace(fold=0, tzinfo=None))
    if again:
        return wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    exists = moment.astimezone(zone).replace(tzinfo=None) == wall
    return moment if exists else _end_of_gap(wall, moment, zone)


def moment_of(text: str, zone: ZoneInfo) -> datetime | None:
    """The moment that somebody wrote down, as ``2026-03-01 14:00``: by a clock in ``zone`` unless it says by which.

    None: it is none.
    """
    try:
        wall = datetime.fromisoformat(text)
        return wall if wall.tzinfo else on_the_clock(wall.date(), wall.time(), zone)
    except (ValueError, OverflowError):
        return None


def _end_of_gap(wall: datetime, late: datetime, zone: ZoneInfo) -> datetime:
    """The instant the clocks jumped, by halving: ``late`` is past it, the same wall time by the later offset is before it."""
    after = late.astimezone(zone).utcoffset()
    early = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    while late - early > timedelta(seconds=1):
        middle = (early + (late - early) / 2).replace(microsecond=0)
        if middle <= early:
            break
        early, late = (early, middle) if middle.astimezone(zone).utcoffset() == after else (middle, late)
    return late.replace(microsecond=0)
