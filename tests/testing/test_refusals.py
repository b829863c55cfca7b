"""What a vendor says with its *no*, from the wire to the plugin and through the kit; and a delivery signed as Stripe does."""

from __future__ import annotations

from typing import Any

from hub.core import (
    AddOn,
    Already,
    Answer,
    Event,
    HeaderKey,
    HmacSha256,
    NotSent,
    Outcome,
    Refused,
    Rejected,
    Secret,
    Sent,
    Settings,
    once,
)
from hub.testing.faults import Fault
from hub.testing.kit import Kit
from hub.testing.proofs.all import cases_of
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.carry import findings
from hub.testing.proofs.case import Badge


class Keys(Settings):
    api_key: Secret
    signing: Secret


class Join(Settings):
    club: str = "book club"


class NewMember(Answer):
    club: str
    ref: str


class Member(Answer):
    uid: str


class Problem(Answer):
    message: str = ""
    code: str = ""
    uid: str = ""


class Joined(Answer):
    event_id: str
    member: str


addon = AddOn(
    "klubs", title="Klubs", base_url="https://klubs.example", settings=Keys, auth=HeaderKey("X-Key", "api_key")
)
members = addon.get("/members", list[Member])
join = addon.post("/members", NewMember, Member, effect=once("90s"), errors={409: Rejected}, refusal=Problem)


@addon.check
async def whose(vendor: Any) -> str:
    return f"{len(await vendor(members))} members"


@addon.action("join", Join, title="Join a club")
async def join_club(vendor: Any, step: Join, contact: Any) -> Outcome:
    try:
        return Sent((await vendor(join, NewMember(club=step.club, ref=vendor.ref))).uid)
    except Refused as fault:
        if isinstance(fault.answer, Problem) and fault.answer.code == "exists":
            return Already(fault.answer.uid, note=fault.answer.message)
        words = fault.answer.message if isinstance(fault.answer, Problem) else ""
        return Rejected(f"Klubs said: {words}") if fault.status == 422 else fault.outcome


@join_club.reconcile
async def look_up(vendor: Any, step: Join, contact: Any) -> Sent | NotSent:
    found = await vendor(members, ref=vendor.ref)
    return Sent(found[0].uid) if found else NotSent()


@addon.webhook("joined", Joined, verify=HmacSha256("K-Sig", "signing", timestamp="K-Sig"), dedupe="event_id")
def joined(delivery: Joined) -> Event:
    return addon.event("joined", reference=delivery.member)


KNOWN = b'{"code": "exists", "message": "a member since May", "uid": "m-7"}'


def test_a_409_that_names_the_member_is_done_already_with_the_vendors_id() -> None:
    with Kit(addon) as hub:
        hub.vendor.fail(Fault("exists", 409, body=KNOWN).at("write"))

        run = hub.run("klubs.join")

    assert (run.state, run.reference, run.note) == ("done", "m-7", "a member since May")


def test_such_an_add_on_keeps_every_rule_and_its_secrets_whatever_the_vendor_says() -> None:
    with Bench(addon) as bench:
        played = [case for case in cases_of(bench) if case.badge in (Badge.SECRETS, Badge.WAYS_IN, Badge.FAULTS)]
        red = {case.name: found for case in played if (found := findings(case, bench))}

    assert "webhook joined: stale, and from the future" in {case.name for case in played}
    assert "join: 422 that repeats the key" in {case.name for case in played}
    assert red == {}
