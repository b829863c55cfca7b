"""The vendor as it delivers, and the door with an inbox behind it."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel

from hub.core.auth import reveal
from hub.core.records import Webhook
from hub.dispatch import binding
from hub.dispatch.receiving import Delivery, Handled, Receipt, handled, receive, signed_headers
from hub.testing import answers
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.spy import inside
from hub.testing.stores import MemoryInbox


class Sender:
    """One webhook's sender. Each has an inbox of its own, empty at first."""

    def __init__(self, bench: Bench, webhook: Webhook) -> None:
        self.bench, self.webhook = bench, webhook
        self.settings = binding.settings(bench.plain.info.settings, bench.settings)
        self.inbox = MemoryInbox()

    def body(self, number: int = 1, **more: Any) -> dict[str, Any]:
        """A payload as the declaration has it, with an id of its own."""
        made = dict(answers.one(self.webhook.payload, {"id": f"id-{number}"}))
        made[self.spelt(self.webhook.dedupe)] = self.numbered(self.webhook.dedupe, number)
        return {**made, **more}

    def numbered(self, name: str, number: int) -> Any:
        """A value of this field that tells one delivery from another."""
        annotation = self.webhook.payload.model_fields[name].annotation
        if annotation in (datetime, date):
            return f"2026-03-{number:02}" + ("T09:00:00+00:00" if annotation is datetime else "")
        return number if annotation in (int, float) else f"event-{number}"

    def spelt(self, name: str) -> str:
        """A payload's field as the vendor spells it."""
        model: type[BaseModel] = self.webhook.payload
        return answers.spelling(name, model.model_fields[name])

    def signed(self, data: Any, *, raw: bytes | None = None, seconds: float = 0.0) -> Delivery:
        """A delivery with the right signature, made so many seconds from now."""
        body = raw if raw is not None else json.dumps(data).encode()
        verify, now = self.webhook.verify, self.bench.clock.now()
        stamp = str(int(now.timestamp() + seconds))
        headers = signed_headers(verify, reveal(self.settings, verify.field), body, stamp)
        return Delivery(headers, body, now)

    def delivers(self, delivery: Delivery) -> Receipt:
        """At the door. The other webhooks of the add-on are there too."""
        declared = [way for way in self.bench.plugin.ways_in if isinstance(way, Webhook)]
        return receive(declared, self.settings, delivery, self.inbox)

    def is_ours(self, webhook: Webhook | None) -> bool:
        """Whether it is this sender's: itself, or what stands for it in the hub's process."""
        places = dict(zip(map(id, self.bench.plugin.ways_in), self.bench.plain.ways_in, strict=True))
        return webhook is not None and places.get(id(webhook)) is self.webhook

    def handles(self, receipt: Receipt) -> Handled:
        """After it is stored."""
        assert receipt.webhook is not None
        mark = inside.set(True)
        try:
            return handled(self.bench.info.name, receipt.webhook, receipt.payload)
        finally:
            inside.reset(mark)

    def found(self, *numbers: int) -> list[str]:
        """What comes of these deliveries, in this order."""
        made = [self.handles(self.delivers(self.signed(self.body(number)))) for number in numbers]
        return sorted(repr(item) for one in made for item in one.found)
