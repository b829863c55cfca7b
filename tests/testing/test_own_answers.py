"""A simulation that answers a look-up itself: what the author is told when it is red is about their own answer."""

from __future__ import annotations

from typing import Any

import pytest

from hub.core import AddOn, Answer, Contact, NotSent, Sent, Settings, Vendor, once
from hub.testing.proofs import carry
from hub.testing.proofs.all import cases_of
from hub.testing.proofs.bench import Bench

LATE = "note: created, not visible for a week"
LOST = "note: reset after the effect"
NEVER_DONE = "note: 500 before the effect"
APART = "No call of yours writes to /sent"


class Note(Settings):
    """A step without settings."""


class New(Answer):
    ref: str


class Made(Answer):
    id: str
    thread: str


addon = AddOn("apart", title="Apart", base_url="https://api.apart.example")
send = addon.post("/send", New, Made, effect=once())
sent = addon.get("/sent", list[Made])


@addon.action("note", Note, title="Note")
async def send_it(vendor: Vendor, step: Note, contact: Contact) -> Sent:
    return Sent((await vendor(send, New(ref=vendor.ref))).id)


@send_it.reconcile
async def look(vendor: Vendor, step: Note, contact: Contact) -> Sent | NotSent:
    found = await vendor(sent, ref=vendor.ref)
    return Sent(found[0].id) if found else NotSent()


class Played:
    """The vendor: what is sent to ``/send`` is listed under ``/sent``.

    Args:
        lists: ``stored`` or ``visible``.
        thread: whether its things have all the fields they should.
    """

    def __init__(self, lists: str, *, thread: bool = True) -> None:
        self._lists, self._more = lists, {"thread": "t"} if thread else {}

    def respond(self, call: Any) -> tuple[int, Any] | None:
        if call.path == "/send":
            return 200, {"thread": "t", **call.store("/send", {**call.body, **self._more})}
        return 200, [one for one in getattr(call, self._lists)("/send") if one.get("ref") == call.query["ref"]]


def said(simulation: Any, name: str) -> str:
    with Bench(addon, simulation=simulation) as bench:
        (case,) = [case for case in cases_of(bench) if case.name == name]
        return " ".join(carry.findings(case, bench))


@pytest.mark.parametrize("name", [LATE, LOST])
def test_what_is_listed_when_it_is_visible_is_right(name: str) -> None:
    assert said(Played("visible"), name) == ""


def test_who_lists_what_is_stored_is_told_to_list_what_is_visible() -> None:
    told = said(Played("stored"), LATE)

    assert "list call.visible(path) there and not call.stored(path)" in told
    assert APART not in told


def test_an_answer_of_its_own_that_does_not_fit_is_not_taken_for_a_path_without_one() -> None:
    told = said(Played("visible", thread=False), LOST)

    assert "0.thread: Field required" in told
    assert APART not in told


def test_without_an_answer_of_its_own_the_look_up_reads_where_nothing_is() -> None:
    assert APART in said(object(), NEVER_DONE)
