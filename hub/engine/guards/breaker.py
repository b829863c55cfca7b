"""When a connection is given a rest: the breaker, as a decision over a few numbers. Pure: no clock, no database.

A vendor that cannot be reached, or whose answers get lost, is not made well by five thousand more requests, and each of them may
end in front of a person. So the breaker counts: five contacts in a row that came to grief, or half of at least twenty calls
within a minute, open it. Only what was unclear or never reached the vendor counts: a vendor that says *no* is well. The same
contact again and again counts once, for one bad address is not a sick vendor.

Open, it lets nothing through for half a minute, then exactly one probe. A probe that is answered closes it; one that is not opens
it for twice as long, up to half an hour.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

IN_A_ROW = 5
"""Contacts in a row that came to grief."""

WINDOW = timedelta(seconds=60)
FEW = 20
"""Calls within a :data:`WINDOW` below which a share of failures says nothing."""

SHARE = 0.5

FIRST_REST = timedelta(seconds=30)
LONGEST_REST = timedelta(minutes=30)

STEADY = timedelta(minutes=10)
"""Closed for so long, the vendor is well again: the next trouble starts with the first rest."""

PROBE_LEASE = timedelta(minutes=5)
"""How long a probe may take to come home: longer than any call with its settling. Then another is let through."""


class State(StrEnum):
    """How a breaker stands."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"
    """One probe is under way."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a breaker remembers.

    Attributes:
        who: the contacts of the failures since the last answer, each once.
        window_at, calls, failures: the minute that is being counted.
        opens: how often it opened without having been well in between.
        changed_at: when it last opened or closed.
        next_at: when the next probe is due, while it is not closed.
        probe: the step that may pass meanwhile.
    """

    state: State = State.CLOSED
    who: tuple[int, ...] = ()
    window_at: datetime | None = None
    calls: int = 0
    failures: int = 0
    opens: int = 0
    changed_at: datetime | None = None
    next_at: datetime | None = None
    probe: UUID | None = None

    def is_calm(self, now: datetime) -> bool:
        """Nothing is remembered that one more answer would change."""
        counted = self.window_at is not None and now - self.window_at < WINDOW
        return self.state is State.CLOSED and not self.who and not counted


@dataclass(frozen=True, slots=True)
class Call:
    """How one try went: it ``failed``, unclear or without reaching the vendor; the vendor answered; or (None) nobody was
    asked."""

    run_id: UUID
    contact_id: int
    failed: bool | None


def lets(standing: Standing, run_id: UUID) -> bool:
    """Whether this step may be sent."""
    return standing.state is State.CLOSED or (standing.state is State.HALF_OPEN and standing.probe == run_id)


def heard(standing: Standing, calls: Iterable[Call], now: datetime) -> Standing:
    """What the breaker knows after these calls."""
    for call in calls:
        standing = _one(standing, call, now)
    return standing


def probing(standing: Standing, now: datetime, run_id: UUID | None) -> Standing:
    """One probe goes: a step, or (None) the plugin's own check. Should it never come home, the next goes at ``next_at``."""
    return replace(standing, state=State.HALF_OPEN, probe=run_id, next_at=now + PROBE_LEASE)


def proved(standing: Standing, now: datetime, *, failed: bool | None) -> Standing:
    """The probe came home. ``failed`` is None when it found nothing out: then another goes at once."""
    if standing.state is not State.HALF_OPEN:
        return standing
    if failed is None:
        return replace(standing, state=State.OPEN, probe=None, next_at=now)
    return _opened(standing, now) if failed else _closed(standing, now)


def rest_of(opens: int) -> timedelta:
    """How long it stays open the n-th time."""
    longest: timedelta = min(LONGEST_REST, FIRST_REST * 2 ** min(max(opens, 1) - 1, 10))
    return longest


def _one(standing: Standing, call: Call, now: datetime) -> Standing:
    if standing.state is State.HALF_OPEN and standing.probe == call.run_id:
        return proved(standing, now, failed=call.failed)
    if standing.state is not State.CLOSED or call.failed is None:
        return standing  # it left before the breaker opened, and what it found is no news
    counted = _counted(standing, call, now)
    return _opened(counted, now) if call.failed and _is_enough(counted) else counted


def _counted(standing: Standing, call: Call, now: datetime) -> Standing:
    who = tuple(dict.fromkeys((*standing.who, call.contact_id))) if call.failed else ()
    if standing.window_at is None or now - standing.window_at >= WINDOW:
        if not call.failed:  # nothing to count from
            return replace(standing, who=who, window_at=None, calls=0, failures=0)
        return replace(standing, who=who, window_at=now, calls=1, failures=1)
    return replace(standing, who=who, calls=standing.calls + 1, failures=standing.failures + bool(call.failed))


def _is_enough(standing: Standing) -> bool:
    many = standing.calls >= FEW and standing.failures >= SHARE * standing.calls
    return len(standing.who) >= IN_A_ROW or many


def _opened(standing: Standing, now: datetime) -> Standing:
    well = standing.state is State.CLOSED and (standing.changed_at is None or now - standing.changed_at >= STEADY)
    opens = 1 if well else standing.opens + 1
    return Standing(State.OPEN, opens=opens, changed_at=now, next_at=now + rest_of(opens))


def _closed(standing: Standing, now: datetime) -> Standing:
    return Standing(State.CLOSED, opens=standing.opens, changed_at=now)
