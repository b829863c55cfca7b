"""What the memory ledger keeps: step runs, their attempts, and a time that passes when it is told to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hub.core.effects import Effect, EffectClass
from hub.core.facts import Account, Contact
from hub.dispatch.machine import Standing
from hub.dispatch.requests import FrozenRequest
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

    def set(self, moment: datetime) -> datetime:
        """Jump to a moment, back as well: somebody put the clock right."""
        self._now = moment
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
    fence: int = 0
    outcome: str = ""
    open: bool = True
    sender_gone: bool = False


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
    verdict: str = ""
    reference: str = ""
    tries: list[Attempt] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    changes: list[Any] = field(default_factory=list)
    moves: list[State] = field(default_factory=list)
    empty_tokens: tuple[str, ...] = ()
    cancel_requested: bool = False

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
