"""A vendor that counts what it did, an add-on that speaks to it, and the real runner between them.

The vendor is a mock transport: it plays the troubles it is told to, in order, and keeps its own ledger of effects. A test asks
that ledger, and never the hub's word alone, how often something happened.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
from pydantic import BaseModel

from hub.core import (
    AddOn,
    AddTags,
    Answer,
    Contact,
    Effect,
    HeaderKey,
    NotSent,
    Secret,
    Sent,
    Settings,
    WriteNote,
)
from hub.core.egress import Egress
from hub.core.registry import from_objects
from hub.dispatch.batch import dispatch
from hub.dispatch.outside import Outside
from hub.dispatch.runner import Runner
from hub.dispatch.states import CLOSED, State
from hub.testing.ledger import MemoryLedger, Run

KEY = "canary-secret-7731"
ADA = Contact(id="7", first_name="Ada")


class Keys(Settings):
    api_key: Secret


class Mail(Settings):
    greeting: str = "Hi {{client.firstName}}"


class NewCard(BaseModel):
    greeting: str
    ref: str


class Card(Answer):
    id: str


Play = Callable[["Vendor", httpx.Request], httpx.Response]


@dataclass
class Vendor:
    """What reached the vendor, what it did, and what it shall do next.

    Attributes:
        script: how the next writes are answered; a write beyond it is simply done.
        lookups: how the next look-ups are answered, ``None`` for the truth.
        honours: the header by which it knows a request again, for *keyed*.
        upserts: a second sending of the same card changes nothing, for *repeatable*.
    """

    script: list[Play] = field(default_factory=list)
    lookups: list[Play | None] = field(default_factory=list)
    honours: str = ""
    upserts: bool = False
    writes: list[httpx.Request] = field(default_factory=list)
    reads: list[httpx.Request] = field(default_factory=list)
    effects: list[dict[str, Any]] = field(default_factory=list)
    known: dict[str, bytes] = field(default_factory=dict)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            self.reads.append(request)
            play = self.lookups.pop(0) if self.lookups else None
            return play(self, request) if play else self.shown(request)
        self.writes.append(request)
        return self.script.pop(0)(self, request) if self.script else self.done(request)

    def done(self, request: httpx.Request) -> httpx.Response:
        """It happens, once more or not, as this vendor does it."""
        key = request.headers.get(self.honours, "") if self.honours else ""
        card = {**json.loads(request.content), "id": f"card-{len(self.effects) + 1}"}
        again = key in self.known or (self.upserts and any(e["ref"] == card["ref"] for e in self.effects))
        if not again:
            self.effects.append(card)
        if key:
            assert self.known.setdefault(key, request.content) == request.content, "other bytes under the same key"
        return httpx.Response(201, json={"id": self.effects[-1]["id"]})

    def shown(self, request: httpx.Request) -> httpx.Response:
        found = [card for card in self.effects if card["ref"] == request.url.params.get("ref")]
        return httpx.Response(200, json=found)


def answers(status: int, *, acts: bool = False, **more: Any) -> Play:
    """An answer, given before or after the deed."""

    def play(vendor: Vendor, request: httpx.Request) -> httpx.Response:
        if acts:
            vendor.done(request)
        return httpx.Response(status, **more)

    return play


def breaks(trouble: type[Exception] = httpx.ReadError, *, acts: bool = False) -> Play:
    """No answer, before or after the deed."""

    def play(vendor: Vendor, request: httpx.Request) -> httpx.Response:
        if acts:
            vendor.done(request)
        raise trouble("broken")

    return play


Function = Callable[..., Awaitable[Any]]


class Rig:
    """One add-on, one vendor, one ledger, one runner."""

    def __init__(
        self,
        effect: Effect,
        run: Function | None = None,
        reconcile: Function | bool = False,
        vendor: Vendor | None = None,
        errors: Mapping[int, Any] | None = None,
        action_seconds: float = 60.0,
        transport: Any = None,
        **endpoint: Any,
    ) -> None:
        self.vendor = vendor or Vendor()
        addon = AddOn("pigeon", title="Pigeon", base_url="https://api.pigeon.test/v2", settings=Keys,
                      auth=HeaderKey("X-Key", "api_key"), errors=errors)  # fmt: skip
        self.mail = addon.post("/cards", NewCard, Card, effect=effect, **endpoint)
        self.cards = addon.get("/cards", list[Card])
        self.me = addon.get("/me", Card)
        self.other = addon.post("/others", NewCard, Card, effect=effect)
        handle = addon.action("mail", Mail, title="Mail", changes=[AddTags, WriteNote])(run or self.mail_card)
        if reconcile:
            handle.reconcile(self.look_up if reconcile is True else reconcile)
        self.addon = addon
        self.registry = from_objects([addon])
        assert not self.registry.troubles
        self.ledger = MemoryLedger(self.registry)
        transport = transport or httpx.MockTransport(self.vendor)
        self.outside = Outside(Egress(), make_transport=lambda egress: transport)
        self.runner = self.new_runner(action_seconds)

    def new_runner(self, action_seconds: float = 60.0) -> Runner:
        return Runner(self.ledger, self.registry, self.outside, action_seconds=action_seconds, chance=lambda: 0.0)

    async def mail_card(self, vendor: Any, step: Any, contact: Any) -> Any:
        card = await vendor(self.mail, NewCard(greeting=step.greeting, ref=vendor.ref))
        return Sent(card.id, note=f"Card {card.id} is on its way")

    async def look_up(self, vendor: Any, step: Any, contact: Any) -> Any:
        found = await vendor(self.cards, ref=vendor.ref)
        return Sent(found[0].id) if found else NotSent()

    def add(self, contact: Contact = ADA) -> Run:
        return self.ledger.add("pigeon.mail", contact, settings={"api_key": KEY})

    def go(self, *runs: Run) -> int:
        """Carry out those of these runs (all, when none are named) that are due."""
        return dispatch([run.id for run in runs or self.ledger.runs.values()], self.ledger, self.runner)

    def once(self, contact: Contact = ADA) -> Run:
        """One step, carried out one time."""
        run = self.add(contact)
        self.go(run)
        return run

    def drive(self, run: Run, most: int = 60) -> Run:
        """Let time pass and do what is due until nothing moves by itself any more."""
        for _ in range(most):
            if run.state in CLOSED or run.state in (State.REVIEW, State.HELD):
                return run
            self.go(run)
            self.runner.check(self.ledger.checks_due())
            waits = [moment for moment in (run.next_check_at, run.due_at) if moment and moment > self.ledger.now()]
            self.ledger.clock.move_to(min(waits) if waits else self.ledger.now() + timedelta(seconds=1))
        raise AssertionError(f"it never comes to an end: {run.state} {run.sentence}")

    def close(self) -> None:
        self.outside.close()
        self.runner.close()
