"""The memory ledger: the laws of :mod:`hub.dispatch.ledger` in a dictionary.

It is a real ledger, not a mock: the same machine, the same guards, the same refusals. What it lacks is durability, and that
is what the SQL ledger is for. One suite (``tests/contract``) proves both against the same laws.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from hub.core.effects import Effect
from hub.core.endpoints import DEADLINE
from hub.core.facts import Account, Contact
from hub.core.facts import missing as lacking
from hub.core.outcomes import Wait
from hub.core.registry import Registry
from hub.dispatch.classify import Conclusion, Wire
from hub.dispatch.gate import GateFacts, Hold
from hub.dispatch.ledger import Job, Settlement
from hub.dispatch.machine import LOOK_UP, Move, after_crash
from hub.dispatch.requests import Denied, Granted, Intent
from hub.dispatch.states import HELD_BY_WORKER, State, allowed
from hub.testing.runs import START, Attempt, Run, VirtualClock
from hub.testing.sign_ins import MemorySignIn

__all__ = ["START", "Attempt", "MemoryLedger", "Run", "VirtualClock"]


class MemoryLedger:
    """Keeps step runs in memory. Threads may share it."""

    def __init__(self, registry: Registry, clock: VirtualClock | None = None, installation: str = "kit") -> None:
        self.runs: dict[UUID, Run] = {}
        self.clock = clock or VirtualClock()
        self.paused = False
        self.refused_connections: dict[str, str] = {}
        self.blocked_until: dict[str, datetime] = {}
        self.sign_in: MemorySignIn | None = None
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
        id_: UUID | None = None,
    ) -> Run:
        """Schedule one step. Its reference follows from its id, which is a new one unless given."""
        id_ = id_ or uuid4()
        run = Run(
            id_, action_type, f"hub-{self._installation}-{id_.hex}-0", contact, account or Account(id="1"),
            options or {}, settings or {}, due_at=due_at or self.now(),
        )  # fmt: skip
        with self._lock:
            self.runs[id_] = run
        return run

    def cancel(self, run_id: UUID) -> None:
        """A person takes the contact off the plan. What is being sent is not stopped; everything else is, at its next turn."""
        with self._lock:
            self.runs[run_id].cancel_requested = True

    def release(self, run_id: UUID) -> None:
        """The cause of a hold is gone: the run is due again."""
        with self._lock:
            run = self.runs[run_id]
            if run.state is State.HELD:
                self.refused_connections.pop(_addon(run), None)
                self._to(run, State.SCHEDULED)
                run.due_at = self.now()

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

    def sweep(self, gone: Iterable[UUID] | None = None, *, proved: bool = True) -> None:
        """The worker that held these runs (all, when none are named) is gone, or (not ``proved``) only out of sight."""
        wanted = None if gone is None else set(gone)
        with self._lock:
            for run in self.runs.values():
                if run.state in HELD_BY_WORKER and (wanted is None or run.id in wanted):
                    self._crashed(run, proved)

    def checks_due(self) -> Sequence[Job]:
        """Unknown runs whose look-up is due."""
        with self._lock:
            due = [run for run in self.runs.values() if run.state is State.UNKNOWN and run.next_check_at]
            return [self._looking(run) for run in due if (run.next_check_at or START) <= self.now()]

    # --- details -----------------------------------------------------------------------------------------------

    def _looking(self, run: Run) -> Job:
        run.next_check_at = self.now() + LOOK_UP
        return self._claimed(run, State.UNKNOWN)

    def _claimed(self, run: Run, state: State = State.CLAIMED) -> Job:
        self._to(run, state)
        run.fence += 1
        attempt = next((a for a in run.tries if a.open), None)
        gone = all(a.sender_gone for a in run.tries if a.open)
        settings = run.settings
        return Job(
            run.id, run.fence, run.ref, run.action_type, self._gate_facts(run), run.standing(), run.contact, run.account,
            run.options, lambda: settings, attempt.request if attempt else None, _trusted(attempt, gone),
            sign_in=self.sign_in.for_job(settings) if self.sign_in else None,
        )  # fmt: skip

    def _gate_facts(self, run: Run) -> GateFacts:
        claim = self._registry.claim(run.action_type)
        refused = self.refused_connections.get(_addon(run), "") or (self.sign_in.refused if self.sign_in else "")
        return GateFacts(
            account_status="paused" if self.paused else "active",
            claimed=claim is not None,
            connection_ok=not refused,
            connection_reason=refused,
            blocked_until=self.blocked_until.get(_addon(run)),
            cancel_requested=run.cancel_requested,
            missing=lacking(run.contact, claim.action.needs_of(run.contact)) if claim else (),
            open_attempts=run.open_attempts,
        )

    def _intend(self, intent: Intent) -> Granted | Denied:
        run = self.runs.get(intent.run_id)
        if run is None or run.fence != intent.fence:
            return Denied(fenced=True)
        if run.state is State.CALLING:
            return _mine_already(run, intent) or Denied(fenced=True)
        if run.state is not State.CLAIMED:
            return Denied(fenced=True)
        if run.cancel_requested:
            return Denied(code="stopped", sentence="The contact was taken off the plan.", seconds=0)
        if self.paused:
            return Denied(code="account_paused", sentence="The account is paused.")
        return self._granted(run, intent)

    def _granted(self, run: Run, intent: Intent) -> Granted:
        self._to(run, State.CALLING)
        run.attempts, run.since = run.attempts + 1, run.since or self.now()
        n = len(run.tries) + 1
        run.tries.append(
            Attempt(
                n, intent.request, intent.effect, intent.effect_class, intent.key, self.now(), intent.deadline,
                intent.fence,
            )
        )  # fmt: skip
        return Granted(n, intent.request)

    def _settle(self, settlement: Settlement) -> None:
        run, job = self.runs[settlement.job.run_id], settlement.job
        expected = job.standing.state if settlement.intended is None else State.CALLING
        if run.fence == job.fence and run.state is expected:
            self._write(run, settlement.move, settlement)
        elif _late_proof(run, settlement):
            self._write(run, _late(run, settlement.move), settlement)

    def _write(self, run: Run, move: Move, settlement: Settlement) -> None:
        before, end = run.state, settlement.conclusion
        self._move(run, move)
        run.fence += 1  # a second call with the same settlement finds another fence
        self._close_attempts(run, settlement)
        if end is not None:
            self._follow(run, move, end, settlement.empty_tokens)
        if run.state is not before or move.sentence:
            run.notes.append(move.sentence)

    def _close_attempts(self, run: Run, settlement: Settlement) -> None:
        if settlement.intended is not None and settlement.conclusion is not None:
            wire, attempt = settlement.conclusion.wire, run.tries[settlement.intended - 1]
            attempt.outcome, attempt.open = str(wire), wire is Wire.UNCLEAR
            attempt.sender_gone = True  # it is telling us itself
        if not run.open_attempts:  # the proof of one attempt settles every earlier one
            for attempt in run.tries:
                attempt.open = False

    def _follow(self, run: Run, move: Move, end: Conclusion, empty: tuple[str, ...]) -> None:
        """What the outcome means for others: the contact's record, the connection."""
        run.verdict = str(end.outcome.verdict)
        if run.state is State.DONE:
            run.reference, run.empty_tokens = end.reference, empty
            run.changes.extend(getattr(end.outcome, "changes", ()))
        if run.state is State.HELD and move.code == Hold.CONNECTION:
            self.refused_connections[_addon(run)] = move.sentence
        if isinstance(end.outcome, Wait) and end.outcome.whole_connection:
            self.blocked_until[_addon(run)] = end.outcome.until(self.now()) or move.due_at or self.now()

    def _move(self, run: Run, move: Move) -> None:
        run.moves.append(move.to)
        if move.to is State.UNKNOWN and run.state is not State.UNKNOWN:
            run.unknown_at = self.now()
        self._to(run, move.to)
        run.code, run.sentence = move.code, move.sentence
        run.attempts, run.open_attempts, run.crashes = move.attempts, move.open_attempts, move.crashes
        run.checks, run.not_found, run.next_check_at = move.checks, move.not_found, move.next_check_at
        run.due_at = move.due_at or self.now()

    def _to(self, run: Run, state: State) -> None:
        if state is not run.state and not allowed(run.state, state):
            raise RuntimeError(f"a run cannot go from {run.state} to {state}")
        run.state = state

    def _crashed(self, run: Run, proved: bool) -> None:
        attempt = run.tries[-1] if run.tries and run.state is State.CALLING else None
        effect, klass = (attempt.effect, attempt.effect_class) if attempt else (None, None)
        run.fence += 1
        deadline = attempt.deadline if attempt else DEADLINE
        self._move(run, after_crash(run.standing(), effect, klass, self.now(), deadline))
        if attempt is not None:
            attempt.outcome, attempt.sender_gone = str(Wire.UNCLEAR), proved


def _trusted(attempt: Attempt | None, gone: bool) -> Effect | None:
    """The open attempt's effect. *Not found* is no proof while the sender of any that is open may still live, so then it is not
    *strong*."""
    if attempt is None:
        return None
    return replace(attempt.effect, strong=attempt.effect.strong and gone)


def _addon(run: Run) -> str:
    return run.action_type.partition(".")[0]


def _mine_already(run: Run, intent: Intent) -> Granted | None:
    """The same claim asks again with the same bytes: the store's first answer was lost, and nothing has left yet."""
    last = run.tries[-1]
    mine = last.fence == intent.fence and not last.outcome and last.request.digest == intent.request.digest
    return Granted(last.n, last.request) if mine else None


def _late_proof(run: Run, settlement: Settlement) -> bool:
    """A worker thought dead comes home with the vendor's own answer, or with what a look-up found: worth more than our guess."""
    end = settlement.conclusion
    sent = settlement.intended is not None and end and end.wire is Wire.ACTED
    proof = settlement.move.to is State.DONE and (sent or settlement.job.standing.state is State.UNKNOWN)
    same = run.ref == settlement.job.ref
    return bool(proof) and same and run.state in (State.UNKNOWN, State.REVIEW, State.SCHEDULED)


def _late(run: Run, move: Move) -> Move:
    """What was counted meanwhile stays counted."""
    attempts = max(run.attempts, move.attempts)
    return replace(move, sentence="Late proof: it had been done.", attempts=attempts, crashes=run.crashes)
