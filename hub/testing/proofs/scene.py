"""A scene: one step of one action on the bench, from its first try to its rest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from hub.core.facts import Account, Contact
from hub.dispatch.states import State
from hub.testing.faults import Fault
from hub.testing.kit import ACME, ADA
from hub.testing.ledger import START, Run
from hub.testing.mail_faults import as_mail
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.case import Unproved
from hub.testing.proofs.process import SimulatedCrash
from hub.testing.proofs.shape import Shape
from hub.testing.proofs.spy import Turn

MOST_ROUNDS = 60
"""Tries and look-ups after which a run that is still not at rest never will be."""


class Scene:
    """Everything is put back when one is made."""

    def __init__(
        self,
        bench: Bench,
        shape: Shape,
        *,
        contact: Contact = ADA,
        account: Account = ACME,
        now: datetime = START,
        settings: Mapping[str, Any] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        bench.begin(shape.holdings, now)
        self.bench, self.shape = bench, shape
        wanted = shape.options if options is None else options
        given = shape.settings if settings is None else settings
        self.run: Run = bench.add(shape.action.type, wanted, contact, account, settings=given)

    def meets(self, *faults: Fault) -> Scene:
        """The vendor will have these troubles."""
        if self.shape.by_post:
            self.bench.mail.fail(*map(as_mail, faults))
        else:
            self.bench.fail(*faults)
        return self

    def dies(self, point: str, *, wakes: bool = False) -> Scene:
        """The process will die at this point, or hang."""
        self.bench.process.will(SimulatedCrash(point, wakes=wakes))
        return self

    def go(self) -> Scene:
        """The step's message reaches a worker; a worker that died over it is replaced by another."""
        self.bench.deliver(self.run)
        self.bury()
        return self

    def again(self) -> Scene:
        """Whatever it waits for is done now."""
        self.bench.again(self.run)
        self.bury()
        return self

    def bury(self, *, proved: bool = True) -> Scene:
        """Replace the process, if it is dead."""
        if not self.bench.process.alive:
            self.bench.process.replace(proved=proved)
        return self

    def rest(self) -> Scene:
        """Let time pass until the run is closed, held, or waits for a person."""
        for _ in range(MOST_ROUNDS):
            if self.run.state not in (State.SCHEDULED, State.UNKNOWN):
                return self
            due = self.due
            self.bench.clock.move_to(due if due else self.bench.clock.now() + timedelta(seconds=1))
            self.again()
        raise Unproved(f"After {MOST_ROUNDS} rounds the step is still {self.run.state}: {self.run.sentence}")

    def mend(self) -> Scene:
        """An admin puts the connection right and lets the held step go."""
        self.bench.ledger.release(self.run.id)
        return self

    @property
    def due(self) -> datetime | None:
        """When something happens next."""
        return self.run.next_check_at if self.run.state is State.UNKNOWN else self.run.due_at

    @property
    def waits(self) -> float:
        """Seconds until something happens next."""
        return (self.due - self.bench.clock.now()).total_seconds() if self.due else 0.0

    @property
    def effects(self) -> int:
        """How often the vendor acted for this step; a sending that changed nothing once more is not counted."""
        if self.shape.by_post:
            return len(self.bench.mail.outbox)
        effects = self.bench.vendor.effects
        return len({(one.path, one.id) for one in effects}) if self.shape.repeatable else len(effects)

    @property
    def tries(self) -> list[Turn]:
        """The calls of the action's own function."""
        return [turn for turn in self.bench.turns if turn.what == "action"]
