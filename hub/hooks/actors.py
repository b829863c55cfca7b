"""The bell of the hooks out. The rows know everything; a message that is lost is rung again by the ticker."""

from __future__ import annotations

import logging

import dramatiq
from django.db import InterfaceError, OperationalError, transaction

from hub.db import clock, ringing, turns
from hub.events import changes as events
from hub.events import reads as outbox
from hub.hooks import courier, ending, reads, spreading
from hub.hooks.models import Endpoint
from hub.users.declare import job

log = logging.getLogger("hub.hooks")

QUEUE = "webhooks"


@dramatiq.actor(queue_name=QUEUE, max_retries=0)
@job("system.dispatch")
def spread_events() -> None:
    """Hand a portion of events on, and ring for the endpoints that listen and for the next portion."""
    number, endpoints = _spread()
    for endpoint_id in sorted(endpoints):
        ringing.ring(send_hooks, endpoint_id)
    if number == spreading.PORTION:
        turns.give_way()
        ringing.ring(spread_events)


def _spread() -> tuple[int, set[int]]:
    """A portion; where one event of it cannot be put into words, the oldest alone, so that it does not stop all others."""
    try:
        with transaction.atomic():
            return spreading.spread()
    except (OperationalError, InterfaceError):
        raise  # the database is away: the ticker rings again
    except Exception:
        log.exception("a portion of events could not be handed on; they go one by one")
        return _first_alone()


def _first_alone() -> tuple[int, set[int]]:
    try:
        with transaction.atomic():
            return spreading.spread(1)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        with transaction.atomic():
            (event,) = events.take(1)
            log.exception("%s of account %s could not be handed on and is left out", event.kind, event.account_id)
        return 1, set()


@dramatiq.actor(queue_name=QUEUE, max_retries=0)
@job("system.dispatch")
def send_hooks(endpoint_id: int) -> None:
    """Send what is due at an endpoint, a portion at a time."""
    courier.carry(endpoint_id, lambda id_: ringing.ring(send_hooks, id_))


def look_for_events() -> None:
    """Every second, in the ticker: whether anything waits to be handed on."""
    if outbox.waiting():
        ringing.ring(spread_events)


def look_for_deliveries() -> None:
    """Every few seconds, in the ticker: whom to ring for again, because a time has come, or a message or worker is lost."""
    for endpoint_id in reads.due(clock.now()):
        ringing.ring(send_hooks, endpoint_id)


def end_broken() -> int:
    """Every minute, in the ticker: endpoints at which nothing was taken for five days. Says how many were disabled."""
    ended = 0
    for endpoint_id in reads.failing_for_long(clock.now()):
        with transaction.atomic():
            row = Endpoint.objects.select_for_update().filter(pk=endpoint_id).first()
            ended += int(row is not None and ending.end_if_broken(row, clock.now()))
    return ended


def ring(endpoint_id: int) -> None:
    """Ring for an endpoint when the transaction at hand is committed."""
    ringing.after_commit(send_hooks, endpoint_id)
