"""What this process was rung for and has not yet taken: a line for each lane, served in turn.

A message only says "look at these". Its ids are put into their lanes' lines and the message is done, so that no message waits
for a vendor. Threads of our own claim from the lines, one lane after the other, no more of a lane than it has room for: a lane
that is full keeps its line, and everybody else's runs pass it by. Nothing here is a promise: what is forgotten is rung again.

What is taken is *in hand* until whoever carries it out says that it is over.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from hub.dispatch.lanes import ADDON_PLACES, AHEAD, LANE_PLACES, Lane

log = logging.getLogger("hub.dispatch")

CHUNK = 100
"""Ids in one claim. One statement, one load of facts for all of them."""

WORTH = 60
"""A lane with more than this in line is served when it has room for so many: what a claim asks the database costs as much for one
run as for a hundred. Half of what may be claimed ahead, so that the places stay full meanwhile."""

PATIENCE = 0.25
"""Seconds after which a lane is served even for less."""

TROUBLE_SECONDS = 1.0
"""The rest after a claim that failed: the store is away, or a row is broken."""

KeyT = TypeVar("KeyT")

Over = Callable[[UUID], None]
"""Says that a run is no longer in hand."""

Take = Callable[[Sequence[UUID], Over], None]
"""Claims these runs and begins those it got. Each of them is said to be over once, whatever became of it."""


class Lines:
    """Lines of ids, and the threads that take from them.

    Args:
        take: by kind (``dispatch``, ``check``).
        threads: how many claim side by side.
        ended: called by each thread at its end, to let go of what it holds.
    """

    def __init__(self, take: Mapping[str, Take], threads: int = 1, ended: Callable[[], None] = lambda: None) -> None:
        self._take, self._ended = take, ended
        self._lines: OrderedDict[tuple[str, Lane], OrderedDict[UUID, None]] = OrderedDict()
        self._in_hand: dict[UUID, Lane] = {}
        self._lanes: Counter[Lane] = Counter()
        self._addons: Counter[str] = Counter()
        self._over = 0
        self._changed = threading.Condition()
        self._stopping = False
        names = (f"hub-lines-{number}" for number in range(threads))
        self._threads = [threading.Thread(target=self._serve, name=name, daemon=True) for name in names]
        for thread in self._threads:
            thread.start()

    def offer(self, what: str, rung: Iterable[tuple[UUID, Lane]]) -> None:
        """Put runs into their lines. One that stands there keeps its place; one that is in hand is not taken twice."""
        with self._changed:
            for run_id, lane in rung:
                if run_id not in self._in_hand and not self._stopping:
                    self._lines.setdefault((what, lane), OrderedDict())[run_id] = None
            self._changed.notify_all()

    def over(self, run_id: UUID) -> None:
        """A run has ended, or could not be had. Called from any thread."""
        with self._changed:
            lane = self._in_hand.pop(run_id, None)
            if lane is None:
                return
            _lower(self._lanes, lane)
            _lower(self._addons, lane.addon)
            self._over += 1
            # Each waking of a thread costs as much as a step's own work does; a few steps' delay costs nothing.
            if self._over >= WORTH or not self._in_hand:
                self._over = 0
                self._changed.notify_all()

    def leave(self) -> None:
        """Take nothing new."""
        with self._changed:
            self._stopping = True
            self._lines.clear()
            self._changed.notify_all()

    def drain(self, seconds: float) -> bool:
        """Wait until nothing is in hand. Says whether it came to that."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._in_hand, seconds)

    def close(self, seconds: float) -> None:
        """End the threads, each after the claim it is making."""
        self.leave()
        for thread in self._threads:
            thread.join(seconds)

    def _serve(self) -> None:
        try:
            while (chunk := self._next()) is not None:
                self._taken(*chunk)
        finally:
            self._ended()

    def _taken(self, what: str, ids: Sequence[UUID]) -> None:
        try:
            self._take[what](ids, self.over)
        except Exception:
            log.exception("%s runs could not be taken; they are rung again", len(ids))
            for run_id in ids:
                self.over(run_id)
            with self._changed:
                self._changed.wait_for(lambda: self._stopping, TROUBLE_SECONDS)

    def _next(self) -> tuple[str, list[UUID]] | None:
        """The next chunk; None when it is time to end."""
        with self._changed:
            worth = WORTH
            while not self._stopping:
                chunk = self._picked(worth)
                if chunk is not None:
                    return chunk
                worth = WORTH if self._changed.wait(PATIENCE if self._lines else None) else 1
            return None

    def _picked(self, worth: int) -> tuple[str, list[UUID]] | None:
        """From the front of the lines, one kind at a time."""
        kind, picked = "", list[UUID]()
        for what, lane in list(self._lines):
            if not kind or what == kind:
                taken = self._from(what, lane, CHUNK - len(picked), worth)
                kind = what if taken else kind
                picked += taken
            if len(picked) >= CHUNK:
                break
        return (kind, picked) if picked else None

    def _from(self, what: str, lane: Lane, most: int, worth: int) -> list[UUID]:
        """As many of a lane as there is room for; what is left of its line goes to the back."""
        line = self._lines[what, lane]
        number = min(len(line), self._room(lane), most)
        if number < min(len(line), worth, most):
            return []
        taken = [line.popitem(last=False)[0] for _ in range(number)]
        self._in_hand.update(dict.fromkeys(taken, lane))
        self._lanes[lane] += number
        self._addons[lane.addon] += number
        if line:
            self._lines.move_to_end((what, lane))
        else:
            del self._lines[what, lane]
        return taken

    def _room(self, lane: Lane) -> int:
        return max(0, min(LANE_PLACES + AHEAD - self._lanes[lane], ADDON_PLACES + AHEAD - self._addons[lane.addon]))


def _lower(counts: Counter[KeyT], key: KeyT) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]
