"""How long a name must wait after failed sign-ins. Pure: tallies and the time come in as values.

Two tallies slow a guesser down: one for the name from one address, which doubles up to fifteen minutes, and one for the name
from anywhere, which starts later and never asks for more than thirty seconds. An address from which this person has signed in
lately only answers for itself, so that strangers who hammer on a name cannot keep its owner out. Nothing is ever
permanent: a day without failures forgets them all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

FREE_FROM_ONE_ADDRESS = 5  # tries; people mistype
FREE_FROM_ANYWHERE = 25
FIRST_DELAY = timedelta(seconds=2)
LONGEST_FROM_ONE_ADDRESS = timedelta(minutes=15)
LONGEST_FROM_ANYWHERE = timedelta(seconds=30)  # 2,880 guesses a day at most, however many addresses they come from
FORGOTTEN_AFTER = timedelta(hours=24)
KNOWN_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Tally:
    """What is known about one name from one address, or from anywhere."""

    failures: int = 0
    last_failed_at: datetime | None = None
    blocked_until: datetime | None = None
    succeeded_at: datetime | None = None


def wait(here: Tally, anywhere: Tally, now: datetime) -> timedelta:
    """How long to wait before the next try counts; zero: try now."""
    left = _left(here, now)
    if not is_known(here, now):
        left = max(left, _left(anywhere, now))
    return left


def is_known(here: Tally, now: datetime) -> bool:
    """Whether this person has signed in from this address lately."""
    return here.succeeded_at is not None and now - here.succeeded_at < KNOWN_FOR


def failures(tally: Tally, now: datetime) -> int:
    """Failures that still count."""
    stale = tally.last_failed_at is None or now - tally.last_failed_at >= FORGOTTEN_AFTER
    return 0 if stale else tally.failures


def delay_here(count: int) -> timedelta:
    """After so many failures from one address: 2 s, 4 s, 8 s … 15 min."""
    return _delay(count - FREE_FROM_ONE_ADDRESS, LONGEST_FROM_ONE_ADDRESS)


def delay_anywhere(count: int) -> timedelta:
    """After so many failures from anywhere: 2 s … 30 s."""
    return _delay(count - FREE_FROM_ANYWHERE, LONGEST_FROM_ANYWHERE)


def _delay(beyond: int, longest: timedelta) -> timedelta:
    if beyond < 0:
        return timedelta(0)
    doublings = min(beyond, 20)  # the cap is reached long before; keeps the number small
    return min(FIRST_DELAY * (1 << doublings), longest)


def _left(tally: Tally, now: datetime) -> timedelta:
    if tally.blocked_until is None:
        return timedelta(0)
    return max(tally.blocked_until - now, timedelta(0))
