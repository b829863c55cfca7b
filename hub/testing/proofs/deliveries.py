"""Webhooks: good deliveries are taken once, and everything else is turned away before the plugin sees it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from pydantic import BaseModel

from hub.core.auth import reveal
from hub.core.records import Webhook
from hub.dispatch import binding
from hub.dispatch.receiving import MOST_BYTES, OLDEST, Delivery, Handled, Receipt, handled, receive, signature
from hub.testing import answers
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.case import Badge, Case, unless
from hub.testing.proofs.rules import leaks
from hub.testing.proofs.spy import inside
from hub.testing.stores import MemoryInbox
from hub.testing.wire import edited

KINDS = ("type", "event", "event_type", "eventType", "topic", "kind")
"""Fields that say what a delivery is about, and are therefore to be declared as a Literal."""

UNHEARD_OF = "kit.something_else"
"""A kind of delivery no add-on declares."""


def cases(bench: Bench) -> Iterator[Case]:
    """Every webhook with every trouble."""
    for webhook in bench.plain.ways_in:
        if isinstance(webhook, Webhook):
            for words, story in _STORIES.items():
                yield Case(
                    f"webhook {webhook.name}: {words}", Badge.WAYS_IN, partial(_told, webhook=webhook, story=story)
                )
            if webhook.verify.timestamp:
                stale = partial(_told, webhook=webhook, story=_stale)
                yield Case(f"webhook {webhook.name}: stale, and from the future", Badge.WAYS_IN, stale)


class Sender:
    """The vendor, as it delivers; and the door, with an inbox behind it."""

    def __init__(self, bench: Bench, webhook: Webhook) -> None:
        self.bench, self.webhook = bench, webhook
        self.settings = binding.settings(bench.plain.info.settings, bench.settings)
        self.inbox = MemoryInbox()

    def body(self, number: int = 1, **more: Any) -> dict[str, Any]:
        """A payload as the declaration has it, with an id of its own."""
        made = dict(answers.one(self.webhook.payload, {"id": f"id-{number}"}))
        made[self.spelt(self.webhook.dedupe)] = self._id(number)
        return {**made, **more}

    def _id(self, number: int) -> Any:
        info = self.webhook.payload.model_fields[self.webhook.dedupe]
        return number if info.annotation is int else f"event-{number}"

    def spelt(self, name: str) -> str:
        """A payload's field as the vendor spells it."""
        model: type[BaseModel] = self.webhook.payload
        return answers.spelling(name, model.model_fields[name])

    def signed(self, data: Any, *, raw: bytes | None = None, seconds: float = 0.0) -> Delivery:
        """A delivery with the right signature, made so many seconds from now."""
        body = raw if raw is not None else json.dumps(data).encode()
        verify, now = self.webhook.verify, self.bench.clock.now()
        stamp = str(int(now.timestamp() + seconds))
        headers = {verify.header: signature(verify, reveal(self.settings, verify.field), body, stamp)}
        return Delivery({**headers, **({verify.timestamp: stamp} if verify.timestamp else {})}, body, now)

    def delivers(self, delivery: Delivery) -> Receipt:
        """At the door. The other webhooks of the add-on are there too."""
        declared = [way for way in self.bench.plain.ways_in if isinstance(way, Webhook)]
        return receive(declared, self.settings, delivery, self.inbox)

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


Story = Callable[[Sender], None]


def _told(bench: Bench, webhook: Webhook, story: Story) -> None:
    story(Sender(bench, webhook))


def _good(sender: Sender) -> None:
    receipt = sender.delivers(sender.signed(sender.body()))
    unless(receipt.kept, f"A good delivery was answered {receipt.status}: {receipt.reason}")
    unless(receipt.webhook is sender.webhook, "Another of the add-on's webhooks took it for its own.")
    result = sender.handles(receipt)
    unless(not result.reason, result.reason)
    for sentence in leaks(sender.bench.secrets, [("what the handler returned", result.found)]):
        unless(False, sentence)


def _twice(sender: Sender) -> None:
    first, again = (sender.delivers(sender.signed(sender.body())) for _ in range(2))
    unless(first.kept and not again.kept, "A repeated delivery was taken for a new one.")
    unless(
        again.status == 200, f"A repeated delivery was answered {again.status}; the sender would come again for ever."
    )
    other = sender.delivers(sender.signed(sender.body(2)))
    unless(other.kept, f"Two different deliveries have one key: {sender.webhook.dedupe} does not tell them apart.")


def _reordered(sender: Sender) -> None:
    forth = sender.found(1, 2, 3)
    back = Sender(sender.bench, sender.webhook).found(3, 1, 2)
    unless(forth == back, "What comes of the deliveries depends on their order.")


def _pure(sender: Sender) -> None:
    receipt = sender.delivers(sender.signed(sender.body()))
    unless(
        repr(sender.handles(receipt)) == repr(sender.handles(receipt)),
        "The handler gives another answer the second time.",
    )


def _tampered(sender: Sender) -> None:
    """One byte after the other, in the body and in the signature."""
    good = sender.signed(sender.body())
    for place in range(len(good.body)):
        bad = replace(good, body=good.body[:place] + bytes([good.body[place] ^ 1]) + good.body[place + 1 :])
        unless(sender.delivers(bad).status == 401, f"A body with byte {place} changed was let in.")
    name = sender.webhook.verify.header
    right = good.headers[name]
    for place, letter in enumerate(right.rstrip("=")[:-1]):
        wrong = right[:place] + ("0" if letter != "0" else "1") + right[place + 1 :]
        bad = replace(good, headers={**good.headers, name: wrong})
        unless(sender.delivers(bad).status == 401, "A changed signature was let in.")


def _unsigned(sender: Sender) -> None:
    bare = replace(sender.signed(sender.body()), headers={})
    unless(sender.delivers(bare).status == 401, "A delivery without a signature was let in.")
    sender.settings = sender.settings.model_copy(update={sender.webhook.verify.field: ""})
    unless(sender.delivers(bare).status == 403, "A delivery was let in although no secret is set.")


def _stale(sender: Sender) -> None:
    for seconds in (-OLDEST.total_seconds() - 1, OLDEST.total_seconds() + 1):
        receipt = sender.delivers(sender.signed(sender.body(), seconds=seconds))
        unless(receipt.status == 400, f"A delivery signed {seconds:g} s from now was let in.")


def _huge(sender: Sender) -> None:
    receipt = sender.delivers(sender.signed(None, raw=b" " * (MOST_BYTES + 1)))
    unless(receipt.status == 413, "A delivery of any size was let in.")


def _no_json(sender: Sender) -> None:
    for raw in (b"", b"{", b"<html>", b"\xff\xfe", b"[" * 100_000, b"null", b"7", b"[]", b'"text"'):
        receipt = sender.delivers(sender.signed(None, raw=raw))
        unless(receipt.status == 400, f"A body that is no object was answered {receipt.status}.")


def _unknown_kind(sender: Sender) -> None:
    """Signed, and of a kind nobody declared: taken with thanks and left alone."""
    body = sender.body()
    kinds: dict[str, Any] = {name: UNHEARD_OF for name in body if name in KINDS or body[name] == sender.webhook.name}
    if not kinds:
        return
    receipt = sender.delivers(sender.signed(sender.body(**kinds)))
    unless(not receipt.kept, "A delivery of another kind was taken for this one; make the field a Literal.")
    unless(receipt.status == 200, f"A delivery of another kind was answered {receipt.status}.")


def _lacking(sender: Sender) -> None:
    for name in sender.body():
        short = {key: value for key, value in sender.body().items() if key != name}
        for data in (short, {**short, name: None}):
            receipt = sender.delivers(sender.signed(data))
            unless(receipt.status in (200, 202, 422), f"Without {name} it was answered {receipt.status}.")
            if receipt.kept:
                result = sender.handles(receipt)
                unless(not result.reason, f"Without {name}: {result.reason}")


def _more(sender: Sender) -> None:
    data = json.loads(edited(json.dumps(sender.body()).encode(), "extra"))
    receipt = sender.delivers(sender.signed(data))
    unless(receipt.kept, f"With fields nobody was told of it was answered {receipt.status}: {receipt.reason}")


def _odd_letters(sender: Sender) -> None:
    texts = [name for name, value in sender.body().items() if isinstance(value, str) and value != sender.webhook.name]
    for name in texts:
        odd: dict[str, Any] = {name: "名字 😀 \u202e \u0000 <b>\"'"}
        receipt = sender.delivers(sender.signed(sender.body(**odd)))
        unless(receipt.status in (200, 202, 422), f"Odd letters in {name} were answered {receipt.status}.")
        if receipt.kept:
            result = sender.handles(receipt)
            unless(not result.reason, f"Odd letters in {name}: {result.reason}")


_STORIES: dict[str, Story] = {
    "a good delivery": _good, "delivered twice": _twice, "reordered": _reordered, "handled twice": _pure,
    "tampered with": _tampered, "unsigned": _unsigned, "huge": _huge, "not JSON": _no_json,
    "another kind": _unknown_kind, "missing fields and nulls": _lacking, "extra fields": _more, "odd letters": _odd_letters,
}  # fmt: skip
