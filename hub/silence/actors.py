"""The bell of the silence alarm: one message counts one portion and rings for the next; the last one judges."""

from __future__ import annotations

import dramatiq
from django.db import transaction

from hub.db import clock, ringing, turns
from hub.silence import counting, judging
from hub.users.declare import job


@dramatiq.actor(queue_name="housekeeping", max_retries=0)
@job("system.housekeeping")
def look() -> None:
    """Count what was done, then see what is missed. The ticker sends this; one that is lost is sent again."""
    with transaction.atomic():
        more = counting.count(clock.now())
    if more:
        turns.give_way()
        ringing.ring(look)
    else:
        judging.judge(clock.now())
