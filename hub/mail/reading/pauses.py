"""How long a watcher rests after a failure: 2 seconds, half as long again each time, 30 at most. Pure but for its lot."""

from __future__ import annotations

import random
from collections.abc import Callable

from hub.core.outcomes import Outcome, Verdict

FIRST, GROWTH, LONGEST = 2.0, 1.5, 30.0
"""Seconds. What a reader loses by waiting longer, somebody who answered loses."""

PERSON = 600.0
"""Seconds until it is tried again where a person must act: it goes on at once when they change the connection."""

LONGEST_ASKED = 900.0
"""Seconds that a provider may ask us to wait at most: the seeds promise to look every quarter of an hour."""


def after(outcome: Outcome, failures: int, chance: Callable[[], float] = random.random) -> float:
    """Seconds, after so many failures in a row (from 1). Up to a quarter is taken off by lot, so that not all come at once."""
    if outcome.verdict is Verdict.ADMIN:
        return PERSON
    grown = min(LONGEST, FIRST * GROWTH ** min(failures - 1, 20))
    asked = min(LONGEST_ASKED, getattr(outcome, "seconds", None) or 0.0)
    return max(asked, grown * (1 - chance() / 4))
