"""Housekeeping: what the door remembers is forgotten in time. Nobody asked for it, so no audit row is written."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from hub.users.models import SignInTally
from hub.users.throttle import FORGOTTEN_AFTER, KNOWN_FOR


def forget_tallies(now: datetime) -> int:
    """Delete tallies that no longer slow anybody down and no longer mark an address as known; how many they were."""
    no_failure = Q(last_failed_at=None) | Q(last_failed_at__lt=now - FORGOTTEN_AFTER)
    not_known = Q(succeeded_at=None) | Q(succeeded_at__lt=now - KNOWN_FOR)
    gone, _ = SignInTally.objects.filter(no_failure, not_known).delete()
    return gone
