"""Kestrel: gift vouchers and clubs. Lists in wrapped pages, an amount of money, OAuth 2, an import and a webhook."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from hub.core import (
    AddOn,
    Already,
    Answer,
    Contact,
    Event,
    HmacSha256,
    NeedsAdmin,
    NotSent,
    OAuth2,
    Options,
    Page,
    Record,
    Rejected,
    Secret,
    Sent,
    Settings,
    Vendor,
    keyed,
    once,
)


class Account(Settings):
    client_id: str
    client_secret: Secret
    access_token: Secret
    webhook_secret: Secret


class VoucherStep(Settings):
    amount: Annotated[Decimal, Field(gt=1, le=500, decimal_places=2)]
    greeting: str = "For {{client.firstName}}"


class ClubStep(Settings):
    club: Annotated[str, Options("clubs")]


class Who(Answer):
    shop: str


class Named(Answer):
    uid: str
    title: str


class Clubs(Answer):
    data: list[Named]
    next: str | None = None


class NewVoucher(Answer):
    name: str
    amount: int
    greeting: str
    external_ref: str


class Voucher(Answer):
    uid: str
    state: Literal["new", "redeemed"]


class Vouchers(Answer):
    data: list[Voucher]
    next: str | None = None


class NewMember(Answer):
    email: str
    name: str


class Joined(Answer):
    uid: str


class Member(Answer):
    uid: str
    given_name: str = ""


class Members(Answer):
    data: list[Member]
    next: str | None = None


class Redeemed(Answer):
    delivery: str
    type: Literal["voucher.redeemed"]
    at: int
    voucher: str


addon = AddOn(
    "kestrel", title="Kestrel", base_url="https://api.kestrel.example/v1", settings=Account,
    auth=OAuth2(authorize_url="https://kestrel.example/authorize", token_url="https://api.kestrel.example/token"),
    errors={402: NeedsAdmin, 422: Rejected},
)  # fmt: skip
whoami = addon.get("/whoami", Who)
clubs = addon.get("/clubs", Clubs)
members = addon.get("/members", Members)
vouchers = addon.get("/vouchers", Vouchers)
send = addon.post("/vouchers", NewVoucher, Voucher, effect=once(settle="45s", costly=True))
join = addon.post("/clubs/{club}/members", NewMember, Joined, effect=keyed("Idempotency-Key", "24h"),
                  errors={409: Already})  # fmt: skip


@addon.check
async def shop(vendor: Vendor) -> str:
    return (await vendor(whoami)).shop


@addon.options("clubs")
async def club_list(vendor: Vendor) -> dict[str, str]:
    found: dict[str, str] = {}
    after: str | None = None
    while True:
        page = await vendor(clubs, after=after)
        found.update({club.uid: club.title for club in page.data})
        after = page.next
        if after is None:
            return found


@addon.action("send_voucher", VoucherStep, title="Send a voucher", needs=["first_name"])
async def send_voucher(vendor: Vendor, step: VoucherStep, contact: Contact) -> Sent:
    cents = int(step.amount * 100)
    wanted = NewVoucher(name=contact.first_name, amount=cents, greeting=step.greeting, external_ref=vendor.ref)
    made = await vendor(send, wanted)
    return Sent(made.uid, note=f"Voucher {made.uid} over {step.amount:.2f}")


@send_voucher.reconcile
async def find_voucher(vendor: Vendor, step: VoucherStep, contact: Contact) -> Sent | NotSent:
    found = (await vendor(vouchers, external_ref=vendor.ref)).data
    return Sent(found[0].uid) if found else NotSent()


@addon.action("join_club", ClubStep, title="Join a club", needs=["first_name", "email"])
async def join_club(vendor: Vendor, step: ClubStep, contact: Contact) -> Sent:
    await vendor(whoami)
    made = await vendor(join, NewMember(email=contact.email, name=contact.first_name), club=step.club)
    return Sent(made.uid)


@addon.trigger("members", title="Members")
async def pull_members(vendor: Vendor, since: datetime | None, cursor: str | None) -> AsyncIterator[Page]:
    while True:
        page = await vendor(members, updated_since=since.isoformat() if since else None, after=cursor)
        cursor = page.next
        yield Page(records=tuple(record(member) for member in page.data), cursor=cursor)
        if cursor is None:
            return


def record(member: Member) -> Record:
    return Record(external_id=member.uid, first_name=member.given_name)


@addon.webhook("voucher.redeemed", Redeemed, verify=HmacSha256("X-Signature", "webhook_secret", timestamp="X-Time"),
               dedupe="delivery")  # fmt: skip
def voucher_redeemed(event: Redeemed) -> Event:
    return addon.event("voucher_redeemed", reference=event.voucher, at=str(event.at))
