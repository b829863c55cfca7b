"""A plugin behind a door, the real runner before it, and a vendor that counts what it did."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import EntryPoint
from pathlib import Path
from textwrap import dedent
from types import TracebackType
from typing import Any

import httpx

from hub.core import Account, Contact
from hub.core.egress import Egress
from hub.core.registry import GROUP, Plugin, Registry, Source, from_entry_points
from hub.dispatch import calls
from hub.dispatch.apart.door import Door
from hub.dispatch.apart.loading import Apart
from hub.dispatch.apart.spawning import Limits
from hub.dispatch.batch import dispatch
from hub.dispatch.outside import Outside
from hub.dispatch.runner import Runner
from hub.testing.ledger import MemoryLedger, Run
from tests.dispatch.rig import ADA, KEY, Vendor

HEAD = """
    from typing import Annotated, Any
    from pydantic import BaseModel, field_validator
    from hub.core import *

    class Keys(Settings):
        api_key: Secret

    addon = AddOn("pigeon", title="Pigeon", base_url="https://api.pigeon.test/v2", settings=Keys,
                  auth=HeaderKey("X-Key", "api_key"))

    class NewCard(BaseModel):
        greeting: str
        ref: str

    class Card(Answer):
        id: str

    mail = addon.post("/cards", NewCard, Card, effect=once())
    cards = addon.get("/cards", list[Card])
"""
"""How the tests' plugin begins."""

MAIL = """
    class Mail(Settings):
        greeting: str = "Hi {{client.firstName}}"

    @addon.action("mail", Mail, title="Mail", changes=[AddTags])
    async def mail_card(vendor, step, contact):
        card = await vendor(mail, NewCard(greeting=step.greeting, ref=vendor.ref))
        return Sent(card.id, note=f"Card {card.id} is on its way")
"""
"""A step that does what it should."""


def entry(name: str, value: str) -> tuple[Source, EntryPoint]:
    """An entry point as a distribution of this name would have it."""
    return Source(name, f"hub-{name}", "1.0", value.partition(":")[0]), EntryPoint(name, value, GROUP)


def put(folder: Path, name: str, *codes: str) -> tuple[Source, EntryPoint]:
    """Write a plugin's module down."""
    folder.mkdir(exist_ok=True)
    (folder / f"away_{name}.py").write_text("".join(dedent(code) for code in codes))
    return entry(name, f"away_{name}:addon")


class Behind:
    """Plugins behind doors. Use it as a context.

    Attributes:
        died: what was heard of deaths.
    """

    def __init__(
        self,
        *found: tuple[Source, EntryPoint],
        limits: Limits | None = None,
        action_seconds: float = 60.0,
        trusted: Sequence[str] = (),
    ) -> None:
        self.died: list[str] = []
        self.apart = Apart(trusted, limits or Limits(), died=lambda _entries, reason: self.died.append(reason))
        self.registry: Registry = from_entry_points(found, loaders=self.apart.loaders)
        self.vendor = Vendor()
        self.ledger = MemoryLedger(self.registry)
        self.outside = Outside(Egress(), make_transport=lambda _egress: httpx.MockTransport(self.vendor))
        self.runner = self.new_runner(action_seconds)

    def new_runner(self, action_seconds: float) -> Runner:
        """One that gives a step so many seconds."""
        return Runner(self.ledger, self.registry, self.outside, action_seconds=action_seconds, chance=lambda: 0.0)

    def be_patient(self) -> None:
        """From now on a step has the time that it needs."""
        self.runner.close()
        self.runner = self.new_runner(60.0)

    @property
    def plugin(self) -> Plugin:
        """The only one."""
        return next(iter(self.registry.plugins.values()))

    @property
    def door(self) -> Door:
        """The only one."""
        return next(iter(self.apart.doors.values()))

    def add(self, action: str = "pigeon.mail", contact: Contact = ADA, options: Mapping[str, Any] | None = None) -> Run:
        """Schedule a step."""
        return self.ledger.add(action, contact, account=Account(id="1"), options=options, settings={"api_key": KEY})

    def once(
        self, action: str = "pigeon.mail", contact: Contact = ADA, options: Mapping[str, Any] | None = None
    ) -> Run:
        """Carry one step out."""
        run = self.add(action, contact, options)
        self.go(run)
        return run

    def go(self, *runs: Run) -> None:
        """Hand steps to the runner and wait."""
        dispatch([run.id for run in runs], self.ledger, self.runner)

    def ask(self, function: Any, seconds: float = 60.0) -> Any:
        """Call a check or a list."""
        return calls.ask(self.outside, self.plugin.info, {"api_key": KEY}, function, self.ledger.now(), seconds)

    def close(self) -> None:
        """End everything."""
        self.runner.close()
        self.outside.close()
        self.apart.close()

    def __enter__(self) -> Behind:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def until(true: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.01)


def imported(name: str) -> list[str]:
    """The modules of this package that this process has imported."""
    return [module for module in sys.modules if module.partition(".")[0] == name]
