"""Telling people, and forgetting.

A notification is not a change of anything, so nothing here is audited; it is gone when its account's days are over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hub.core import redact
from hub.db import clock
from hub.notifications.models import Notification

PER_STATEMENT = 500
LONGEST_TEXT = 2_000  # characters of one value


@dataclass(frozen=True, slots=True)
class NewNotification:
    """A notification to be written. ``url`` is a path inside the hub; ``at`` empty means now."""

    account_id: int
    user_id: int
    kind: str
    data: dict[str, Any] = field(default_factory=dict)
    url: str = ""
    at: datetime | None = None


def tell_many(notifications: Iterable[NewNotification]) -> int:
    """Tell people, in one statement (for each five hundred), and say how many rows were written."""
    now = clock.now()
    rows = [row_of(told, now) for told in notifications]
    Notification.objects.bulk_create(rows, batch_size=PER_STATEMENT)
    return len(rows)


def mark_read(user_id: int, account_id: int, ids: Iterable[int] | None = None, *, now: datetime) -> int:
    """Mark a person's own notifications as read: those of ``ids``, or all of the account. Says how many were unread."""
    rows = Notification.objects.filter(user_id=user_id, account_id=account_id, read_at=None)
    if ids is not None:
        rows = rows.filter(id__in=list(ids))
    return rows.update(read_at=now)


def forget_old(days_by_account: Mapping[int, int], *, now: datetime) -> int:
    """Delete what is older than its account allows and say how many. The job of a day; 0 days means never.

    Accounts live a floor up, so the caller brings ``notification_delete_days`` of each account.
    """
    gone = 0
    for account_id, days in days_by_account.items():
        if days > 0:
            old = Notification.objects.filter(account_id=account_id, at__lt=now - timedelta(days=days))
            gone += old.delete()[0]
    return gone


def row_of(told: NewNotification, now: datetime) -> Notification:
    """The row, not yet written: its texts cleaned and cut."""
    return Notification(
        account_id=told.account_id,
        user_id=told.user_id,
        at=told.at or now,
        kind=told.kind[:40],
        data={str(name): _clean(value) for name, value in told.data.items()},
        url=_inside(told.url),
    )


def _clean(value: Any) -> Any:
    """Texts without control characters (PostgreSQL refuses NUL in JSON) and without secrets; anything that is not plain becomes
    text."""
    if value is None or isinstance(value, bool | int):
        return value
    seen = str(value)[: LONGEST_TEXT + redact.reach()]
    return redact.cut("".join(mark for mark in seen if mark.isprintable() or mark == "\n"), LONGEST_TEXT)


def _inside(url: str) -> str:
    """Only paths of the hub itself: a plugin's text must not lead people elsewhere."""
    return url[:300] if url.startswith("/") and not url.startswith(("//", "/\\")) else ""
