"""One link of the chain, and the answer that a chain comes to. Values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Verdict(StrEnum):
    """What a link says."""

    PASSED = "passed"
    """Nothing here stands in the way."""
    STOPS = "stops"
    """Here it ends, or somebody must act."""
    WAITS = "waits"
    """Here it waits, and goes on by itself."""
    UNDER_WAY = "under_way"
    """It has been begun."""
    OVER = "over"
    """It has come to its end."""
    NOT_REACHED = "not_reached"
    """A link before this one does not pass."""
    NOT_KEPT = "not_kept"
    """Of a moment gone by: no row tells."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The row behind a link: an ``audit`` row, a history ``note``, a ``run``, or a ``trace``."""

    kind: str
    id: str
    sentence: str
    at: datetime | None = None
    who: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """One decision.

    Attributes:
        key: names the rule, for tests and JSON.
        title: what is asked, in words.
        sentence: what the answer is.
        code: the cause, as in ``hold_reason`` or a word of this room; ``who`` and ``next`` are told by it.
        until: when it goes on by itself, where that is known.
    """

    key: str
    title: str
    verdict: Verdict = Verdict.PASSED
    sentence: str = ""
    code: str = ""
    until: datetime | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom and what the question is about."""

    account_id: int
    contact_id: int
    contact: str
    plan_id: int
    plan: str
    step_key: UUID
    step: str
    run_id: UUID | None = None
    addon: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the chain came to.

    Attributes:
        at: the moment it is about, and ``tense``: ``past``, ``now`` or ``future``.
        links: every link, those not reached too.
        behind: the answer for the step before, where this one waits for it.
        caveats: what cannot be known any more, in sentences.
    """

    subject: Subject
    at: datetime
    tense: str
    links: tuple[Link, ...]
    behind: Answer | None = None
    caveats: tuple[str, ...] = field(default=())

    @property
    def stop(self) -> Link | None:
        """The link that decides; None: it starts."""
        passed = (Verdict.PASSED, Verdict.NOT_KEPT)
        return next((link for link in self.links if link.verdict not in passed), None)

    @property
    def starts(self) -> bool:
        """Whether a worker that takes the step up at that moment calls the plugin."""
        return self.stop is None
