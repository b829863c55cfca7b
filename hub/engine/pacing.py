"""Whose turn it is at a connection whose vendor allows so many calls and no more. Pure: no clock, no database.

GCRA says when a call may go: ``rate_at`` is the time at which the next one would be exactly on schedule, and a call may run
ahead of it by the rate's tolerance. What must wait is given a *place*: a moment at which the rate will have room for it. Places
are one interval apart and are given in the order in which the steps were due, so five thousand overdue steps come back one by
one, in that order, and each of them comes back once.

Three rules keep the order. What newly comes due goes behind the last place that was given, even if there is room at this
moment: the room belongs to the one whose place it is. What comes at its place finds room. What comes at its place and finds none
(the hub was down, and places went by) gets another one in front of all newcomers, behind those who lost theirs before it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Line:
    """How the calls of a connection stand in line.

    Attributes:
        rate_at: when the next call would be exactly on schedule.
        line_at: the end of the line: the next place that can be given to a newcomer.
        front_at: the end of the places that were given anew to those who lost theirs.
        blocked_until: the vendor asked to be left alone until then.
    """

    rate_at: datetime
    line_at: datetime
    front_at: datetime
    blocked_until: datetime

    def is_empty(self, now: datetime) -> bool:
        """Nobody waits whose place is still to come."""
        return self.line_at <= now and self.front_at <= now

    def room_at(self, tolerance: timedelta) -> datetime:
        """The earliest moment at which one more call may go."""
        return max(self.rate_at - tolerance, self.blocked_until)


def step_up(
    line: Line, interval: timedelta, tolerance: timedelta, now: datetime, *, waited: bool
) -> tuple[Line, datetime | None]:
    """One more call comes: the line after it, and its place; None when it goes now.

    Args:
        waited: it had a place already, and this is it.
    """
    room = line.room_at(tolerance)
    if room <= now and (waited or line.is_empty(now)):
        return replace(line, rate_at=max(line.rate_at, now) + interval), None
    if waited:
        place = max(room, line.front_at)
        return replace(line, front_at=place + interval), place
    place = max(room, line.front_at, line.line_at)
    return replace(line, line_at=place + interval), place
