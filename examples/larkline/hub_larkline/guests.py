"""The way in: Larkline's guests become contacts, and the kind of their ticket becomes a lead source of the account's own."""

from collections.abc import AsyncIterator
from datetime import datetime

from hub.core import Answer, Page, Record, Vendor

from hub_larkline.declaration import addon


class Guest(Answer):
    """A guest as Larkline has them."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    mobile: str = ""
    ticket_kind: str = ""
    vip: bool = False


class GuestPage(Answer):
    """Some guests, and the cursor of the next page; none after the last."""

    guests: list[Guest]
    next_cursor: str | None = None


guests = addon.get("/guests", GuestPage)

addon.mapping(
    "lead_sources", title="Kinds of ticket and lead sources", left="ticket_kinds", right="lead_source", kinds=("guest",)
)


@addon.trigger("guests", title="Guests", kinds={"guest": "Guests"})
async def pull_guests(vendor: Vendor, since: datetime | None, cursor: str | None) -> AsyncIterator[Page]:
    """Page by page, from where the last import stopped."""
    changed_since = since.isoformat() if since else None
    while True:
        answer = await vendor(guests, changed_since=changed_since, cursor=cursor)
        cursor = answer.next_cursor
        yield Page(records=tuple(record(guest) for guest in answer.guests), cursor=cursor)
        if cursor is None:
            return


def record(guest: Guest) -> Record:
    """Larkline's words in ours."""
    return Record(
        external_id=guest.id,
        kind="guest",
        choice=guest.ticket_kind,
        first_name=guest.first_name,
        last_name=guest.last_name,
        email=guest.email,
        phone_cell=guest.mobile,
        tags=("VIP",) if guest.vip else (),
    )
