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
    blocked = row.blocked_until if row.blocked_until and row.blocked_until > now else None
    queue = timedelta(0)
    for intent in intents:
        interval = intent.interval or timedelta(0)
        if blocked is not None:
            waits[intent.run_id] = blocked - now + queue
            queue += interval
        elif schedule - now > intent.tolerance:
            waits[intent.run_id] = schedule - now - intent.tolerance + queue
            queue += interval
        else:
            schedule += interval
    if schedule != row.rate_at:
        Connection.objects.filter(pk=row.pk).update(rate_at=schedule)
    return waits


def block(connection_id: int, until: datetime) -> None:
    """The vendor asked the whole connection to wait: every process heeds it from now on."""
    rows = Connection.objects.filter(pk=connection_id)
    rows.exclude(blocked_until__gt=until).update(blocked_until=until)
