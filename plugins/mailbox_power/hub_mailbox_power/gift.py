"""The step: add the contact to a contact group, and Mailbox Power starts the campaign that is tied to it.

At most once. Whether the vendor would start the campaign again for a contact who is already in the group is not known, and no
call is known that lists a group's members; so nothing is looked up before, and an unclear attempt is shown to a person instead
of being sent again. The vendor's own rule (it updates a contact whose name and address match) is a second guard, not the first.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hub.core import Contact, Help, Options, Refused, Rejected, Sent, Settings, Vendor
from hub_mailbox_power.declaration import WEB_APP, addon
from hub_mailbox_power.endpoints import Added, NewContact, add_contact
from hub_mailbox_power.groups import better

LEAD_TIME = "3-7 business days"
"""One to two business days to process and ship, by the vendor's word, and then *a few* in the post: two to five of them."""


class Gift(Settings):
    """Which group."""

    group_id: Annotated[
        str,
        Options("groups"),
        Help(
            "Its campaign at Mailbox Power decides what is sent. Name the group like this plan, and it is chosen for you.",
            WEB_APP,
        ),
    ] = Field(title="Contact group")


@addon.action(
    "add_to_group",
    Gift,
    title="Mailbox Power",
    needs=["first_name", "last_name", "address"],
    lead_time=LEAD_TIME,
    channel="post",
    icon="gift",
    advice="Tie the contact group to a campaign at Mailbox Power first; see Campaigns and How to Manage Campaign Recipients "
    "there. Processing takes one to two business days, and shipping a few more.",
)
async def add_to_group(vendor: Vendor, step: Gift, contact: Contact) -> Sent:
    """Add the contact."""
    try:
        added = await vendor(add_contact, new_contact(contact, step.group_id))
    except Refused as fault:
        raise group_gone(fault, step) or better(fault) from fault
    return Sent(added.data.contact_id, note=note(added, step))


def new_contact(contact: Contact, group_id: str) -> NewContact:
    """The contact in the vendor's words."""
    place = contact.address
    return NewContact(
        firstName=contact.first_name, lastName=contact.last_name, company=contact.company, street=place.line1,
        street2=place.line2, city=place.city, state=place.state, zip=place.zip, country=place.country,
        email=contact.email, phone=contact.phone, groupId=group_id,
    )  # fmt: skip


def group_gone(fault: Refused, step: Gift) -> Refused | None:
    """404 to an addition: the group was deleted after the step was written."""
    if fault.status != 404:
        return None
    reason = (
        f"Mailbox Power does not know the contact group {step.group_id}; it may have been deleted there. "
        "Choose another group in this step, then retry."
    )
    return Refused(Rejected(reason, field="group_id"), 404)


def note(added: Added, step: Gift) -> str:
    """The line in the contact's history."""
    deed = {"created": "created the contact", "updated": "updated the contact"}.get(
        added.data.status.casefold(), "took the contact"
    )
    return f"Mailbox Power {deed} and put it into the contact group {step.group_id}."
