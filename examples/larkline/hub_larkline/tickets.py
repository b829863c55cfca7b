"""The step *Send a ticket*. Tickets cost money, and Larkline honours an ``Idempotency-Key`` for a day.

So it is ``keyed``: when an answer is lost, the same bytes are sent again under the same key, and Larkline answers as it did the
first time. Only when the key may be forgotten (the hub was off for a day) is the ticket looked up instead.
"""

from typing import Annotated

from hub.core import Answer, Contact, NotSent, Options, Sent, Settings, Vendor, keyed

from hub_larkline.declaration import addon


class SendTicket(Settings):
    """What an admin fills in for each step."""

    event: Annotated[str, Options("events")]
    kind: Annotated[str, Options("ticket_kinds")]
    seats: int = 1


class NewTicket(Answer):
    """What we send."""

    event: str
    kind: str
    seats: int
    name: str
    email: str
    reference: str


class Ticket(Answer):
    """What Larkline made of it."""

    id: str
    number: str = ""


tickets = addon.get("/tickets", list[Ticket])
order = addon.post("/tickets", NewTicket, Ticket, effect=keyed("Idempotency-Key", "24h", costly=True))


@addon.action("send_ticket", SendTicket, title="Send a ticket", needs=["first_name", "email"], icon="ticket", channel="email")
async def send_ticket(vendor: Vendor, step: SendTicket, contact: Contact) -> Sent:
    """Order the ticket; Larkline mails it."""
    wanted = NewTicket(
        event=step.event,
        kind=step.kind,
        seats=step.seats,
        name=contact.full_name,
        email=contact.email,
        reference=vendor.ref,
    )
    made = await vendor(order, wanted)
    return Sent(made.id, note=f"Larkline sent the ticket {made.number or made.id}.")


@send_ticket.reconcile
async def already_sent(vendor: Vendor, step: SendTicket, contact: Contact) -> Sent | NotSent:
    """Is there a ticket with our reference?"""
    found = await vendor(tickets, reference=vendor.ref)
    return Sent(found[0].id) if found else NotSent()
