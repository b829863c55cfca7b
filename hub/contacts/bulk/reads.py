"""Asking about bulk changes: one, the list, and those whose worker is lost."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from hub.accounts.models import Account
from hub.contacts.bulk.models import BulkChange
from hub.db import paging, scoping


def get(account: Account | int, change_id: Any, owner_id: int | None = None) -> BulkChange:
    """A bulk change of this account, or ``NotFound``. With ``owner_id`` only that person's."""
    return scoping.get(_of(owner_id), account, change_id)


def listing(
    account: Account | int, owner_id: int | None = None, cursor: str | None = None, size: int = 20
) -> paging.Page[BulkChange]:
    """The account's bulk changes, or one person's, newest first."""
    return paging.page(scoping.within(_of(owner_id), account), cursor, size)


def running(account: Account | int, owner_id: int | None = None) -> list[BulkChange]:
    """Those at work now, newest first."""
    rows = scoping.within(_of(owner_id), account).filter(state=BulkChange.State.RUNNING)
    return list(rows.order_by("-id")[:5])


def stuck(now: datetime) -> list[tuple[int, int]]:
    """(bulk change, portion) of those whose lease has run out: message or worker is lost, or the account was locked and is so no
    longer, and the bell rings again."""
    rows = BulkChange.objects.filter(state=BulkChange.State.RUNNING, lease_until__lt=now, account__switch__locked=False)
    return list(rows.values_list("pk", "portion"))


def _of(owner_id: int | None) -> QuerySet[BulkChange]:
    rows = BulkChange.objects.all()
    return rows if owner_id is None else rows.filter(owner_id=owner_id)
