"""The bell of the mails to staff. The rows know everything; a message that is lost is rung again by the ticker."""

from __future__ import annotations

import dramatiq

from hub.db import clock, ringing, turns
from hub.mail import staff
from hub.notifications import mailing
from hub.users.declare import job


@dramatiq.actor(queue_name="housekeeping", max_retries=0)
@job("system.housekeeping")
def send_staff_mails() -> None:
    """Send a portion of what is due, and ring for the next."""
    if staff.send_due() == staff.PORTION:
        turns.give_way()
        ringing.ring(send_staff_mails)


def look_for_staff_mails() -> None:
    """In the ticker: whether anything is due."""
    if mailing.waiting(clock.now()):
        ringing.ring(send_staff_mails)
