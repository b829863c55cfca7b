"""How often a caller may call: so many a minute on average, some at once (GCRA), counted in one row for all processes.

The row says until when the caller's calls are accounted for. Each call moves it on by one interval; who is further ahead of the
clock than the burst allows is told in how many whole seconds to come again. One statement, so two processes cannot both give the
last place away.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from hub.api.models import Rate
from hub.db import clock
from hub.db.errors import Throttled


@dataclass(frozen=True)
class Allowance:
    """``a_minute`` calls on average, ``burst`` of them at once."""

    a_minute: int
    burst: int

    @property
    def interval(self) -> int:
        """Milliseconds between two calls on average."""
        return 60_000 // self.a_minute


CALLS = Allowance(a_minute=600, burst=300)
"""Of one credential."""

FAILURES = Allowance(a_minute=30, burst=60)
"""Wrong credentials from one address. Nobody guesses 256 bits; this tells a program that has lost its keys to slow down."""

_TAKE = """
INSERT INTO api_rate (caller, until) VALUES (%s, %s)
    ON CONFLICT (caller) DO UPDATE
   SET until = CASE WHEN api_rate.until < %s THEN %s ELSE api_rate.until END + %s
 WHERE api_rate.until <= %s
RETURNING until
"""


def take(caller: str, allowance: Allowance = CALLS) -> None:
    """Count one call. Raises ``Throttled`` when there is no room."""
    now = _milliseconds(clock.real_now())
    room = now + allowance.interval * (allowance.burst - 1)
    values: list[str | int] = [caller, now + allowance.interval, now, now, allowance.interval, room]
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, values)
        taken = cursor.fetchone()
    if taken is None:
        raise _too_many(caller, room)


def forget_old(now: datetime) -> int:
    """Delete rows of callers who have not called for a day."""
    gone, _ = Rate.objects.filter(until__lt=_milliseconds(now - timedelta(days=1))).delete()
    return gone


def _too_many(caller: str, room: int) -> Throttled:
    until = Rate.objects.filter(pk=caller).values_list("until", flat=True).first() or room
    wait = max(1, -(-(until - room) // 1000))
    return Throttled("Too many calls in a short time.", wait)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
