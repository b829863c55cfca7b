"""The step *Invite to an event*. Larkline has no idempotency key here, but an invitation can be found by our reference.

So it is ``once``: when an answer is lost, the hub waits until Larkline's list is up to date, looks, and sends again only if there is
surely nothing.
"""

from typing import Annotated

from hub.core import Answer, Contact, Long, NotSent, Options, Sent, Settings, Vendor, once

from hub_larkline.declaration import addon


class Invite(Settings):
    """What an admin fills in for each step."""

    event: Annotated[str, Options("events")]
    message: Annotated[str, Long(4)] = "Dear {{client.firstName}}, come and see us!"


class NewInvitation(Answer):
    """What we send."""

    event: str
    house: str
    name: str
    email: str
    message: str
    reference: str


class Invitation(Answer):
    """What Larkline made of it. A new word for the state must not break what works, so it is any text."""

    id: str
    state: str = "sent"


invitations = addon.get("/invitations", list[Invitation])
invite = addon.post("/invitations", NewInvitation, Invitation, effect=once(settle="2m"))


@addon.action("invite", Invite, title="Invite to an event", needs=["first_name", "email"], icon="mail", channel="email")
async def invite_guest(vendor: Vendor, step: Invite, contact: Contact) -> Sent:
    """Invite the contact in the name of the account's house."""
    wanted = NewInvitation(
        event=step.event,
        house=vendor.settings.house,
        name=contact.full_name,
        email=contact.email,
        message=step.message,
        reference=vendor.ref,
    )
    made = await vendor(invite, wanted)
    return Sent(made.id, note=f"Larkline invited {contact.full_name} ({made.id}).")


@invite_guest.reconcile
async def already_invited(vendor: Vendor, step: Invite, contact: Contact) -> Sent | NotSent:
    """Did it happen? Only our own reference counts: a contact may well have been invited by somebody else."""
    found = await vendor(invitations, reference=vendor.ref)
    return Sent(found[0].id) if found else NotSent()
