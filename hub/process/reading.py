"""Reading mailboxes, as a part of every process that works: who it is, who else lives, and where transactions begin."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.db import transaction

from hub.engine import identity
from hub.engine.models import Worker
from hub.mail.reading.room import LOOK_SECONDS, Reading

T = TypeVar("T")


def reading(worker: int, look_seconds: float = LOOK_SECONDS) -> Reading:
    """Of the process that is this worker."""
    return Reading(worker, lives, in_transaction, look_seconds)


def in_transaction(work: Callable[[], T]) -> T:
    """Do something and commit it."""
    with transaction.atomic():
        return work()


def lives(no: int) -> bool:
    """Whether another worker may still be reading. A letter that two read is kept once, so silence is proof enough."""
    row = Worker.objects.filter(no=no).first()
    if row is None or row.ended_at is not None:
        return False
    life = identity.life_of(row)
    return life.alive or not (life.proved_gone or life.silent)
