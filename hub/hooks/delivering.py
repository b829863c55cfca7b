"""Sending an endpoint's deliveries: claim a portion, send it, say what was answered.

``claim`` is called in a transaction of its own, ``send`` in the loop of the hub's way out, and ``settling.settle`` in another
transaction. One portion of an endpoint is out at a time: its lease is the endpoint's, so a slow receiver holds up nobody else's
messages, and never more than a portion of its own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q

from hub.accounts import reads as accounts
from hub.dispatch.exchange import Exchange, NeverLeft
from hub.dispatch.outside import Outside
from hub.dispatch.requests import FrozenRequest
from hub.hooks import signing, targets
from hub.hooks.models import Delivery, Endpoint

PORTION = 20
"""Deliveries claimed at a time."""

AT_ONCE = 5
"""Of these so many are out at the same time."""

SECONDS = 15.0
"""For the whole of a request. Standard Webhooks: 15 to 30."""

LEASE = timedelta(seconds=120)
"""A portion takes a minute at the longest (20 deliveries, five at a time, 15 seconds each). After two its worker is gone."""

MOST_READ = 4 * 1_024
"""Bytes of an answer that are read."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One delivery in hand."""

    delivery_id: int
    uid: UUID
    body: bytes
    tries: int


@dataclass(frozen=True, slots=True)
class Portion:
    """What was claimed of an endpoint. ``turn`` is the proof that it is still ours."""

    endpoint_id: int
    turn: int
    url: str
    secrets: tuple[str, ...]
    parcels: tuple[Parcel, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a parcel."""

    parcel: Parcel
    exchange: Exchange
    ms: int


def claim(endpoint_id: int, now: datetime, only: Sequence[int] = ()) -> Portion | None:
    """Take what is due at an endpoint; None: nothing, or it may get nothing now, or somebody else is at it.

    Args:
        only: these deliveries and no other, whether the endpoint is active or not: a person tries it out.
    """
    free = Q(busy_until=None) | Q(busy_until__lte=now)
    rows = Endpoint.objects.filter(free, pk=endpoint_id)
    if not only:
        rested = Q(resting_until=None) | Q(resting_until__lte=now)
        rows = rows.filter(rested, state=Endpoint.State.ACTIVE)
    if not rows.update(busy_until=now + LEASE, turn=F("turn") + 1):
        return None
    endpoint = Endpoint.objects.get(pk=endpoint_id)
    parcels = [] if accounts.closed([endpoint.account_id]) else _due(endpoint_id, now, only)
    if not parcels:
        Endpoint.objects.filter(pk=endpoint_id).update(busy_until=None)
        return None
    secrets = active_secrets(endpoint.secrets.reveal(), now)
    return Portion(endpoint_id, endpoint.turn, endpoint.url.reveal(), secrets, tuple(parcels), now)


def _due(endpoint_id: int, now: datetime, only: Sequence[int]) -> list[Parcel]:
    due = Delivery.objects.filter(endpoint=endpoint_id, state=Delivery.State.WAITING, due_at__lte=now)
    rows = due.filter(pk__in=only) if only else due
    wanted = rows.order_by("due_at", "pk").values_list("pk", "message_id", "message__body", "tries")
    return [Parcel(pk, uid, body.encode(), tries) for pk, uid, body, tries in wanted[:PORTION]]


def active_secrets(kept: Sequence[dict[str, str | None]], now: datetime) -> tuple[str, ...]:
    """Those that sign now: the newest, and the one before it for as long as it is honoured."""
    return tuple(
        str(one["secret"]) for one in kept if not one.get("until") or datetime.fromisoformat(str(one["until"])) > now
    )


async def send(outside: Outside, portion: Portion) -> list[Answer]:
    """Send a portion's parcels, a few at a time."""
    forbidden = targets.why_not(outside.egress, portion.url)
    places = asyncio.Semaphore(AT_ONCE)

    async def one(parcel: Parcel) -> Answer:
        async with places:
            begun = time.monotonic()
            answer = NeverLeft(forbidden, blocked=True) if forbidden else await _post(outside, portion, parcel)
            return Answer(parcel, answer, int((time.monotonic() - begun) * 1000))

    return list(await asyncio.gather(*(one(parcel) for parcel in portion.parcels)))


async def _post(outside: Outside, portion: Portion, parcel: Parcel) -> Exchange:
    return await outside.post(request_of(portion, parcel), SECONDS, MOST_READ)


def request_of(portion: Portion, parcel: Parcel) -> FrozenRequest:
    """The request as it leaves."""
    signed = signing.headers(portion.secrets, parcel.uid, parcel.body, portion.at)
    headers = {"Content-Type": "application/json", "Accept": "*/*", **signed}
    return FrozenRequest("POST", portion.url, tuple(headers.items()), parcel.body)
