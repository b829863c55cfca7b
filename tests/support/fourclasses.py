"""An add-on with one action for each effect class, for the fault tests."""

from __future__ import annotations

from hub.core import AddOn, Answer, HeaderKey, NotSent, Secret, Sent, Settings, keyed, once, repeatable
from hub.core.facts import Contact
from hub.core.vendor import Vendor


class Account(Settings):
    api_key: Secret


class Nothing(Settings):
    """A step without settings."""


class New(Answer):
    ref: str
    to: str


class Made(Answer):
    id: str
    ref: str


addon = AddOn(
    "classes",
    title="Four classes",
    base_url="https://classes.example",
    settings=Account,
    auth=HeaderKey("X-Key", "api_key"),
)

found = addon.get("/things", list[Made])
put = addon.put("/things/{ref}", New, Made, effect=repeatable(max_processing="1s"), deadline="5s")
keyed_post = addon.post("/keyed", New, Made, effect=keyed("Idempotency-Key", "24h"), deadline="5s")
once_post = addon.post("/things", New, Made, effect=once(settle="2s", strong=True), deadline="5s")
blind_post = addon.post("/blind", New, Made, effect=once(), deadline="5s")


async def _make(vendor: Vendor, endpoint: object, contact: Contact, **more: str) -> Sent:
    made = await vendor(endpoint, New(ref=vendor.ref, to=contact.first_name), **more)  # type: ignore[arg-type, var-annotated]
    return Sent(made.id, note=f"Made {made.id}")


@addon.action("repeatable", Nothing, title="Repeatable")
async def repeat(vendor: Vendor, step: Nothing, contact: Contact) -> Sent:
    return await _make(vendor, put, contact, ref=vendor.ref)


@addon.action("keyed", Nothing, title="Keyed")
async def with_key(vendor: Vendor, step: Nothing, contact: Contact) -> Sent:
    return await _make(vendor, keyed_post, contact)


@addon.action("lookup", Nothing, title="Lookup")
async def look(vendor: Vendor, step: Nothing, contact: Contact) -> Sent:
    return await _make(vendor, once_post, contact)


@look.reconcile
async def looked(vendor: Vendor, step: Nothing, contact: Contact) -> Sent | NotSent:
    rows = await vendor(found, ref=vendor.ref)
    return Sent(rows[0].id, note=f"Found {rows[0].id}") if rows else NotSent()


@addon.action("blind", Nothing, title="Blind")
async def blind(vendor: Vendor, step: Nothing, contact: Contact) -> Sent:
    return await _make(vendor, blind_post, contact)


CLASSES = ("repeatable", "keyed", "lookup", "blind")
