"""One add-on for every class of effect, each as honest as its declaration."""

from __future__ import annotations

from typing import Any

from hub.core import AddOn, Answer, Effect, HeaderKey, NotSent, Secret, Sent, Settings, keyed, once, repeatable


class Keys(Settings):
    api_key: Secret


class Mail(Settings):
    greeting: str = "Hi {{client.firstName}}"


class NewCard(Answer):
    greeting: str
    to: str
    ref: str


class Card(Answer):
    id: str


class simulation:
    """The vendor of the repeatable one knows a card again by whose it is and what for."""

    UPSERTS = {"/cards": ("ref",)}


CLASSES: dict[str, tuple[Effect, bool]] = {
    "repeatable": (repeatable(), False),
    "keyed": (keyed("Idempotency-Key", "24h"), False),
    "keyed and costly": (keyed("Idempotency-Key", "24h", costly=True), False),
    "lookup": (once("90s"), True),
    "strong lookup": (once("90s", strong=True), True),
    "strong and costly": (once("90s", strong=True, costly=True), True),
    "slow to settle": (once("2h", strong=True), True),
    "blind": (once(costly=True), False),
}


def made(name: str) -> AddOn:
    """An add-on of this class."""
    effect, reconciles = CLASSES[name]
    addon = AddOn(
        "pigeon", title="Pigeon", base_url="https://pigeon.example", settings=Keys, auth=HeaderKey("X-Key", "api_key")
    )
    cards = addon.get("/cards", list[Card])
    mail = addon.post("/cards", NewCard, Card, effect=effect)

    @addon.check
    async def whose(vendor: Any) -> str:
        return f"{len(await vendor(cards))} cards"

    @addon.action("mail", Mail, title="Mail a card", needs=["first_name"])
    async def mail_card(vendor: Any, step: Mail, contact: Any) -> Sent:
        card = await vendor(mail, NewCard(greeting=step.greeting, to=contact.first_name, ref=vendor.ref))
        return Sent(card.id, note=f"Card {card.id}")

    async def look_up(vendor: Any, step: Mail, contact: Any) -> Sent | NotSent:
        found = await vendor(cards, ref=vendor.ref)
        return Sent(found[0].id) if found else NotSent()

    if reconciles:
        mail_card.reconcile(look_up)
    return addon
