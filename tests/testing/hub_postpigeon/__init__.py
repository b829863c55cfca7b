"""PostPigeon: mails a printed card to a contact. Word for word the example of the contract."""

# fmt: off
# ruff: noqa: E701, E702, I001
from typing import Annotated, Literal
from hub.core import (AddOn, Answer, HeaderKey, HmacSha256, NeedsAdmin, NotSent, Options, Rate, Rejected, Secret,
                      Sent, Settings, once)

class Account(Settings):
    api_key: Secret
    studio: Annotated[str, Options("studios")]

class MailCard(Settings):
    campaign: Annotated[str, Options("campaigns")]
    greeting: str = "Hi {{client.firstName}}"

class Named(Answer):   id: str; name: str
class NewCard(Answer): campaign: str; studio: str; to: str; address: str; greeting: str; ref: str
class Card(Answer):    id: str; status: Literal["queued", "mailed", "returned"]
class Mailed(Answer):  event_id: str; type: Literal["card.mailed"]; card: str

addon = AddOn("postpigeon", title="PostPigeon", base_url="https://api.postpigeon.example/v2", settings=Account,
              auth=HeaderKey("X-Api-Key", "api_key"), rate=Rate(60, per="minute"),
              errors={402: NeedsAdmin, 422: Rejected})

me        = addon.get("/me", Named)
studios   = addon.get("/studios", list[Named])
campaigns = addon.get("/campaigns", list[Named])
cards     = addon.get("/cards", list[Card])
mail      = addon.post("/cards", NewCard, Card, effect=once(settle="90s"))

@addon.check
async def key_works(vendor): return (await vendor(me)).name

@addon.options("studios")
async def studio_list(vendor): return {s.id: s.name for s in await vendor(studios)}

@addon.options("campaigns")
async def campaign_list(vendor): return {c.id: c.name for c in await vendor(campaigns)}

@addon.action("mail_card", MailCard, title="Mail a card", needs=["first_name", "address"], lead_time="3 business days")
async def mail_card(vendor, step, contact):
    card = await vendor(mail, NewCard(campaign=step.campaign, studio=vendor.settings.studio, to=contact.first_name,
                                      address=contact.address.line1, greeting=step.greeting, ref=vendor.ref))
    return Sent(card.id, note=f"Card {card.id} is {card.status}")

@mail_card.reconcile
async def already_mailed(vendor, step, contact):
    found = await vendor(cards, ref=vendor.ref)
    return Sent(found[0].id) if found else NotSent()

@addon.webhook("card.mailed", Mailed, verify=HmacSha256("X-Pigeon-Signature", "api_key"), dedupe="event_id")
def card_mailed(event): return addon.event("card_mailed", reference=event.card)
