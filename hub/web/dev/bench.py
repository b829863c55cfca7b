"""What the author's page plays with. One a process, set by `hub dev` before the web begins."""

from __future__ import annotations

import json
import logging
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.core import redact
from hub.core.actions import Action
from hub.core.records import Trigger, Webhook
from hub.core.registry import Plugin
from hub.testing import answers, faults
from hub.testing.faults import Fault
from hub.testing.simulator import Simulator
from hub.testing.stores import MemoryInbox

FAULTS: dict[str, Fault] = {
    fault.name: fault
    for fault in (
        faults.status(401), faults.status(403), faults.status(404), faults.status(409), faults.status(422), faults.too_many("5"),
        faults.out_of_credit(), faults.status(500), faults.status(500, acts=True), faults.status(503), faults.reset(),
        faults.reset(acts=True), faults.slow(5), faults.cut_json(), faults.html(), faults.empty(), faults.nulls(),
        faults.extra_fields(), faults.lagging(2),
    )
}  # fmt: skip
"""The simulator's troubles that a real socket can play, by name."""

MOST_TOLD = 20


@dataclass
class Bench:
    """One plugin under development.

    Attributes:
        plans: action type → id of the plan that tries it.
        left_out: action type → why it has no plan, for its author.
        fixtures: file name → text, from the plugin's own tests.
        told: what the last acts came to, newest first.
    """

    plugin: Plugin
    simulator: Simulator
    account_id: int
    contact_id: int
    plans: Mapping[str, int]
    left_out: Mapping[str, str] = field(default_factory=dict)
    fixtures: Mapping[str, str] = field(default_factory=dict)
    inbox: MemoryInbox = field(default_factory=MemoryInbox)
    told: deque[tuple[str, str]] = field(default_factory=lambda: deque(maxlen=MOST_TOLD))

    @property
    def steps(self) -> list[tuple[Action, str]]:
        """Each action, with why it cannot be tried; empty when it can."""
        return [(action, self.left_out.get(action.type, "")) for action in self.plugin.actions]

    @property
    def webhooks(self) -> tuple[Webhook, ...]:
        """What may be pushed."""
        return tuple(way for way in self.plugin.ways_in if isinstance(way, Webhook))

    @property
    def triggers(self) -> tuple[Trigger, ...]:
        """What can be pulled."""
        return tuple(way for way in self.plugin.ways_in if isinstance(way, Trigger))

    @property
    def payloads(self) -> dict[str, str]:
        """Deliveries to begin with: the fixtures, and one made up for each webhook's model."""
        made = {f"{webhook.name} (made up)": _made_up(webhook, len(self.inbox.kept) + 1) for webhook in self.webhooks}
        return {**made, **self.fixtures}


def _made_up(webhook: Webhook, number: int) -> str:
    data: dict[str, Any] = answers.one(webhook.payload, {webhook.dedupe: f"delivery-{number}"})
    return json.dumps(data, indent=2)


class Overheard(logging.Handler):
    """What the dispatcher logs for the plugin's author (what the plugin raised, and on which line), told on the page, too."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(logging.WARNING)
        self._bench = bench

    def emit(self, record: logging.LogRecord) -> None:
        """Newest first, like everything that is told."""
        self._bench.told.appendleft(("plugin", redact.text(record.getMessage())))


_bench: Bench | None = None


def use(bench: Bench | None) -> None:
    """Name the bench of this process; it hears what the dispatcher says of the plugin."""
    global _bench
    _bench = bench
    log = logging.getLogger("hub.dispatch")
    for handler in [handler for handler in log.handlers if isinstance(handler, Overheard)]:
        log.removeHandler(handler)
    if bench is not None:
        log.addHandler(Overheard(bench))


def left_out() -> tuple[str, ...]:
    """Why actions have no plan, for whoever starts the hub."""
    return tuple(_bench.left_out.values()) if _bench is not None else ()


def current() -> Bench | None:
    """The bench of this process; None in every hub but an author's."""
    return _bench
