"""Harbour: a vendor at which somebody signs in, with one list, one test, and one step that must not be done twice."""

from __future__ import annotations

from typing import Annotated, Any

from hub.core import AddOn, Answer, NotSent, OAuth2, Options, Page, Record, Secret, Sent, Settings, once


class Account(Settings):
    """An account's own app, and where its boats lie."""

    client_id: str
    client_secret: Secret
    access_token: Secret
    berth: Annotated[str, Options("berths")]


class Book(Settings):
    """Book a place."""

    days: int = 1


class Named(Answer):
    """Something with a name."""

    id: str
    name: str


class NewBooking(Answer):
    """What is sent."""

    berth: str
    name: str
    days: int
    ref: str


class Booking(Answer):
    """What comes back."""

    id: str


addon = AddOn(
    "harbour",
    title="Harbour",
    base_url="https://api.harbour.example/v1",
    settings=Account,
    auth=OAuth2(
        authorize_url="https://harbour.example/oauth/authorize",
        token_url="https://api.harbour.example/oauth/token",
        revoke_url="https://api.harbour.example/oauth/revoke",
        scopes=("berths.read", "bookings.write"),
    ),
)

me = addon.get("/me", Named)
berths = addon.get("/berths", list[Named])
bookings = addon.get("/bookings", list[Booking])
book = addon.post("/bookings", NewBooking, Booking, effect=once(settle="60s", strong=True))


class simulation:  # stands for a plugin's module of this name
    """What the played vendor has."""

    SEEDS = {
        "/me": [{"id": "u1", "name": "Captain Ahab"}],
        "/berths": [{"id": "b1", "name": "North pier"}, {"id": "b2", "name": "South pier"}],
    }

    @staticmethod
    def respond(call: Any) -> tuple[int, Any] | None:
        """Boats come on three pages."""
        if call.path != "/boats":
            return None
        page = int(call.query["page"])
        return 200, {
            "items": [{"id": f"x{page}", "owner": f"Owner {page}"}],
            "next": str(page + 1) if page < 3 else None,
        }


@addon.check
async def whose(vendor):  # type: ignore[no-untyped-def]
    return (await vendor(me)).name


@addon.options("berths")
async def berth_list(vendor):  # type: ignore[no-untyped-def]
    return {berth.id: berth.name for berth in await vendor(berths)}


class Boat(Answer):
    """One that lies here."""

    id: str
    owner: str


class Boats(Answer):
    """One page of them."""

    items: list[Boat]
    next: str | None = None


boats = addon.get("/boats", Boats)


@addon.trigger("boats", title="Boats")
async def boats_in(vendor, since, cursor):  # type: ignore[no-untyped-def]
    while True:
        page = await vendor(boats, page=cursor or "1")
        records = [Record(external_id=boat.id, first_name=boat.owner) for boat in page.items]
        yield Page(records=records, cursor=page.next)
        cursor = page.next
        if cursor is None:
            return


@addon.action("book", Book, title="Book a place", needs=["first_name"])
async def book_place(vendor, step, contact):  # type: ignore[no-untyped-def]
    wish = NewBooking(berth=vendor.settings.berth, name=contact.first_name, days=step.days, ref=vendor.ref)
    booked = await vendor(book, wish)
    return Sent(booked.id, note=f"Harbour booked {booked.id}.")


@book_place.reconcile
async def booked_already(vendor, step, contact):  # type: ignore[no-untyped-def]
    found = await vendor(bookings, ref=vendor.ref)
    return Sent(found[0].id) if found else NotSent()
