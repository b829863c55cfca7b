"""How long what ended rests before it begins again: not at all the first time, then longer and longer while it goes on ending."""

from __future__ import annotations

from dataclasses import dataclass

RESTS = (0.0, 1.0, 2.0, 5.0, 15.0, 60.0)
"""Seconds of rest after one end, two in a row, and so on."""

WELL_SECONDS = 120.0
"""What lived so long was well: its end is the first in a row."""


@dataclass
class Resting:
    """The ends in a row of one thing, and its rest. Times are of the steady counter.

    Attributes:
        until: when it may begin again.
    """

    ends: int = 0
    until: float = 0.0

    def ended(self, now: float, lived: float) -> float:
        """It ended after so many seconds of life. Says how long it rests now."""
        self.ends = 1 if lived > WELL_SECONDS else self.ends + 1
        rest = RESTS[min(self.ends, len(RESTS)) - 1]
        self.until = now + rest
        return rest

    def left(self, now: float) -> float:
        """Seconds of rest that are left; 0 when it may begin."""
        return max(0.0, self.until - now)
