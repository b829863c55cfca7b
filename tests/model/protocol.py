"""The protocol of ``hub.engine`` as a small machine whose every state can be visited: two workers, one row, one vendor.

Time is told by the age of an attempt (its *deadline* has passed; its *floor* has passed: deadline and ``max_processing``) and by
whether the vendor's lists have *settled* since sight of it was lost. A deadline may pass at any moment. The other two pass only
when the vendor has done with what has left, for that is what the vendor promises; a process that was stopped between its last
look at the clock and its first byte keeps no promise, and may wake later.

Each rule of the protocol is a flag of :class:`Rules`. :mod:`tests.model.explore` walks through all that can happen with it and
without it. Only for *keyed* and *repeatable* the last look and the first byte are one step: there the residual risk that
engine.md 7 names (stopped between the two, and awake again while the second sending is worked on) stays outside.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

YOUNG, LATE, OLD = 0, 1, 2
"""Ages of an attempt: within its deadline, past it, past its floor."""

AT_WORK = frozenset({"wire", "working", "working again"})
"""Of a request that has left: what may still come of it."""

GOOD = frozenset({"done", "failed", "review"})
"""Where a row may rest: it has ended, or a person is asked."""


@dataclass(frozen=True)
class Rules:
    """What the protocol keeps. Each may be left out."""

    write_ahead: bool = True
    fence: bool = True
    floor: bool = True
    asks_twice: bool = True
    waits_from_the_loss: bool = True
    same_key: bool = True
    proof_of_death: bool = True
    barrier: bool = True
    open_counts: bool = True


@dataclass(frozen=True)
class Bounds:
    """How far is looked."""

    attempts: int = 2
    deaths: int = 2
    workers: int = 2
    pauses: bool = False


class Attempt(NamedTuple):
    """One request.

    Attributes:
        message: ``""`` (still here), ``checked`` (past the last look), ``wire``, ``working``, ``working again`` (the vendor
            knew its key when it came), ``acted``, ``refused``, ``dropped``.
        gone: it was written down that its sender is surely gone.
    """

    message: str = ""
    age: int = YOUNG
    gone: bool = False


class Worker(NamedTuple):
    """One process, and how far it is with the row it holds.

    Attributes:
        phase: ``idle``, ``claimed``, ``intended``, ``checked``, ``waiting``, or what it will report: ``yes``, ``refused``,
            ``not sent``, ``unclear``.
        ours: its fence is the row's. Numbers would make the states endless, and only this is asked of them.
        open: how many attempts were open when it claimed.
    """

    phase: str = "idle"
    ours: bool = False
    attempt: int = -1
    open: int = 0


class State(NamedTuple):
    """All there is."""

    row: str = "scheduled"
    open: int = 0
    not_found: int = 0
    attempts: tuple[Attempt, ...] = ()
    workers: tuple[Worker, ...] = ()
    effects: int = 0
    deaths: int = 0
    paused: bool = False
    was_paused: bool = False
    settled: bool = False
    """``max_processing`` and *settle* have passed since the row became unknown."""
    slipped: bool = False
    """An intent was written while the account was paused."""


Step = tuple[str, State]
IDLE = Worker()


class Protocol:
    """One effect class under some rules.

    Args:
        klass: ``blind``, ``lookup``, ``keyed`` or ``repeatable``.
    """

    def __init__(self, klass: str, rules: Rules | None = None, bounds: Bounds | None = None) -> None:
        self.klass, self.rules, self.bounds = klass, rules or Rules(), bounds or Bounds()
        self.again = klass in ("keyed", "repeatable")

    def first(self) -> State:
        """A step that is due."""
        return State(workers=(IDLE,) * self.bounds.workers)

    def steps(self, s: State) -> Iterator[Step]:
        """All that can happen next."""
        for number, worker in enumerate(s.workers):
            yield from self._of_worker(s, number, worker)
        for number, attempt in enumerate(s.attempts):
            yield from self._of_vendor(s, number, attempt)
        yield from self._of_sweeper(s)
        yield from self._of_reconciler(s)
        if self.bounds.pauses:
            yield from self._of_people(s)

    # --- a worker ----------------------------------------------------------------------------------------------

    def _of_worker(self, s: State, who: int, w: Worker) -> Iterator[Step]:
        name = f"worker {who}"
        if w.phase == "idle":
            if self._may_be_claimed(s):
                mine = Worker("claimed", True, -1, s.open)
                yield f"{name} claims", self._with(self._to(s, "claimed"), who, mine)
            return
        if s.deaths < self.bounds.deaths:
            yield f"{name} dies", self._dead(s, who, w)
        if w.phase == "claimed":
            yield self._intends(s, who, w, name)
        elif w.phase == "intended":
            yield self._looks_at_the_clock(s, who, w, name)
        elif w.phase == "checked":
            yield f"{name} sends", self._message(self._with(s, who, w._replace(phase="waiting")), w.attempt, "wire")
        elif w.phase == "waiting":
            yield from self._hears(s, who, w, name)
        else:
            yield f"{name} reports {w.phase}", self._settled(s, who, w)

    def _may_be_claimed(self, s: State) -> bool:
        if s.row != "scheduled" or s.paused:
            return False
        return not s.open or not self.rules.floor or s.attempts[-1].age == OLD

    def _dead(self, s: State, who: int, w: Worker) -> State:
        after = self._with(s, who, IDLE)._replace(deaths=s.deaths + 1)
        never_left = w.phase in ("intended", "checked")
        return self._message(after, w.attempt, "dropped") if never_left else after

    def _intends(self, s: State, who: int, w: Worker, name: str) -> Step:
        if s.row != "claimed" or not w.ours:
            return f"{name} finds the row taken", self._with(s, who, IDLE)
        if s.paused and self.rules.barrier:
            return f"{name} finds the account paused", self._to(self._with(s, who, IDLE), "scheduled")
        mine = w._replace(phase="intended", attempt=len(s.attempts))
        row = "calling" if self.rules.write_ahead else s.row
        after = self._with(s, who, mine)._replace(attempts=(*s.attempts, Attempt()), row=row)
        return f"{name} writes its intent down", after._replace(slipped=s.slipped or s.paused)

    def _looks_at_the_clock(self, s: State, who: int, w: Worker, name: str) -> Step:
        if s.attempts[w.attempt].age > YOUNG:
            late = self._message(self._with(s, who, w._replace(phase="not sent")), w.attempt, "dropped")
            return f"{name} is too late to send", late
        if self.again:
            return f"{name} sends", self._message(self._with(s, who, w._replace(phase="waiting")), w.attempt, "wire")
        checked = self._message(self._with(s, who, w._replace(phase="checked")), w.attempt, "checked")
        return f"{name} sees that it is not too late", checked

    def _hears(self, s: State, who: int, w: Worker, name: str) -> Iterator[Step]:
        message = s.attempts[w.attempt].message
        if message == "acted":
            yield f"{name} hears yes", self._with(s, who, w._replace(phase="yes"))
        if message == "refused":
            yield f"{name} hears no", self._with(s, who, w._replace(phase="refused"))
        yield f"{name} hears nothing", self._with(s, who, w._replace(phase="unclear"))

    def _settled(self, s: State, who: int, w: Worker) -> State:
        after = self._with(s, who, IDLE)
        held = "calling" if self.rules.write_ahead else "claimed"
        if s.row == held and (w.ours or not self.rules.fence):
            return self._moved(self._gone(after, w.attempt), w)
        if w.phase == "yes" and s.row in ("unknown", "review", "scheduled"):
            return self._to(after, "done", open=0)
        return after

    def _moved(self, s: State, w: Worker) -> State:
        if w.phase == "yes":
            return self._to(s, "done", open=0)
        if w.phase == "refused":
            still_open = w.open and self.rules.open_counts
            return self._to(s, "review" if still_open else "failed")
        if w.phase == "not sent":
            return self._to(s, "scheduled" if len(s.attempts) < self.bounds.attempts else "review")
        return self._unclear(s)

    def _unclear(self, s: State) -> State:
        """What an unclear attempt leads to depends on its class."""
        if self.klass == "lookup":
            return self._to(s, "unknown", open=s.open + 1, not_found=0, settled=False)
        if self.klass == "blind" or len(s.attempts) >= self.bounds.attempts:
            return self._to(s, "review", open=s.open + 1)
        return self._to(s, "scheduled", open=s.open + 1)

    # --- the vendor, and time ----------------------------------------------------------------------------------

    def _of_vendor(self, s: State, number: int, a: Attempt) -> Iterator[Step]:
        name = f"request {number}"
        if a.message == "wire":
            known = self.klass == "keyed" and self.rules.same_key and s.effects > 0
            yield f"{name} arrives", self._message(s, number, "working again" if known else "working")
            yield f"{name} is lost", self._message(s, number, "dropped")
        elif a.message in AT_WORK:
            yield f"the vendor acts on {name}", self._message(self._acted(s, a), number, "acted")
            yield f"the vendor refuses {name}", self._message(s, number, "refused")
        if a.age == YOUNG:
            yield f"the deadline of {name} passes", self._aged(s, number, LATE)
        elif a.age == LATE and a.message not in AT_WORK:
            yield f"the floor of {name} passes", self._aged(s, number, OLD)

    def _acted(self, s: State, a: Attempt) -> State:
        same = a.message == "working again" or (self.klass == "repeatable" and s.effects > 0)
        return s if same else s._replace(effects=s.effects + 1)

    # --- sweeper and reconciler --------------------------------------------------------------------------------

    def _of_sweeper(self, s: State) -> Iterator[Step]:
        if s.row not in ("claimed", "calling"):
            return
        alive = any(w.ours for w in s.workers)
        if s.row == "claimed":
            holder = "the living" if alive else "the dead"
            yield f"a sweeper takes the row back from {holder}", self._to(s, "scheduled")
        elif not alive:
            yield "a sweeper takes the row from the dead", self._swept(s, gone=True)
        elif s.attempts[-1].age > YOUNG:
            believed_dead = not self.rules.proof_of_death
            yield "a sweeper takes the row from one who has it too long", self._swept(s, gone=believed_dead)

    def _swept(self, s: State, *, gone: bool) -> State:
        after = self._gone(s, len(s.attempts) - 1) if gone else s
        return self._unclear(after)

    def _of_reconciler(self, s: State) -> Iterator[Step]:
        if s.row != "unknown":
            return
        if not s.settled and not any(a.message in AT_WORK for a in s.attempts):
            yield "the vendor's lists have settled", s._replace(settled=True)
        if s.effects:
            yield "the vendor's list shows it", self._to(s, "done", open=0)
        if not s.effects or not s.settled:  # a list may lag behind
            yield "the vendor's list does not show it", self._not_found(s, s.attempts[-1])

    def _not_found(self, s: State, last: Attempt) -> State:
        seen = min(s.not_found + 1, 2)
        believed = not self.rules.asks_twice or (seen == 2 and self._waited_long_enough(s, last))
        if believed and (last.gone or not self.rules.asks_twice):
            return self._to(s, "scheduled" if len(s.attempts) < self.bounds.attempts else "review", open=0, not_found=0)
        return self._to(s, "review" if believed else "unknown", not_found=seen)

    def _waited_long_enough(self, s: State, last: Attempt) -> bool:
        """Since sight of it was lost, and not since it was written down: who was stopped before the first byte sent it later."""
        return s.settled if self.rules.waits_from_the_loss else last.age == OLD

    # --- people ------------------------------------------------------------------------------------------------

    def _of_people(self, s: State) -> Iterator[Step]:
        if s.paused:
            yield "the account goes on", s._replace(paused=False)
        elif not s.was_paused:
            yield "the account is paused", s._replace(paused=True, was_paused=True)

    # --- details -----------------------------------------------------------------------------------------------

    @staticmethod
    def _to(s: State, row: str, **more: int) -> State:
        """Write the row: every change of its state raises the fence, so whoever held it holds it no more."""
        workers = tuple(w._replace(ours=False) if w.ours else w for w in s.workers)
        return s._replace(row=row, workers=workers, **more)

    @staticmethod
    def _with(s: State, who: int, worker: Worker) -> State:
        return s._replace(workers=(*s.workers[:who], worker, *s.workers[who + 1 :]))

    @staticmethod
    def _message(s: State, number: int, message: str) -> State:
        return _attempt(s, number, s.attempts[number]._replace(message=message))

    @staticmethod
    def _aged(s: State, number: int, age: int) -> State:
        return _attempt(s, number, s.attempts[number]._replace(age=age))

    @staticmethod
    def _gone(s: State, number: int) -> State:
        return _attempt(s, number, s.attempts[number]._replace(gone=True))


def _attempt(s: State, number: int, attempt: Attempt) -> State:
    return s._replace(attempts=(*s.attempts[:number], attempt, *s.attempts[number + 1 :]))


def wrong(s: State) -> str:
    """What is wrong with a state as it stands; empty when nothing is."""
    if s.effects > 1:
        return "twice"
    if s.row == "done" and not s.effects:
        return "false done"
    if s.row == "failed" and s.effects:
        return "false failed"
    return "after the pause" if s.slipped else ""
