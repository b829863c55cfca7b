"""The protocol a store must keep: what the runner asks of it, in batches.

Two stores keep it: the SQL ledger (``hub.engine``), which is the product, and the memory ledger (``hub.testing``), with
which an author tests a plugin alone. One suite proves both.

The laws, in the order in which they matter:

1. ``claim`` gives a run to one worker and raises its fence; every later word about the run names that fence.
2. ``intend`` makes the intent durable before it answers :class:`Granted`. A run that is no longer ours, an account that was
   paused meanwhile, a rate that is used up: the request does not leave. Asked again for the same claim and the same bytes, it
   recognises its own and grants the same attempt: a commit whose answer was lost must not cost a person's time.
3. ``settle`` writes the outcome, the history note, the notification, the changes and the next step in one transaction, and
   only where id, fence and state are still what they were. A second call with the same settlement changes nothing.
4. Every write of a run's state raises its fence or needs one that fits, so no word counts twice. A stale worker may still
   bring the vendor's own *yes* (late proof), to a send or to a look-up, for a run that is unknown, under review or scheduled
   again; nothing else of its.
5. Outside *calling*, the attempts whose outcome is open are as many as ``open_attempts`` says, and a run with one is never
   *failed*. Attempts only grow in number.
6. Only a run found in *scheduled* is ever claimed, so wiping the broker's queues loses nothing and repeats nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from hub.core.effects import Effect
from hub.core.facts import Account, Contact
from hub.core.registry import Claim
from hub.dispatch.classify import Conclusion
from hub.dispatch.gate import GateFacts
from hub.dispatch.heard import Try
from hub.dispatch.machine import Move, Standing
from hub.dispatch.renewal import SignIn
from hub.dispatch.requests import Denied, FrozenRequest, Granted, Intent


class StoreAway(Exception):
    """The store cannot be had at this moment: offer it again. It may have been written, and writing it twice is harmless."""


def no_settings() -> Mapping[str, Any]:
    """The settings of an add-on that has none, and the secrets of a step without any."""
    return {}


@dataclass(frozen=True)
class Job:
    """One claimed step run with everything its plugin may know.

    Attributes:
        run_id, fence: which run, and the proof that it is ours.
        ref: the reference the vendor sees, the same for every attempt until a person says *send again*.
        action_type: whom it is for.
        gate: what the gate must know.
        standing: what the machine must know.
        options: the step's own settings, as stored: without what is secret of them.
        open_secrets: decrypts that, for this one call.
        open_settings: decrypts the connection's settings, for this one call.
        contact, account: facts.
        frozen: the bytes of the first attempt, when there was one that may have left.
        effect: what the open attempt's endpoint declared, for a look-up.
        connection_id: whose rate and health it is.
        sign_in: the connection's, where somebody signed in; it brings the access token.
        claim: who carries it out, where that is not whoever claims its action type: an e-mail goes through a mailbox's mailer.
        quota: whose tries the store counts by the day; None is nobody's.
        extra: what the store wants back at ``settle``.
    """

    run_id: UUID
    fence: int
    ref: str
    action_type: str
    gate: GateFacts
    standing: Standing
    contact: Contact
    account: Account
    options: Mapping[str, Any] = field(default_factory=dict)
    open_settings: Callable[[], Mapping[str, Any]] = no_settings
    frozen: FrozenRequest | None = None
    effect: Effect | None = None
    connection_id: int | None = None
    sign_in: SignIn | None = None
    plan: str = ""
    step_name: str = ""
    extra: Any = None
    open_secrets: Callable[[], Mapping[str, Any]] = no_settings
    claim: Claim | None = None
    quota: int | None = None

    def step_settings(self) -> dict[str, Any]:
        """All of the step's own settings, for one call."""
        return {**self.options, **self.open_secrets()}


@dataclass(frozen=True, slots=True)
class Settlement:
    """One run's end of one try: the move to write, and what it rests on.

    Attributes:
        intended: the number of the attempt that was written down, if one was.
        empty_tokens: tokens that were known and empty, a warning for the note.
        tried: what the plugin was given and what was said; None when it was not called.
    """

    job: Job
    move: Move
    conclusion: Conclusion | None = None
    intended: int | None = None
    empty_tokens: tuple[str, ...] = ()
    tried: Try | None = None


class Ledger(Protocol):
    """See the module's docstring for the laws."""

    def now(self) -> datetime:
        """The time that counts: the store's. Asked in the event loop, so it must neither block nor use a connection."""

    def claim(self, run_ids: Sequence[UUID]) -> Sequence[Job]:
        """Take those of these runs that are scheduled and due, and load what their plugins need to know."""

    def intend(self, intents: Sequence[Intent]) -> Sequence[Granted | Denied]:
        """Write down, durably and in one go, that these requests leave. Answers in the same order."""

    def settle(self, settlements: Sequence[Settlement]) -> None:
        """Write down what became of these runs, all or nothing, each only where it is still ours.

        Raises:
            StoreAway: it could not be reached or could not write; it is there again sooner or later.
        """
