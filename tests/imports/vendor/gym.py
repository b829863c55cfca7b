"""Gym: a vendor with prospects and clients, some to a page, that fails when it is told to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from hub.core import AddOn, Answer, Done, HeaderKey, Page, Record, Secret, Settings, Vendor


class Keys(Settings):
    """What an account fills in."""

    api_key: Secret
    branch: str = "1"


class Person(Answer):
    """A person as the gym has them."""

    id: str
    sort: str = "prospect"
    type: str = ""
    called: str = ""
    first: str = ""
    email: str = ""
    cell: str = ""


class Found(Answer):
    """Some people, and where the next page begins."""

    people: list[Person]
    next: str | None = None


addon = AddOn("gym", title="Gym", base_url="https://gym.example", settings=Keys, auth=HeaderKey("X-Key", "api_key"))
people = addon.get("/people", Found)
TRIGGER = "gym.people"


addon.mapping("sources", title="Types and lead sources", left="types", right="lead_source", kinds=("prospect",))


@addon.options("types")
async def types(vendor: Vendor) -> dict[str, str]:
    """Nobody asks for it here; tests put what was last read into its cache."""
    return {}


@addon.trigger("people", title="People", kinds={"prospect": "Prospects", "client": "Clients"})
async def pull_people(vendor: Vendor, since: datetime | None, cursor: str | None) -> AsyncIterator[Page]:
    """Page by page, from where the last import stopped."""
    while True:
        found = await vendor(people, at=cursor or "0", since=since.isoformat() if since else None)
        cursor = found.next
        yield Page(records=tuple(record(person) for person in found.people), cursor=cursor)
        if cursor is None:
            return


def record(person: Person) -> Record:
    """Their words in ours."""
    return Record(
        external_id=person.id, kind=person.sort, choice=person.type, choice_title=person.called,
        first_name=person.first, email=person.email, phone_cell=person.cell, raw=person.model_dump(),
    )  # fmt: skip


notes = AddOn("desk", title="Desk", always_on=True)


class Text(Settings):
    """A note to be written."""

    text: str = ""


@notes.action("note", Text, title="Write a note")
async def note(vendor: Vendor, step: Text, contact: Any) -> Done:
    """What the plans of these tests consist of."""
    return Done()


@dataclass
class Desk:
    """The gym's side of the wire.

    Attributes:
        size: people on a page.
        fails: page (from 0) → what it is answered with, once each.
        asked: the query of every call.
        while_asked: done at each call, before it is answered.
    """

    people: list[dict[str, Any]] = field(default_factory=list)
    size: int = 2
    fails: dict[int, list[httpx.Response]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    while_asked: Any = None

    def answer(self, request: httpx.Request) -> httpx.Response:
        """One page, or the trouble that stands for it."""
        asked = dict(request.url.params)
        self.asked.append(asked)
        at = int(asked["at"])
        if self.while_asked:
            self.while_asked(at)
        if trouble := self.fails.get(at // self.size):
            return trouble.pop(0)
        more = at + self.size < len(self.people)
        some = self.people[at : at + self.size]
        return httpx.Response(200, json={"people": some, "next": str(at + self.size) if more else None})


def crowd(many: int, **same: str) -> list[dict[str, Any]]:
    """So many people with an id and an address each."""
    return [{"id": f"p{n}", "first": f"Pat{n}", "email": f"pat{n}@example.com", **same} for n in range(many)]


@dataclass(frozen=True)
class Spot:
    """Where a record goes: the fields of a placement."""

    lead_source_id: int | None = None
    plan_ids: tuple[int, ...] = ()
    sales_cycle_id: int | None = None
    tag_names: tuple[str, ...] = ()
    user_id: int | None = None
    mapped: bool = False


@dataclass(frozen=True)
class Tables:
    """An account's mappings, by choice; the others get the default of their kind."""

    by_choice: dict[str, Spot] = field(default_factory=dict)
    defaults: dict[str, Spot] = field(default_factory=dict)
    skip_unmapped: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.by_choice or self.defaults)

    def place(self, record: Record) -> Spot:
        return self.by_choice.get(record.choice) or self.defaults.get(record.kind) or Spot()
