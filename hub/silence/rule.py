"""Is this silence one that cannot be chance? Pure.

A quiet day counts for as much as such a weekday usually brings: the median of the same weekdays of the weeks before. So a plan
that rests on Sundays is not missed on a Sunday, and one great day of very many contacts makes nobody expect another. When the
quiet days together should have brought :data:`ENOUGH` acts, the silence is told. Days that are excused (holidays, a sleep, a
pause) count neither as quiet nor as a sample.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

WEEKS = 6
"""How many of the same weekday are looked at."""

SAMPLES = 3
"""Fewer are no habit yet."""

ENOUGH = 8
"""Acts that should have been. If they came singly and by chance, a silence of so many would come once in 3,000 times (e⁻⁸)."""

LONGEST = 28
"""Days after the last act in which a silence is noticed: what was too rare to be missed until then never is."""

KEPT = LONGEST + 7 * (WEEKS + 1)
"""Days of numbers that the rule may look at."""

Excused = Callable[[date], bool]


@dataclass(frozen=True, slots=True)
class Quiet:
    """It has gone quiet.

    Attributes:
        since: the first day without an act.
        expected: how many acts such days usually bring.
    """

    since: date
    expected: int


def judge(acts: Mapping[date, int], today: date, excused: Excused) -> Quiet | None:
    """What to make of the numbers.

    Args:
        acts: day → number of acts; a day without any may be left out.
        today: not over yet, so it counts only when it has an act.
        excused: whether a day means nothing.
    """
    days = [day for day, number in acts.items() if number]
    if not days or max(days) >= today or (today - max(days)).days > LONGEST:
        return None
    last, first = max(days), min(days)
    quiet = [day for day in _days(last + timedelta(days=1), today) if not excused(day)]
    expected = sum(_usual(day.weekday(), acts, first, last, excused) for day in quiet)
    return Quiet(quiet[0], round(expected)) if expected >= ENOUGH else None


def _usual(weekday: int, acts: Mapping[date, int], first: date, last: date, excused: Excused) -> float:
    """What such a weekday usually brings, by the weeks up to the last act."""
    newest = last - timedelta(days=(last.weekday() - weekday) % 7)
    samples = (newest - timedelta(weeks=back) for back in range(WEEKS))
    counted = [acts.get(day, 0) for day in samples if day >= first and not excused(day)]
    return median(counted) if len(counted) >= SAMPLES else 0.0


def _days(begin: date, end: date) -> Iterator[date]:
    """From one day until before another."""
    for number in range((end - begin).days):
        yield begin + timedelta(days=number)
