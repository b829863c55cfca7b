"""The step *ClubReady – New User Push*: the contact becomes a prospect of the store.

Nobody is made twice. A contact who is linked with ClubReady is left alone: no call that changes a prospect is known. One
whose e-mail address and name the store knows is linked and not sent. ClubReady itself has been seen to do two things with
somebody it has already: to answer with the id of the one it has, and to refuse with *already exists*; both are read.

What became of a lost answer is found out by the same look-up: by our id where ClubReady shows it, else by e-mail address and
name.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hub.core import (
    Already,
    Contact,
    Help,
    LinkContact,
    Long,
    NotSent,
    Options,
    Outcome,
    Refused,
    Sent,
    Settings,
    Vendor,
)
from hub_clubready.answers import User
from hub_clubready.declaration import addon
from hub_clubready.endpoints import NewProspect, create, find, of_store
from hub_clubready.refusals import better, exists_already


class Push(Settings):
    """How the prospect is to be made."""

    prospect_type: Annotated[
        str, Options("prospect_types"), Help("May start ClubReady's own automation. Empty: the store's default.")
    ] = ""
    send_email: Annotated[bool, Help("ClubReady writes its own welcome e-mail to the new prospect.")] = Field(
        default=False, title="Welcome e-mail"
    )
    note: Annotated[str, Long(3), Help("For the staff of the club; the prospect does not see it.")] = ""


@addon.action(
    "new_user_push",
    Push,
    title="ClubReady – New User Push",
    needs=["first_name", "last_name", "email"],
    needs_linked=[],
    changes=[LinkContact],
    icon="dumbbell",
    advice="Creates the contact as a prospect at ClubReady. Who came from there, or was pushed before, is left as they are.",
)
async def new_user_push(vendor: Vendor, step: Push, contact: Contact) -> Outcome:
    """Push the contact, unless ClubReady has them."""
    if contact.linked_id:
        return Already(
            contact.linked_id, f"ClubReady knows {contact.full_name} as user {contact.linked_id}; nothing was sent."
        )
    try:
        known = await whom(vendor, contact)
        if known is not None:
            said = f"ClubReady had {contact.full_name} already, as user {known}; nothing was sent."
            return Already(known, said, (LinkContact(id=known),))
        made = await vendor(create, new_prospect(vendor, step, contact))
    except Refused as fault:
        if exists_already(fault):
            return Already(
                note=f"ClubReady says that it has {contact.full_name} already. The next import finds out as whom."
            )
        raise better(fault) from fault
    return sent(made.user_id, contact)


@new_user_push.reconcile
async def already_there(vendor: Vendor, step: Push, contact: Contact) -> Sent | NotSent:
    """Did it happen? A person of this name and address at the store is all that the step is for."""
    known = await whom(vendor, contact)
    return sent(known, contact) if known else NotSent()


def sent(user_id: str, contact: Contact) -> Sent:
    """Done. It does not say *new*: ClubReady may answer with somebody it had."""
    return Sent(user_id, f"ClubReady has {contact.full_name} as user {user_id}.", (LinkContact(id=user_id),))


async def whom(vendor: Vendor, contact: Contact) -> str | None:
    """The id under which the store knows this contact: the one that carries our id, else the newest of that name and address."""
    answer = await vendor(find, Email=contact.email, Page=1, **of_store(vendor))
    ours = [one for one in answer.users if one.external_id == contact.id]
    same = ours or [one for one in answer.users if is_same(one, contact)]
    return max((one.user_id for one in same), key=lambda id_: (len(id_), id_), default=None)


def is_same(one: User, contact: Contact) -> bool:
    """Families share an address, so a first name that is another is somebody else. A name that is not shown says nothing."""
    if one.email.casefold() != contact.email.strip().casefold():
        return False
    return not one.first_name or one.first_name.casefold() == contact.first_name.strip().casefold()


def new_prospect(vendor: Vendor, step: Push, contact: Contact) -> NewProspect:
    """The contact in ClubReady's words; what is not known is left out. Our own id is the same whenever they are pushed."""
    place = contact.address
    return NewProspect(
        StoreId=vendor.settings.store_id,
        FirstName=contact.first_name,
        LastName=contact.last_name,
        Email=contact.email,
        SendEmail="true" if step.send_email else "false",
        Address=f"{place.line1} {place.line2}".strip() or None,
        City=place.city or None,
        State=place.state or None,
        Zip=place.zip or None,
        Phone=contact.phone_home or None,
        CellPhone=contact.phone_cell or None,
        WorkPhone=contact.phone_work or None,
        ProspectTypeId=step.prospect_type or None,
        Note=step.note or None,
        ExternalId=contact.id,
    )
