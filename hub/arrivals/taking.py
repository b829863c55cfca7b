"""Taking a delivery in: proved, recognised, stored, and then a *yes*. Called outside of any transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hub.addons import installed
from hub.addons.models import Connection
from hub.addons.oauth import keeping
from hub.arrivals.models import Arrival
from hub.core.records import Webhook
from hub.db import clock
from hub.dispatch import binding
from hub.dispatch.receiving import Delivery, Receipt, receive

LEASE = timedelta(seconds=60)
"""Longer than a handler may take (ten seconds) and its rows to be written; then the sweep rings again."""


@dataclass
class RowInbox:
    """Deliveries as rows. See :class:`hub.dispatch.receiving.Inbox`."""

    connection: Connection
    made: list[int] = field(default_factory=list)

    def keep(self, key: str, name: str, delivery: Delivery) -> bool:
        """New or not: the unique key decides, in one statement."""
        row, new = Arrival.objects.get_or_create(
            connection=self.connection, key=hashlib.sha256(key.encode("utf-8", "replace")).hexdigest(),
            defaults={
                "account_id": self.connection.account_id, "addon": self.connection.addon, "name": name[:100],
                "body": delivery.body, "received_at": delivery.at, "lease_until": delivery.at + LEASE,
            },
        )  # fmt: skip
        self.made += [row.pk] * new
        return new


def webhooks_of(addon: str) -> tuple[Webhook, ...]:
    """What the add-on declares to come in; nothing where its plugin is missing."""
    plugin = installed.plugin(addon)
    return tuple(one for one in plugin.ways_in if isinstance(one, Webhook)) if plugin else ()


def take(connection: Connection, headers: Mapping[str, str], body: bytes) -> tuple[Receipt, int | None]:
    """What the door says, and the delivery's id when it is new."""
    plugin, inbox = installed.plugin(connection.addon), RowInbox(connection)
    if plugin is None:
        return Receipt(503, "The plugin is missing here; come again."), None
    try:
        settings = binding.settings(plugin.info.settings, keeping.settings_of(connection))
    except binding.BadSettings:
        return Receipt(
            403, "The connection's settings are not complete, so nothing that comes in can be believed."
        ), None
    receipt = receive(webhooks_of(connection.addon), settings, Delivery(headers, body, clock.now()), inbox)
    return receipt, next(iter(inbox.made), None)


def forget_old(now: datetime) -> int:
    """The job of an hour: bodies after thirty days, the keys by which a repeated delivery is known after ninety. What waits for
    its account or add-on is kept whole, however long that takes."""
    over = Arrival.objects.exclude(state=Arrival.State.WAITING)
    over.filter(received_at__lt=now - KEPT_BODY).exclude(body=b"").update(body=b"")
    gone, _ = over.filter(received_at__lt=now - KEPT).delete()
    return gone


KEPT_BODY, KEPT = timedelta(days=30), timedelta(days=90)
