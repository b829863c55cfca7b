"""Asking about deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hub.accounts.models import Account
from hub.arrivals.models import Arrival
from hub.db import paging, scoping


def listing(account: Account | int, addon: str, cursor: str | None = None, size: int = 25) -> paging.Page[Arrival]:
    """An add-on's deliveries, newest first."""
    return paging.page(scoping.within(Arrival.objects.filter(addon=addon).defer("body"), account), cursor, size)


def get(account: Account | int, addon: str, arrival_id: Any) -> Arrival:
    """One of them, or ``NotFound``."""
    return scoping.get(Arrival.objects.filter(addon=addon), account, arrival_id)


def stuck(now: datetime, most: int = 500) -> list[int]:
    """Those whose message or worker is lost, or whose time has come to look again."""
    rows = Arrival.objects.filter(state=Arrival.State.WAITING, lease_until__lt=now).order_by("lease_until")
    return list(rows.values_list("pk", flat=True)[:most])
