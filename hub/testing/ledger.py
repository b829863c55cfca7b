"""The memory ledger: the laws of :mod:`hub.dispatch.ledger` in a dictionary.

It is a real ledger, not a mock: the same machine, the same guards, the same refusals. What it lacks is durability, and that
is what the SQL ledger is for. One suite (``tests/contract``) proves both against the same laws.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from hub.core.effects import Effect, EffectClass
from hub.core.facts import Account, Contact
from hub.core.facts import missing as lacking
from hub.core.registry import Registry
from hub.dispatch.gate import GateFacts
from hub.dispatch.ledger import Job, Settlement
from hub.dispatch.machine import Move, Standing, after_crash
from hub.dispatch.requests import Denied, FrozenRequest, Granted, Intent
from hub.dispatch.states import CLOSED, State

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday morning: the virtual clock begins here unless told otherwise."""


class VirtualClock:
    """Time that passes when it is told to."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start

    def now(self) -> datetime:
        """The time."""
        return self._now

    def advance(self, **span: float) -> datetime:
        """Let time pass: ``clock.advance(hours=2)``."""
        self._now += timedelta(**span)
        return self._now

    def move_to(self, moment: datetime) -> datetime:
        """Let time pass up to a moment; never back."""
        self._now = max(self._now, moment)
        return self._now


@dataclass
class Attempt:
    """One written-down intent and what became of it."""

    n: int
    request: FrozenRequest
    effect: Effect
    effect_class: EffectClass
    key: str
    at: datetime
    deadline: timedelta
    outcome: str = ""
    open: bool = True


@dataclass
class Run:
    """A step run in memory."""

    id: UUID
    action_type: str
    ref: str
    contact: Contact
    account: Account
    options: Mapping[str, Any]
    settings: Mapping[str, Any]
    state: State = State.SCHEDULED
    due_at: datetime = START
    next_check_at: datetime | None = None
    fence: int = 0
    attempts: int = 0
    open_attempts: int = 0
    crashes: int = 0
    checks: int = 0
    not_found: int = 0
    since: datetime | None = None
    unknown_at: datetime | None = None
    code: str = ""
    sentence: str = ""
    reference: str = ""
    tries: list[Attempt] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    changes: list[Any] = field(default_factory=list)
    moves: list[State] = field(default_factory=list)
    empty_tokens: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        """The last line in the contact's history."""
        return self.notes[-1] if self.notes else ""

    @property
    def closed(self) -> bool:
        return self.state in CLOSED

    def standing(self) -> Standing:
        """What the machine is told."""
        return Standing(self.state, self.attempts, self.open_attempts, self.crashes, self.checks, self.not_found,
                        self.since, self.unknown_at)  # fmt: skip


class MemoryLedger:
    """Keeps step runs in memory. Threads may share it."""

    def __init__(self, registry: Registry, clock: VirtualClock | None = None, installation: str = "kit") -> None:
        self.runs: dict[UUID, Run] = {}
        self.clock = clock or VirtualClock()
        self.paused = False
        self.refused_connections: dict[str, str] = {}
        self._registry, self._installation = registry, installation
        self._lock = threading.RLock()

    def now(self) -> datetime:
        """The virtual time."""
        return self.clock.now()

    def add(
        self,
        action_type: str,
        contact: Contact,
        *,
        account: Account | None = None,
        options: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] | None = None,
        due_at: datetime | None = None,
    ) -> Run:
        """Schedule one step."""
        id_ = uuid4()
        run = Run(
            id_, action_type, f"hub-{self._installation}-{id_.hex}-0", contact, account or Account(id="1"),
            options or {}, settings or {}, due_at=due_at or self.now(),
        )  # fmt: skip
        with self._lock:
            self.runs[id_] = run
        return run

    # --- the laws ----------------------------------------------------------------------------------------------

    def claim(self, run_ids: Sequence[UUID]) -> Sequence[Job]:
        """Law 1: only what is scheduled and due, and the fence goes up."""
        with self._lock:
            found = (self.runs.get(run_id) for run_id in dict.fromkeys(run_ids))
            ready = [run for run in found if run and run.state is State.SCHEDULED and run.due_at <= self.now()]
            return [self._claimed(run) for run in ready]

    def intend(self, intents: Sequence[Intent]) -> Sequence[Granted | Denied]:
        """Law 2: written down before it leaves."""
        with self._lock:
            return [self._intend(intent) for intent in intents]

    def settle(self, settlements: Sequence[Settlement]) -> None:
        """Law 3: only where it is still ours; late proof is welcome."""
        with self._lock:
            for settlement in settlements:
                self._settle(settlement)

    def sweep(self, gone: Iterable[UUID] | None = None) -> None:
        """The worker that held these runs (all, when none are named) is gone."""
        with self._lock:
            for run in self.runs.values():
                if run.state in (State.CLAIMED, State.CALLING) and (gone is None or run.id in set(gone)):
                    self._crashed(run)

    def checks_due(self) -> Sequence[Job]:
        """Unknown runs whose look-up is due."""
        with self._lock:
            due = [run for run in self.runs.values() if run.state is State.UNKNOWN and run.next_check_at]
            return [self._claimed(run, State.UNKNOWN) for run in due if (run.next_check_at or START) <= self.now()]

    # --- details -----------------------------------------------------------------------------------------------

    def _claimed(self, run: Run, state: State = State.CLAIMED) -> Job:
        run.state, run.fence = state, run.fence + 1
        attempt = next((a for a in run.tries if a.open), None)
        settings = run.settings
        return Job(
            run.id, run.fence, run.ref, run.action_type, self._gate_facts(run), run.standing(), run.contact, run.account,
            run.options, lambda: settings, attempt.request if attempt else None, attempt.effect if attempt else None,
        )  # fmt: skip

    def _gate_facts(self, run: Run) -> GateFacts:
        claim = self._registry.claim(run.action_type)
        addon = run.action_type.partition(".")[0]
        refused = self.refused_connections.get(addon, "")
        return GateFacts(
            account_status="paused" if self.paused else "active",
            claimed=claim is not None,
            connection_ok=not refused,
            connection_reason=refused,
            missing=lacking(run.contact, claim.action.needs) if claim else (),
            open_attempts=run.open_attempts,
        )

    def _intend(self, intent: Intent) -> Granted | Denied:
        run = self.runs.get(intent.run_id)
        if run is None or run.fence != intent.fence or run.state is not State.CLAIMED:
            return Denied(fenced=True)
        if self.paused:
            return Denied(code="account_paused", sentence="The account is paused.")
        run.state = State.CALLING
        run.attempts, run.since = run.attempts + 1, run.since or self.now()
        n = len(run.tries) + 1
        run.tries.append(
            Attempt(n, intent.request, intent.effect, intent.effect_class, intent.key, self.now(), intent.deadline)
        )
        return Granted(n, intent.request)

    def _settle(self, settlement: Settlement) -> None:
        run, job = self.runs[settlement.job.run_id], settlement.job
        expected = job.standing.state if settlement.intended is None else State.CALLING
        if run.fence == job.fence and run.state is expected:
            self._write(run, settlement.move, settlement)
        elif _late_proof(run, settlement):
            self._write(run, replace(settlement.move, sentence="Late proof: it had been done."), settlement)

    def _write(self, run: Run, move: Move, settlement: Settlement) -> None:
        before = run.state
        self._move(run, move)
        end = settlement.conclusion
        if settlement.intended is not None and end is not None:
            attempt = run.tries[settlement.intended - 1]
            attempt.outcome, attempt.open = str(end.wire), end.wire == "unclear"
        if run.state is State.DONE and end is not None:
            run.reference, run.empty_tokens = end.reference, settlement.empty_tokens
            run.changes.extend(getattr(end.outcome, "changes", ()))
        if run.state is State.HELD and move.code == "connection":
            self.refused_connections[run.action_type.partition(".")[0]] = move.sentence
        if run.state is not before or move.sentence:
            run.notes.append(move.sentence)

    def _move(self, run: Run, move: Move) -> None:
        run.moves.append(move.to)
        if move.to is State.UNKNOWN and run.state is not State.UNKNOWN:
            run.unknown_at = self.now()
        run.state, run.code, run.sentence = move.to, move.code, move.sentence
        run.attempts, run.open_attempts, run.crashes = move.attempts, move.open_attempts, move.crashes
        run.checks, run.not_found, run.next_check_at = move.checks, move.not_found, move.next_check_at
        run.due_at = move.due_at or self.now()

    def _crashed(self, run: Run) -> None:
        attempt = run.tries[-1] if run.tries and run.state is State.CALLING else None
        effect, klass = (attempt.effect, attempt.effect_class) if attempt else (None, None)
        run.fence += 1
        self._move(run, after_crash(run.standing(), effect, klass, self.now()))


def _late_proof(run: Run, settlement: Settlement) -> bool:
    """A worker thought dead comes home with the vendor's own answer: that proof is worth more than our guess."""
    proof = settlement.move.to is State.DONE and settlement.intended is not None
    return proof and run.state in (State.UNKNOWN, State.REVIEW, State.SCHEDULED)
