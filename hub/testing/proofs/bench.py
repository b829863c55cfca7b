"""The bench: one add-on, the production dispatcher, a store in memory, a clock that stands still and a vendor that is played.

It is made once and used for every case; between two cases only its state is put back, so hundreds of cases take seconds.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Any
from uuid import UUID

import httpx

from hub.core.actions import Action
from hub.core.addon import AddOnInfo
from hub.core.egress import Egress
from hub.core.facts import Account, Contact
from hub.core.registry import Plugin, Registry, from_objects
from hub.core.settings import Settings, fields_of, secret_names
from hub.dispatch import calls, crash
from hub.dispatch.batch import dispatch
from hub.dispatch.runner import Runner
from hub.dispatch.states import State
from hub.testing.faults import Fault
from hub.testing.inline import InlineExecutor, InlineOutside
from hub.testing.ledger import START, MemoryLedger, Run, VirtualClock
from hub.testing.made_up import value_of
from hub.testing.mail import MailServer
from hub.testing.mail_settings import mailboxes
from hub.testing.proofs.post import LivingPost
from hub.testing.proofs.process import Process
from hub.testing.proofs.spy import Turn, spied
from hub.testing.simulator import Item, Simulator, simulation_of
from hub.testing.simulator_fronts import transport

ACTION_SECONDS = 3.0
"""Real seconds for one of the plugin's functions; in the kit nothing has a reason to take one."""

NUMBERED = "00000000-0000-4000-8000-{:012d}"
"""Step runs have the same ids every time, so that two plays of one story can be compared byte by byte."""


class NotLoaded(Exception):
    """The plugin does not load. The message says why."""


class Bench:
    """See the module's docstring. Use it as a context.

    Args:
        simulation: how the vendor is played where the declaration does not say it; the plugin's own module by default.
        settings: of the connection, or else the simulation's ``SETTINGS``; on top of what is made up from the form.
        options: action → its step's settings, or else the simulation's ``OPTIONS``; on top of what is made up.
        apart: the same plugin as a hub has it that runs it in a process of its own. Its functions are then played, and ``addon``
            only says how the vendor looks.

    Raises:
        NotLoaded: the hub would not load this plugin.
    """

    def __init__(
        self,
        addon: Any,
        *,
        simulation: Any = None,
        settings: Mapping[str, Any] | None = None,
        options: Mapping[str, Mapping[str, Any]] | None = None,
        apart: Registry | None = None,
    ) -> None:
        loaded = from_objects({"it": addon})
        if not loaded.plugins:
            raise NotLoaded(loaded.troubles[0].reason)
        self.turns: list[Turn] = []
        self.hung = 0
        self.plain: Plugin = next(iter(loaded.plugins.values()))
        self.registry: Registry = spied(apart or loaded, self.turns)
        self.plugin: Plugin = self.registry.plugins[self.plain.info.name]
        self.info: AddOnInfo = self.plugin.info
        played = simulation if simulation is not None else _simulation(self.plain)
        self.simulation: Any = played
        self.clock = VirtualClock()
        self.vendor = Simulator(self.plain.info, played, wall=self.clock.now)
        self.settings = {**_made_up(self.plain), **(settings or getattr(played, "SETTINGS", {}))}
        self.given_options = {**getattr(played, "OPTIONS", {}), **(options or {})}
        self.ledger = MemoryLedger(self.registry, self.clock)
        self.process = Process(self.ledger)
        self.seeds = self.vendor.holdings()
        self.mail = MailServer(self.clock.now, self.vendor.refuses_token)
        self._outside = InlineOutside(Egress(), make_transport=self._transport)
        self._outside.office = LivingPost(self.mail, self.process)
        self._runner = Runner(self.process, self.registry, self._outside, action_seconds=ACTION_SECONDS,
                              chance=lambda: 0.5, gather=0, writer=InlineExecutor())  # fmt: skip

    # --- state -------------------------------------------------------------------------------------------------

    def begin(self, holdings: Mapping[str, list[Item]] | None = None, now: datetime = START) -> None:
        """Put everything back: a vendor that holds this and no more (the seeds), an empty store, a living process."""
        self.turns.clear()
        self.clock.set(now)
        self.vendor.forget_all_but(self.seeds if holdings is None else holdings)
        self.mail.forget()
        self.ledger = MemoryLedger(self.registry, self.clock)
        self.process.begin(self.ledger)

    def declared(self, type_: str) -> Action:
        """An action as its author wrote it, whose form says which values fit."""
        return next(action for action in self.plain.actions if action.type == type_)

    @property
    def secret_names(self) -> frozenset[str]:
        """The fields of the connection that are secret."""
        return secret_names(self.plain.info.settings)

    @property
    def secrets(self) -> tuple[str, ...]:
        """The connection's secrets, which must be seen nowhere."""
        return tuple(str(self.settings[name]) for name in self.secret_names if self.settings.get(name))

    # --- acts --------------------------------------------------------------------------------------------------

    def add(
        self,
        action_type: str,
        options: Mapping[str, Any],
        contact: Contact,
        account: Account,
        number: int = 1,
        settings: Mapping[str, Any] | None = None,
    ) -> Run:
        """Schedule a step."""
        return self.ledger.add(action_type, contact, account=account, options=options, id_=UUID(NUMBERED.format(number)),
                               settings=self.settings if settings is None else settings)  # fmt: skip

    def deliver(self, *runs: Run) -> None:
        """A message with these steps' ids reaches a worker."""
        self._watched(lambda: dispatch([run.id for run in runs], self.process, self._runner))

    def look_up(self) -> None:
        """The vendor is asked about what is unclear and due."""
        self._watched(lambda: self._runner.check(self.ledger.checks_due()))

    def again(self, run: Run) -> None:
        """Whatever this run waits for, done now."""
        if run.state is State.UNKNOWN:
            self.look_up()
        else:
            self.deliver(run)

    def ask(self, function: Callable[..., Awaitable[Any]], **settings: Any) -> Any:
        """Call a check or a list as a page would; an ``Outcome`` says why there is no value."""
        given = {**self.settings, **settings}
        sign_in = self.ledger.sign_in.for_job(given) if self.ledger.sign_in else None
        return calls.ask(self._outside, self.info, given, function, self.clock.now(), ACTION_SECONDS, sign_in)

    def pulls(self, work: Any) -> Any:
        """Run a coroutine where the plugin's functions run."""
        return self._outside.run(work)

    @property
    def outside(self) -> InlineOutside:
        """The loop and the client."""
        return self._outside

    def fail(self, *faults: Fault) -> None:
        """The vendor's next troubles."""
        self.vendor.fail(*faults)

    def _watched(self, work: Callable[[], Any]) -> None:
        crash.watch(self.process.reached)
        try:
            work()
        finally:
            crash.watch(None)

    def _transport(self, _egress: Egress) -> httpx.AsyncBaseTransport:
        """The way out of this process: what is dead sends nothing."""
        wire = transport(self.vendor)

        async def play(request: httpx.Request) -> httpx.Response:
            if not self.process.alive:
                raise httpx.ConnectError("this process is dead", request=request)
            return await wire.handle_async_request(request)

        return httpx.MockTransport(play)

    def close(self) -> None:
        """End the loop's thread."""
        self._runner.close()
        self._outside.close()

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _simulation(plugin: Plugin) -> Any:
    """The module ``simulation`` beside the plugin's code, or an object without anything."""
    found = simulation_of(plugin.info, (str(action.run.__module__) for action in plugin.actions))
    return found if found is not None else object()


# --- made-up settings --------------------------------------------------------------------------------------------

CANARY = 'canary-{}-7Q+/"4711'
"""A secret that looks different in every spelling: base64, in a URL, in JSON."""

PLAIN_SECRET = "canary-{}-7Q4711"
"""For a form that does not take every character."""

SHORT_SECRET = "canary4711"
"""For one that takes only a few."""


def _made_up(plugin: Plugin) -> dict[str, Any]:
    """A mailbox that its mailer knows, or whatever the form takes."""
    boxes = mailboxes(plugin)
    return dict(boxes[0].settings) if boxes else made_up_settings(plugin.info.settings)


def made_up_settings(model: type[Settings]) -> dict[str, Any]:
    """Settings that the connection's form takes, with canaries for secrets."""
    for canary in (CANARY, PLAIN_SECRET, SHORT_SECRET):
        made = {
            spec.name: canary.format(spec.name) if spec.kind == "secret" else value_of(model, spec)
            for spec in fields_of(model)
            if spec.required or spec.kind == "secret"
        }
        try:
            model.model_validate(made)
            return made
        except Exception:  # its validators are the plugin's, and may raise anything
            continue
    return made
