"""What is delivered more than once: the same event again, other events that look like it, and all of them in another order."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

from hub.testing.ledger import START
from hub.testing.proofs.case import unless
from hub.testing.proofs.elsewhere import in_two_zones, on_two_machines, today_in
from hub.testing.proofs.sender import Sender

IDS = ("delivery_id", "event_id", "notification_id", "message_id", "webhook_id", "id", "uuid", "guid")
"""How vendors call a delivery's own id, the surest first."""

SURE = IDS[:5]
"""These are never the id of what the event is about."""

FLEETING = (
    "attempt",
    "attempts",
    "retry",
    "retries",
    "delivery_attempt",
    "timestamp",
    "sent_at",
    "sent",
    "delivered_at",
    "at",
    "time",
)
"""Fields that are others when a vendor delivers the same event again."""

MOMENTS = ("created", "created_at", "occurred_at", "updated_at", "date", "datetime", "ts")
"""Times that may be the event's own. Two events share one, so none tells them apart."""

MOVED = START + timedelta(hours=1)
"""When a delivery comes again."""


def twice(sender: Sender) -> None:
    """The same bytes again are known and thanked for; another event is none of them."""
    first, again = (sender.delivers(sender.signed(sender.body())) for _ in range(2))
    unless(first.kept and not again.kept, "A repeated delivery was taken for a new one.")
    unless(
        again.status == 200, f"A repeated delivery was answered {again.status}; the sender would come again for ever."
    )
    other = sender.delivers(sender.signed(sender.body(2)))
    unless(other.kept, f"Two different deliveries have one key: {sender.webhook.dedupe} does not tell them apart.")


def later(sender: Sender) -> None:
    """The same event, delivered once more an hour later: its times and its count of attempts are others."""
    info = sender.webhook.payload.model_fields[sender.webhook.dedupe]
    name = _plain_name(sender.webhook.dedupe)
    fleeting = name in (*FLEETING, *MOMENTS) or info.annotation in (datetime, date, float)
    unless(
        not fleeting,
        f"{sender.webhook.dedupe} is another each time the vendor delivers the same event again, so what comes twice is taken "
        "twice; de-duplicate by the event's own id.",
    )
    first = sender.body()
    moved = {name: _moved(value) for name, value in first.items() if _plain_name(name) in FLEETING}
    sender.delivers(sender.signed(first))
    again = sender.delivers(sender.signed({**first, **moved}))
    unless(not again.kept, "An event that was delivered again, an hour later, was taken for a new one.")


def _moved(value: Any) -> Any:
    if isinstance(value, int | float):
        return value + 3_600
    return MOVED.isoformat() if _is_moment(value) else f"{value} again"


def _is_moment(value: Any) -> bool:
    return isinstance(value, str) and value[:4].isdigit() and "T" in value


def same_thing(sender: Sender) -> None:
    """Two events about one and the same thing: all that tells them apart is the delivery's own id."""
    fields = sender.webhook.payload.model_fields
    own = next((name for word in IDS for name in fields if _plain_name(name) == word), None)
    if own is None or own == sender.webhook.dedupe or _plain_name(sender.webhook.dedupe) in SURE:
        return
    first = sender.body()
    first[sender.spelt(own)] = sender.numbered(own, 1)
    second = {**first, sender.spelt(own): sender.numbered(own, 2)}
    for data in (first, second):
        receipt = sender.delivers(sender.signed(data))
    unless(
        receipt.kept,
        f"Two events that differ in {own} were taken for one, because their {sender.webhook.dedupe} is the same: the second is "
        f"lost. De-duplicate by {own}.",
    )


def _plain_name(name: str) -> str:
    """``eventId`` as ``event_id``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def reordered(sender: Sender) -> None:
    """What comes of an event does not depend on those before it."""
    forth = sender.found(1, 2, 3)
    back = Sender(sender.bench, sender.webhook).found(3, 1, 2)
    unless(forth == back, "What comes of the deliveries depends on their order.")


def nothing_of_the_machine(sender: Sender) -> None:
    """What comes of an event is the same in every zone and on every machine, and knows no time but its own."""
    here, there = in_two_zones(lambda: _comes_of_one(sender))
    unless(
        not today_in(sender.bench, here),
        "What comes of the delivery holds the time at which it is handled. It may be handled again later: take the event's own.",
    )
    unless(here == there, "What comes of the delivery depends on the time zone of the machine; give its times a zone.")
    here, there = on_two_machines(lambda: _comes_of_one(sender))
    unless(here == there, "What comes of the delivery depends on the machine's variables or on its working folder.")


def _comes_of_one(sender: Sender) -> str:
    return repr(Sender(sender.bench, sender.webhook).found(1))


def pure(sender: Sender) -> None:
    """A stored delivery can be handled again, and gives the same."""
    receipt = sender.delivers(sender.signed(sender.body()))
    unless(
        repr(sender.handles(receipt)) == repr(sender.handles(receipt)),
        "The handler gives another answer the second time.",
    )
