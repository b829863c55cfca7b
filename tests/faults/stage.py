"""A stage for schedules: workers, a vendor, a sweeper and a person whose every move is made by hand, in any order one likes.

A storm meets a dangerous moment by luck; here one is aimed at it. The moves are those of the real runner, cut where another
process may come between: claim, intent, the last look at the clock, the bytes' arrival at the vendor, the outcome. What is
written down is written by a real ledger (:mod:`tests.faults.stores`), and judged like any storm (:mod:`tests.faults.verdict`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from hub.core.effects import Effect, EffectClass, keyed, once, repeatable
from hub.core.outcomes import NotSent, Outcome, Rejected, Sent, Unknown, Wait
from hub.dispatch.classify import Conclusion, Wire
from hub.dispatch.gate import Do, Gate, gate
from hub.dispatch.ledger import Job, Settlement
from hub.dispatch.machine import after_call, after_check, after_gate, before_call
from hub.dispatch.requests import Denied, FrozenRequest, Granted, Intent
from tests.faults.history import Kept

DEADLINE = timedelta(seconds=30)
CLASSES: dict[str, tuple[Effect, bool]] = {
    "repeatable": (repeatable(), False),
    "keyed": (keyed("Idempotency-Key", "24h"), False),
    "lookup": (once("60s", strong=True), True),
    "blind": (once(), False),
}
"""Class → what its endpoint declares, and whether the action can look up."""

LATEST = timedelta(seconds=110)
"""The vendor keeps its word: ``max_processing`` is 120 seconds."""

BYTES = FrozenRequest("POST", "https://classes.example/things", (), b"{}")


class Desk(Protocol):
    """A worker's own view of the ledger."""

    def now(self) -> datetime: ...
    def claim(self, run_ids: Sequence[UUID]) -> Sequence[Job]: ...
    def claim_checks(self, run_ids: Sequence[UUID]) -> Sequence[Job]: ...
    def intend(self, intents: Sequence[Intent]) -> Sequence[Granted | Denied]: ...
    def settle(self, settlements: Sequence[Settlement]) -> None: ...


class Store(Protocol):
    """What a ledger is, beyond the words of its protocol, to those who play with it."""

    kept: Kept

    def enroll(self) -> None: ...
    def desk(self, name: str) -> Desk: ...
    def now(self) -> datetime: ...
    def advance(self, span: timedelta) -> None: ...
    def due(self) -> Sequence[UUID]: ...
    def checks(self) -> Sequence[UUID]: ...
    def next_moment(self) -> datetime | None: ...
    def sweep(self) -> None: ...
    def die(self, name: str) -> None: ...
    def pause(self) -> None: ...
    def unpause(self) -> None: ...
    def lock(self) -> None: ...
    def unlock(self) -> None: ...
    def tell(self) -> None: ...


@dataclass
class Vendor:
    """It de-duplicates as its class says it does, and no better: a key is known only once its request has been carried out."""

    klass: str
    kept: Kept
    now: Callable[[], datetime]
    done: list[str] = field(default_factory=list)
    coming: list[tuple[datetime, str, bool]] = field(default_factory=list)

    def arrives(self, ref: str, after: timedelta | None) -> None:
        """A request is read; it is carried out ``after`` so long, or never."""
        self.kept.write("call", ref=ref)
        fresh = ref not in self.done
        if after is not None:
            self.coming.append((self.now() + after, ref, fresh))
            self.work()

    def work(self) -> None:
        """Carry out what its time has come for."""
        ready = sorted(one for one in self.coming if one[0] <= self.now())
        self.coming = [one for one in self.coming if one[0] > self.now()]
        for _, ref, fresh in ready:
            same_place = self.klass == "repeatable" and ref in self.done
            same_key = self.klass == "keyed" and not fresh
            if not same_place and not same_key:
                self.done.append(ref)
                self.kept.write("effect", ref=ref, id=str(len(self.done)))


@dataclass
class Hold:
    """A run in a worker's hand."""

    job: Job
    not_after: datetime | None = None
    attempt: int | None = None
    left: bool = False
    end: Conclusion | None = None


class Stage:
    """See the module's docstring.

    Args:
        klass: of all steps.
    """

    def __init__(self, store: Store, klass: str) -> None:
        self.store, self.klass = store, klass
        self.effect, self.reconciles = CLASSES[klass]
        self.vendor = Vendor(klass, store.kept, store.now)
        self._desks: dict[str, Desk] = {}
        self.hands: dict[str, dict[UUID, Hold]] = {}

    # --- workers -----------------------------------------------------------------------------------------------

    def hand(self, who: str) -> dict[UUID, Hold]:
        """What a worker has; a new name is a new worker."""
        if who not in self._desks:
            self._desks[who] = self.store.desk(who)
            self.hands[who] = {}
        return self.hands[who]

    def claims(self, who: str) -> list[UUID]:
        """Take all that is due; what the gate stops is settled at once. Says what is in hand now."""
        hand, desk = self.hand(who), self._desks[who]
        for job in desk.claim(self.store.due()):
            stop = self._stopped(job)
            if stop is not None:
                desk.settle([stop])
            else:
                hand[job.run_id] = Hold(job)
        return list(hand)

    def _stopped(self, job: Job) -> Settlement | None:
        now = self.store.now()
        answer = gate(job.gate, now)
        if answer.do is not Do.GO:
            return Settlement(job, after_gate(job.standing, answer, now))
        stop = before_call(job.standing, job.effect, now)
        return Settlement(job, stop) if stop else None

    def intends(self, who: str, run: UUID) -> bool:
        """Write the intent down, with the deadline fixed before it. Says whether the request may leave."""
        hold, desk = self.hands[who][run], self._desks[who]
        hold.not_after = self.store.now() + DEADLINE
        [answer] = desk.intend([self._intent(hold.job)])
        if isinstance(answer, Granted):
            hold.attempt = answer.attempt
            return True
        del self.hands[who][run]
        if not answer.fenced:
            desk.settle([self._denied(hold.job, answer)])
        return False

    def _intent(self, job: Job) -> Intent:
        effect = job.effect or self.effect
        klass = self.effect.effect_class(reconciles=self.reconciles)
        return Intent(job.run_id, job.fence, job.frozen or BYTES, effect, klass, job.ref, DEADLINE)

    def _denied(self, job: Job, denied: Denied) -> Settlement:
        until = None if denied.seconds is None else self.store.now() + timedelta(seconds=denied.seconds)
        said = Gate(Do.HOLD if until is None else Do.WAIT, denied.code, denied.sentence, until)
        return Settlement(job, after_gate(job.standing, said, self.store.now()))

    def leaves(self, who: str, run: UUID) -> bool:
        """The last look at the clock before the first byte. Says whether the bytes are on their way."""
        hold = self.hands[who][run]
        assert hold.not_after is not None
        if self.store.now() > hold.not_after:
            hold.end = self._end(Wait("The connection stood too late."), Wire.NOT_SENT)
        else:
            hold.left = True
        return hold.left

    def arrives(self, who: str, run: UUID, mood: str = "well", after: timedelta = timedelta(0)) -> None:
        """The bytes reach the vendor, who takes them in some mood (:data:`MOODS`)."""
        hold = self.hands[who][run]
        acts, outcome, wire = MOODS[mood]
        self.vendor.arrives(hold.job.ref, after if acts else None)
        hold.end = self._end(outcome, wire)

    def sends(self, who: str, run: UUID, mood: str = "well", after: timedelta = timedelta(0)) -> None:
        """Both, one at once after the other."""
        if self.leaves(who, run):
            self.arrives(who, run, mood, after)

    def settles(self, who: str, run: UUID) -> None:
        """Write down what it came to."""
        hold = self.hands[who].pop(run)
        assert hold.end is not None
        move = after_call(hold.job.standing, hold.end, self.store.now(), 0.0)
        self._desks[who].settle([Settlement(hold.job, move, hold.end, hold.attempt)])

    def _end(self, outcome: Outcome, wire: Wire) -> Conclusion:
        klass: EffectClass = self.effect.effect_class(reconciles=self.reconciles)
        status = 201 if wire is Wire.ACTED else None
        return Conclusion(outcome, wire, self.effect_then, klass, DEADLINE, status, getattr(outcome, "reference", ""))

    @property
    def effect_then(self) -> Effect:
        """As an attempt of it is written down."""
        from dataclasses import replace

        return replace(self.effect, reconciles=self.reconciles)

    def goes_all_the_way(self, who: str, mood: str = "well", after: timedelta = timedelta(0)) -> None:
        """From claim to outcome, with nobody between."""
        for run in self.claims(who):
            if self.hands[who][run].attempt is None and self.intends(who, run):
                self.sends(who, run, mood, after)
                self.settles(who, run)

    def looks(self, who: str) -> None:
        """Ask the vendor about all whose look-up is due."""
        self.hand(who)
        desk = self._desks[who]
        self.vendor.work()
        for job in desk.claim_checks(self.store.checks()):
            found = job.ref in self.vendor.done
            finding: Outcome = Sent("thing") if found else NotSent()
            move = after_check(job.standing, finding, job.effect or self.effect, self.store.now())
            desk.settle([Settlement(job, move, Conclusion(finding, reference="thing" if found else ""))])

    def dies(self, who: str) -> None:
        """Ended by force; what it had in hand is forgotten, what it had sent is on its way."""
        self.hand(who)
        self.store.kept.write("kill", whom=who)
        self.store.die(who)
        del self._desks[who], self.hands[who]

    # --- everybody else ----------------------------------------------------------------------------------------

    def passes(self, **span: float) -> None:
        """Time."""
        self.store.advance(timedelta(**span))
        self.vendor.work()

    def rests(self, most: int = 200) -> None:
        """All is well from now on: who has something in hand finishes it, and a good worker does the rest."""
        for who, hand in self.hands.items():
            for run, hold in list(hand.items()):
                self._finish(who, run, hold)
        for _ in range(most):
            self._tidy()
            ahead = self.store.next_moment()
            if ahead is None:
                break
            self.passes(seconds=max(0.0, (ahead - self.store.now()).total_seconds()) + 0.01)
        self.passes(seconds=LATEST.total_seconds())
        self.store.kept.write("rest")
        self.store.tell()

    def _finish(self, who: str, run: UUID, hold: Hold) -> None:
        if hold.end is None and hold.attempt is None and not self.intends(who, run):
            return
        if hold.end is None and (hold.left or self.leaves(who, run)):
            self.arrives(who, run)
        self.settles(who, run)

    def _tidy(self) -> None:
        self.store.unpause()
        self.store.unlock()
        self.store.sweep()
        self.goes_all_the_way("the good worker")
        self.looks("the good worker")


MOODS: dict[str, tuple[bool, Outcome, Wire]] = {
    "well": (True, Sent("thing"), Wire.ACTED),
    "acts and hangs up": (True, Unknown(), Wire.UNCLEAR),
    "hangs up": (False, Unknown(), Wire.UNCLEAR),
    "refuses": (False, Rejected("No such campaign."), Wire.REFUSED),
    "slow down": (False, Wait("Too many requests."), Wire.REFUSED),
}
"""Mood → whether it acts, and what the sender is left with. Only who hangs up may act later."""
