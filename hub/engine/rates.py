"""One quota per connection, shared by all workers: GCRA in the connection's row.

``rate_at`` is the time at which the next call would be exactly on schedule. A call may run ahead of it by the rate's
tolerance; each pushes it on by one interval. The row is locked within the intent's transaction, so the count is right over
any number of workers, survives the loss of Redis, and a worker that dies leaves nothing behind.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from hub.addons.models import Connection
from hub.dispatch.requests import Intent


def take(intents: Sequence[Intent], now: datetime) -> dict[UUID, timedelta]:
    """Take a token for each intent. Those that must wait come back with how long; each gets a later place than the last."""
    limited: dict[int, list[Intent]] = defaultdict(list)
    for intent in intents:
        if intent.connection_id is not None and intent.interval is not None:
            limited[intent.connection_id].append(intent)
    waits: dict[UUID, timedelta] = {}
    for row in _locked(limited):
        waits |= _take_of(row, limited[row.pk], now)
    return waits


def _locked(ids: Iterable[int]) -> Iterable[Connection]:
    """In the order of their ids, so that two groups cannot wait for each other."""
    rows = Connection.objects.select_for_update().filter(pk__in=list(ids)).order_by("pk")
    return rows.only("rate_at", "blocked_until")


def _take_of(row: Connection, intents: Sequence[Intent], now: datetime) -> dict[UUID, timedelta]:
    waits: dict[UUID, timedelta] = {}
    schedule = max(row.rate_at or now, now)
    queue = timedelta(0)
    for intent in intents:
        interval = intent.interval or timedelta(0)
        wait = wait_of(schedule, row.blocked_until, intent.tolerance, now)
        if wait is not None:
            waits[intent.run_id] = wait + queue
            queue += interval
        else:
            schedule += interval
    if schedule != row.rate_at:
        Connection.objects.filter(pk=row.pk).update(rate_at=schedule)
    return waits


def wait_of(
    rate_at: datetime | None, blocked_until: datetime | None, tolerance: timedelta, now: datetime
) -> timedelta | None:
    """How long a call must wait for its turn; None when it may go now. Pure."""
    if blocked_until is not None and blocked_until > now:
        return blocked_until - now
    ahead = (rate_at or now) - now
    return ahead - tolerance if ahead > tolerance else None


def block(connection_id: int, until: datetime) -> None:
    """The vendor asked the whole connection to wait: every process heeds it from now on."""
    rows = Connection.objects.filter(pk=connection_id)
    rows.exclude(blocked_until__gt=until).update(blocked_until=until)
