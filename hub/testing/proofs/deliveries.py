"""Webhooks: good deliveries are taken once, and everything else is turned away before the plugin sees it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from hub.core.records import Webhook
from hub.dispatch.receiving import MOST_BYTES, OLDEST
from hub.testing.proofs import repeats
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.case import Badge, Case, unless
from hub.testing.proofs.rules import leaks
from hub.testing.proofs.sender import Sender
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


Story = Callable[[Sender], None]


def _told(bench: Bench, webhook: Webhook, story: Story) -> None:
    story(Sender(bench, webhook))


def _good(sender: Sender) -> None:
    receipt = sender.delivers(sender.signed(sender.body()))
    unless(receipt.kept, f"A good delivery was answered {receipt.status}: {receipt.reason}")
    unless(sender.is_ours(receipt.webhook), "Another of the add-on's webhooks took it for its own.")
    result = sender.handles(receipt)
    unless(not result.reason, result.reason)
    for sentence in leaks(sender.bench.secrets, [("what the handler returned", result.found)]):
        unless(False, sentence)


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
    "a good delivery": _good, "delivered twice": repeats.twice, "delivered again an hour later": repeats.later,
    "two events about the same thing": repeats.same_thing, "reordered": repeats.reordered, "handled twice": repeats.pure,
    "no clock, no zone and no machine but the hub's": repeats.nothing_of_the_machine,
    "tampered with": _tampered, "unsigned": _unsigned, "huge": _huge, "not JSON": _no_json,
    "another kind": _unknown_kind, "missing fields and nulls": _lacking, "extra fields": _more, "odd letters": _odd_letters,
}  # fmt: skip
