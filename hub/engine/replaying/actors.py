"""The bell of replays: one message does one portion and rings for the next."""

from __future__ import annotations

import dramatiq
from django.db import transaction

from hub.db import ringing, turns
from hub.engine import ticker
from hub.engine.replaying import working
from hub.users.declare import job


@dramatiq.actor(queue_name="housekeeping", max_retries=0)
@job("system.housekeeping")
def replay_portion(replay_id: int, portion: int) -> None:
    """Do a portion. A failure is left to the sweep, which rings again when the lease has run out."""
    with transaction.atomic():
        wanted = working.begin(replay_id, portion)
    if not wanted:
        return
    with transaction.atomic():
        following = working.run(replay_id, portion)
        ticker.nudge()
    if following is not None:
        turns.give_way()
        ringing.ring(replay_portion, replay_id, following)


@dramatiq.actor(queue_name="housekeeping", max_retries=0)
@job("system.housekeeping")
def sweep_replays() -> None:
    """Ring again for replays whose worker or message is lost. The ticker sends this."""
    for replay_id, portion in working.stuck():
        ringing.ring(replay_portion, replay_id, portion)


def ring(replay_id: int, portion: int) -> None:
    """Ring for a portion when the transaction at hand is committed."""
    ringing.after_commit(replay_portion, replay_id, portion)
