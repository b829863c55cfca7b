"""Where one action is carried out: the production dispatcher, a ledger in memory, and the vendor or its simulator."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from hub.core.egress import Egress
from hub.core.facts import Contact
from hub.core.registry import Claim, Plugin, Registry
from hub.dispatch.batch import dispatch
from hub.dispatch.outside import Outside
from hub.dispatch.runner import Runner
from hub.dispatch.states import State
from hub.testing.kit import ACME, MOST_ROUNDS
from hub.testing.ledger import MemoryLedger, Run, VirtualClock
from hub.testing.mail import MailServer
from hub.testing.simulator import Simulator
from hub.testing.simulator_fronts import maker


class RealClock(VirtualClock):
    """The time of this machine: a live vendor lives in it, too."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class Bench:
    """Use it as a context, or ``close`` it.

    Args:
        live: speak to the vendor; otherwise the simulator answers and time passes at once.
        base_url: live, another address of the vendor; the person who typed it answers for it, so it may be a private one.
    """

    def __init__(self, plugin: Plugin, *, live: bool = False, base_url: str = "") -> None:
        self.plugin, self.live = plugin, live
        self.registry = Registry({plugin.info.name: plugin}, (), {a.type: Claim(plugin, a) for a in plugin.actions})
        self.vendor = Simulator(plugin.info)
        self.clock = RealClock() if live else VirtualClock()
        self.mail = MailServer(self.clock.now)
        self.outside = _alive(plugin, base_url) if live else Outside(Egress(), make_transport=maker(self.vendor))
        if not live:
            self.outside.office = self.mail
        self._ledger = MemoryLedger(self.registry, self.clock, "shell")
        self._runner = Runner(self._ledger, self.registry, self.outside)

    def run(self, action_type: str, contact: Contact, options: Mapping[str, Any], settings: Mapping[str, Any]) -> Run:
        """Carry it out: live once, against the simulator until it is at rest."""
        run = self._ledger.add(action_type, contact, account=ACME, options=options, settings=settings)
        dispatch([run.id], self._ledger, self._runner)
        for _ in range(0 if self.live else MOST_ROUNDS):
            due = run.next_check_at if run.state is State.UNKNOWN else run.due_at
            if run.state not in (State.SCHEDULED, State.UNKNOWN) or due is None:
                break
            self.clock.move_to(due)
            if run.state is State.UNKNOWN:
                self._runner.check(self._ledger.checks_due())
            else:
                dispatch([run.id], self._ledger, self._runner)
        return run

    def close(self) -> None:
        """End the loop's thread."""
        self._runner.close()
        self.outside.close()

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _alive(plugin: Plugin, base_url: str) -> Outside:
    if not base_url:
        return Outside(Egress())
    parts = urlsplit(base_url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return Outside(Egress.of([f"{parts.hostname}:{port}"]), {plugin.info.name: base_url})
