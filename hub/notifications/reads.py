"""What a person has been told."""

from __future__ import annotations

from django.db.models import QuerySet

from hub.db import paging
from hub.notifications.models import Notification

SHOWN_AT_MOST = 99  # the bell says “99+” beyond


def unread_count(user_id: int, account_id: int) -> int:
    """How many are unread, counted up to one more than the bell shows."""
    return _of(user_id, account_id).filter(read_at=None)[: SHOWN_AT_MOST + 1].count()


def get(user_id: int, account_id: int, notification_id: int) -> Notification | None:
    """One of a person's own notifications, or None."""
    return _of(user_id, account_id).filter(pk=notification_id).first()


def page(
    user_id: int, account_id: int, cursor: str | None = None, size: int = 20, unread_only: bool = False
) -> paging.Page[Notification]:
    """A page of a person's notifications, newest first."""
    rows = _of(user_id, account_id)
    return paging.page(rows.filter(read_at=None) if unread_only else rows, cursor, size)


def _of(user_id: int, account_id: int) -> QuerySet[Notification]:
    return Notification.objects.filter(user_id=user_id, account_id=account_id)
