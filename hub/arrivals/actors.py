"""The bell of what vendors push."""

from __future__ import annotations

import dramatiq
from django.db import transaction

from hub.arrivals import handling, reads
from hub.db import clock, ringing
from hub.users.declare import job

QUEUE = "webhooks"


@dramatiq.actor(queue_name=QUEUE, max_retries=0)
@job("system.import")
def handle_arrival(arrival_id: int) -> None:
    """Handle one delivery. A failure is left to the sweep, which rings again when the lease has run out."""
    with transaction.atomic():
        ready = handling.begin(arrival_id)
    if ready is None:
        return
    found = handling.understood(ready)
    with transaction.atomic():
        handling.finish(ready, found)


def sweep() -> None:
    """Every ten seconds, in the ticker."""
    for arrival_id in reads.stuck(clock.now()):
        ringing.ring(handle_arrival, arrival_id)


def ring(arrival_id: int) -> None:
    """Ring when the transaction at hand is committed; at once where there is none."""
    ringing.after_commit(handle_arrival, arrival_id)
