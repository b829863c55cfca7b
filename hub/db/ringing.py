"""Ringing for a job, where it does no harm if nobody hears it.

What a message asks for stands in the rows before it is sent, and a sweep looks for what was not begun. So a bell out of reach,
Redis away or full, is no reason to refuse what a person has just done, nor to call a job failed that has done its part.
"""

from __future__ import annotations

import logging
from typing import Any, Protocol

from django.db import transaction
from dramatiq.errors import BrokerError

log = logging.getLogger("hub.db")


class Job(Protocol):
    """What Dramatiq makes of an actor's function."""

    actor_name: str

    def send(self, *args: Any) -> object:
        """Put one message on the queue."""


def ring(job: Job, *args: Any) -> bool:
    """Ring now. Says whether the bell was within reach."""
    try:
        job.send(*args)
    except BrokerError as trouble:
        log.warning("nobody could be rung for %s, it is begun by a sweep: %s", job.actor_name, trouble)
        return False
    return True


def after_commit(job: Job, *args: Any) -> None:
    """Ring when the transaction at hand is committed, for before that nobody would see the rows. Harmless whatever happens."""
    transaction.on_commit(lambda: ring(job, *args), robust=True)
