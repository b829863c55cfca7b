"""The states of a step run."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a step run stands. The four last are closed for ever."""

    SCHEDULED = "scheduled"
    """Waits for its time."""
    HELD = "held"
    """Waits for a named reason to go away."""
    CLAIMED = "claimed"
    """A worker has it and has sent nothing yet."""
    CALLING = "calling"
    """It is written down that an irreversible request leaves; the answer is not written down yet."""
    UNKNOWN = "unknown"
    """A request left and nobody knows what became of it; the vendor will be asked."""
    REVIEW = "review"
    """A person decides. Never expires."""
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"


CLOSED = frozenset({State.DONE, State.FAILED, State.CANCELLED, State.SKIPPED})
"""Nothing moves out of these."""

HELD_BY_WORKER = frozenset({State.CLAIMED, State.CALLING})
"""A worker's name stands on it."""

MOVES: dict[State, frozenset[State]] = {
    State.SCHEDULED: frozenset({State.CLAIMED, State.HELD, State.CANCELLED, State.SKIPPED, State.REVIEW, State.DONE}),
    State.HELD: frozenset({State.SCHEDULED, State.CANCELLED, State.SKIPPED, State.REVIEW}),
    State.CLAIMED: frozenset(
        {State.SCHEDULED, State.HELD, State.CALLING, State.DONE, State.FAILED, State.CANCELLED, State.SKIPPED,
         State.REVIEW, State.UNKNOWN}
    ),
    State.CALLING: frozenset({State.DONE, State.FAILED, State.SCHEDULED, State.HELD, State.UNKNOWN, State.REVIEW}),
    State.UNKNOWN: frozenset({State.DONE, State.SCHEDULED, State.REVIEW, State.UNKNOWN}),
    State.REVIEW: frozenset({State.DONE, State.FAILED, State.SCHEDULED, State.SKIPPED}),
    State.DONE: frozenset(),
    State.FAILED: frozenset(),
    State.CANCELLED: frozenset(),
    State.SKIPPED: frozenset(),
}  # fmt: skip
"""Every allowed move. ``scheduled → done`` and ``review → done`` are late proof: a stale worker comes home with an answer."""


def allowed(before: State, after: State) -> bool:
    """Whether a step run may go from one state to the other."""
    return after in MOVES[before]
