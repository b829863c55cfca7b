"""Keeping to the vendor's rate: an import takes room for each page from the same row as the steps do.

A page is reckoned as one call; a trigger that makes several is slowed down by the vendor's own word. Steps go first: while
some of them stand in line, the import comes behind the line.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from hub.addons.models import Connection
from hub.core.endpoints import Rate


def take(connection_id: int | None, rate: Rate | None, now: datetime, most: timedelta) -> datetime:
    """When the next page may be asked for. Room is taken only if that is within ``most`` from now; else come again then.

    Inside the caller's transaction; the row is held until it ends.
    """
    if connection_id is None or rate is None:
        return now
    row = Connection.objects.select_for_update().only("rate_at", "line_at", "front_at").get(pk=connection_id)
    moment = _moment(row, rate.tolerance, now)
    if moment - now <= most:
        Connection.objects.filter(pk=connection_id).update(rate_at=max(row.rate_at or now, now) + rate.interval)
    return moment


def _moment(row: Connection, tolerance: timedelta, now: datetime) -> datetime:
    behind = [at for at in (row.line_at, row.front_at) if at is not None and at > now]
    return max([(row.rate_at or now) - tolerance, now, *behind])
