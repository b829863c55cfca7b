"""An account whose events go to a receiver on loopback, under a clock that stands still until it is told to move."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from hub.accounts.models import Account
from hub.addons import installed
from hub.audit.actor import SYSTEM
from hub.contacts.incoming import BY_HAND, Incoming
from hub.contacts.intake import intake_many
from hub.core.egress import Egress
from hub.db import clock
from hub.dispatch.outside import Outside
from hub.events.models import Event
from hub.hooks import changes, courier, reads, spreading
from hub.hooks.models import Delivery, Endpoint
from tests.hooks.receiver import Receiver, receiving
from tests.support.people import make_account

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class House:
    """What a test of the hooks out touches."""

    account: Account
    receiver: Receiver
    clock: clock.VirtualClock
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def subscribe(self, *events: str, account: Account | None = None, **more: Any) -> Endpoint:
        with transaction.atomic():
            wanted = events or ("contact.created",)
            return changes.subscribe(account or self.account, self.receiver.url, wanted, by=SYSTEM, **more)

    def happen(self, number: int = 1, account: Account | None = None) -> None:
        """Contacts come, and the outbox is emptied."""
        self.happen_only(number, account)
        self.spread()

    def happen_only(self, number: int = 1, account: Account | None = None) -> None:
        """Contacts come."""
        people = [Incoming({"first_name": f"Ada{next(self.numbers)}"}) for _ in range(number)]
        with transaction.atomic():
            intake_many(account or self.account, people, by=SYSTEM, policy=BY_HAND)

    def spread(self) -> None:
        with transaction.atomic():
            spreading.spread()

    def happened(self) -> bool:
        """Whether something is still in the outbox."""
        return Event.objects.exists()

    def deliver(self) -> None:
        """What the ticker and the workers do at this moment."""
        while due := reads.due(self.clock.now()):
            if not sum(courier.carry_now(endpoint_id) for endpoint_id in due):
                return

    def states(self) -> list[str]:
        return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


@contextmanager
def make_house() -> Iterator[House]:
    """The house, until the block ends."""
    with receiving() as receiver, clock.use(clock.VirtualClock(MONDAY)) as time:
        outside = Outside(Egress.of([f"127.0.0.1:{receiver.port}"]))
        with installed.use_outside(outside):
            yield House(make_account("Northside"), receiver, time)
        outside.close()
