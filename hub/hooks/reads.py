"""Asking about endpoints and deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from hub.accounts import reads as accounts
from hub.accounts.models import Account
from hub.db import paging, scoping
from hub.db.errors import NotFound
from hub.events import kinds
from hub.hooks import judging
from hub.hooks.models import Delivery, Endpoint, Try


def get(account: Account | int, endpoint_id: Any) -> Endpoint:
    """An endpoint of this account, or ``NotFound``."""
    return scoping.get(Endpoint.objects.select_related("account"), account, endpoint_id)


def listing(account: Account | int) -> list[Endpoint]:
    """The account's endpoints, newest first."""
    return list(scoping.within(Endpoint.objects.all(), account).order_by("-id"))


def names(endpoint: Endpoint) -> list[str]:
    """The kinds of events that it listens for."""
    return [kind.name for kind in kinds.KINDS.values() if endpoint.kinds & kind.bit]


def deliveries(endpoint: Endpoint, cursor: str | None = None, state: str = "", size: int = 25) -> paging.Page[Delivery]:
    """Its deliveries, newest first."""
    rows = Delivery.objects.filter(endpoint=endpoint).select_related("message")
    return paging.page(rows.filter(state=state) if state else rows, cursor, size)


def delivery(endpoint: Endpoint, delivery_id: Any) -> Delivery:
    """One of its deliveries, or ``NotFound``."""
    known = scoping.id_in(str(delivery_id))
    row = Delivery.objects.select_related("message").filter(endpoint=endpoint, pk=known).first() if known else None
    if row is None:
        raise NotFound
    return row


def tries(delivery: Delivery) -> list[Try]:
    """Its requests, newest first."""
    return list(Try.objects.filter(delivery=delivery).order_by("-id"))


def last_tries(rows: list[Delivery]) -> dict[int, Try]:
    """Delivery → its newest request."""
    found = Try.objects.filter(delivery__in=[row.pk for row in rows]).order_by("id")
    return {one.delivery_id: one for one in found}


def numbers(endpoints: list[Endpoint]) -> dict[int, dict[str, int]]:
    """Endpoint → how many of its deliveries wait, were taken, failed."""
    rows = Delivery.objects.filter(endpoint__in=endpoints).values_list("endpoint_id", "state").annotate(n=Count("pk"))
    found: dict[int, dict[str, int]] = {}
    for endpoint_id, state, number in rows:
        found.setdefault(endpoint_id, {})[state] = number
    return found


def window(endpoint: Endpoint, since: datetime, until: datetime, failed_only: bool) -> QuerySet[Delivery]:
    """Deliveries of events that happened then."""
    rows = Delivery.objects.filter(endpoint=endpoint, message__at__gte=since, message__at__lte=until)
    return rows.filter(state__in=(Delivery.State.FAILED, Delivery.State.SKIPPED)) if failed_only else rows


def due(now: datetime) -> list[int]:
    """Endpoints that should be sent something now and that nobody is at: a message is lost, or a worker. Those of paused and
    locked accounts wait, and need not be rung for every few seconds meanwhile."""
    waiting = Delivery.objects.filter(endpoint=OuterRef("pk"), state=Delivery.State.WAITING, due_at__lte=now)
    free = (Q(busy_until=None) | Q(busy_until__lte=now)) & (Q(resting_until=None) | Q(resting_until__lte=now))
    rows = Endpoint.objects.filter(free, Exists(waiting), state=Endpoint.State.ACTIVE)
    found = list(rows.order_by("pk").values_list("pk", "account_id"))
    shut = accounts.closed({account_id for _, account_id in found})
    return [pk for pk, account_id in found if account_id not in shut]


def failing_for_long(now: datetime) -> list[int]:
    """Active endpoints at which nothing was taken for so long that they may have to be disabled."""
    rows = Endpoint.objects.filter(state=Endpoint.State.ACTIVE, failing_since__lte=now - judging.DISABLED_AFTER)
    return list(rows.values_list("pk", flat=True))
