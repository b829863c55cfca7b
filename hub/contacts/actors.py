"""The bell of bulk changes: one message does one portion and rings for the next."""

from __future__ import annotations

import dramatiq
from django.db import transaction

from hub.contacts.bulk import portions, reads
from hub.db import clock, ringing, turns
from hub.users.declare import job

QUEUE = "imports"
"""Bulk changes stand in the line of the imports: long work over contacts, which no step should have to wait behind."""


@dramatiq.actor(queue_name=QUEUE, max_retries=0)
@job("system.bulk")
def change_portion(change_id: int, portion: int) -> None:
    """Do a portion of a bulk change. A failure is left to the sweep, which rings again when the lease has run out."""
    with transaction.atomic():
        wanted = portions.begin(change_id, portion)
    if not wanted:
        return
    with transaction.atomic():
        following = portions.run(change_id, portion)
    if following is not None:
        turns.give_way()
        ringing.ring(change_portion, change_id, following)


@dramatiq.actor(queue_name=QUEUE, max_retries=0)
@job("system.bulk")
def sweep_bulk_changes() -> None:
    """Ring again for bulk changes whose worker or message is lost. The ticker sends this."""
    for change_id, portion in reads.stuck(clock.now()):
        ringing.ring(change_portion, change_id, portion)


def ring(change_id: int, portion: int) -> None:
    """Ring for a portion when the transaction at hand is committed: what ``bulk.changes.start`` is followed by."""
    ringing.after_commit(change_portion, change_id, portion)
