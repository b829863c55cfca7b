"""One worker process as the ledger and the vendor see it: it lives, it hangs, or it is dead.

A death is played, not died: from a named point (:mod:`hub.dispatch.crash`) on, nothing that the process says reaches the store
and nothing that it sends leaves. What had left before has left. A process that hangs is the same, except that it may wake up and
say then what it had wanted to say, which is how a worker thought dead comes home with proof.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.dispatch.ledger import Job, Settlement
from hub.dispatch.requests import Denied, Granted, Intent
from hub.testing.ledger import MemoryLedger


@dataclass(slots=True)
class SimulatedCrash:
    """What shall happen at a point.

    Attributes:
        point: a name from :data:`hub.dispatch.crash.POINTS`.
        nth: the how-many-eth time it is reached.
        wakes: the process only hangs.
    """

    point: str
    nth: int = 1
    wakes: bool = False


class Process:
    """Stands between the runner and the memory ledger. One object plays one process after the other.

    Attributes:
        said: everything that was settled since :meth:`begin`, to be searched for secrets.
    """

    def __init__(self, ledger: MemoryLedger) -> None:
        self.ledger = ledger
        self.alive = True
        self._crash: SimulatedCrash | None = None
        self._unsaid: list[Settlement] = []
        self.said: list[Settlement] = []

    def begin(self, ledger: MemoryLedger) -> None:
        """A new process on another store."""
        self.ledger, self.alive, self._crash = ledger, True, None
        self._unsaid.clear()
        self.said.clear()

    def will(self, crash: SimulatedCrash) -> None:
        """Die, or hang, when this point is reached."""
        self._crash = crash

    def reached(self, point: str) -> None:
        """The runner came to a point."""
        if self._crash is None or self._crash.point != point:
            return
        self._crash.nth -= 1
        if self._crash.nth <= 0:
            self.alive = False

    def replace(self, *, proved: bool = True) -> None:
        """Another process takes over, and what the old one held is swept: it is gone, or (not ``proved``) only out of sight."""
        self.alive, self._crash = True, None
        self.ledger.sweep(proved=proved)

    def wake(self) -> None:
        """The process that hung says what it had wanted to say."""
        said, self._unsaid = self._unsaid, []
        self.ledger.settle(said)

    # --- the ledger's protocol ---------------------------------------------------------------------------------

    def now(self) -> datetime:
        """The store's time."""
        return self.ledger.now()

    def claim(self, run_ids: Sequence[UUID]) -> Sequence[Job]:
        """A dead process claims nothing."""
        return self.ledger.claim(run_ids) if self.alive else []

    def intend(self, intents: Sequence[Intent]) -> Sequence[Granted | Denied]:
        """A dead process writes nothing down, so it may send nothing."""
        return self.ledger.intend(intents) if self.alive else [Denied(fenced=True)] * len(intents)

    def settle(self, settlements: Sequence[Settlement]) -> None:
        """A dead process's word is lost; that of one that hangs is kept until it wakes."""
        self.said.extend(settlements)
        if self.alive:
            self.ledger.settle(settlements)
        elif self._crash is not None and self._crash.wakes:
            self._unsaid.extend(settlements)
