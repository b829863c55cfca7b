"""One guest: its loop, begun on use, given up when it is held, and begun anew after a rest.

Threads that hold a loop that was given up stay behind until they come back by themselves. Only so many of them are borne in one
process; then a guest that holds its loop again rests until one of them has ended, or the process.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from hub.core.errors import Unreachable
from hub.core.outcomes import Wait
from hub.dispatch.guests.loop import GuestLoop
from hub.dispatch.rests import Resting

log = logging.getLogger("hub.dispatch")

MOST_LEFT_BEHIND = 8
"""Threads of loops that were given up, and live, in one process. Each costs memory, and some of the processor if it spins."""

FULL_SECONDS = 60.0
"""How long a guest's work waits before it is looked again whether there is room for one more."""

Kind = Literal["ask", "import", "webhook", "tokens", "mailbox"]

PLACES: dict[Kind, int] = {"ask": 4, "import": 3, "webhook": 3, "tokens": 8, "mailbox": 10_000}
"""How many threads of a process wait for one guest at a time, by what for. Those that serve pages and messages are eight; each
mailbox that is read has a thread of its own, in which nobody else stands."""

CROWDED_SECONDS = 10.0


class Crowded(Unreachable):
    """As many threads as may wait for this guest do so. Nothing was tried."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A loop was given up.

    Attributes:
        name: of the distribution.
        loop: the one that was given up.
        task: the name of the task that held it; empty when none did, or it is not known.
        seconds: for how long it was held.
        place: the line of the guest's code that held it; empty when not known.
        rest: seconds until another is begun.
    """

    name: str
    loop: GuestLoop
    task: str
    seconds: float
    place: str
    rest: float

    @property
    def sentence(self) -> str:
        """What happened, for whoever wrote the code."""
        where = f" ({self.place})" if self.place else ""
        return f"The plugin held its event loop for {self.seconds:.0f} seconds{where}"


class Guest:
    """See the module's docstring. Threads may share it.

    Args:
        name: of the distribution.
        make: begins a loop.
        crowd: how many threads stay behind in this process.
    """

    def __init__(self, name: str, make: Callable[[str], GuestLoop], crowd: Callable[[], int]) -> None:
        self.name, self._make, self._crowd = name, make, crowd
        self.loop: GuestLoop | None = None
        self.losses = 0
        self._left_behind: list[GuestLoop] = []
        self._resting, self._full = Resting(), False
        self._taken: dict[Kind, int] = dict.fromkeys(PLACES, 0)
        self._lock = threading.Lock()

    def way_out(self) -> GuestLoop:
        """Its loop; a new one where there is none.

        Raises:
            Unreachable: it rests.
        """
        with self._lock:
            if self.loop is None:
                self._check_rest(time.monotonic())
                self.loop = self._make(self.name)
            return self.loop

    def _check_rest(self, now: float) -> None:
        if self._full and self._crowd() >= MOST_LEFT_BEHIND:
            words = f"{self._blocks} too often; it goes on when the hub is restarted."
            raise Unreachable(Wait(words, FULL_SECONDS))
        left = self._resting.left(now)
        if left > 0:
            raise Unreachable(Wait(f"{self._blocks}; it goes on soon.", max(1.0, round(left, 1))))
        self._full = False

    @property
    def _blocks(self) -> str:
        return f"The plugin {self.name} has held up its own event loop"

    def left_behind(self) -> int:
        """Threads of this guest's that were given up and have not come back."""
        self._left_behind = [loop for loop in self._left_behind if not loop.ended]
        return len(self._left_behind)

    def give_up(self, loop: GuestLoop, seconds: float) -> Loss | None:
        """Give its loop up. None: that has been done."""
        task, place = loop.holder()
        now = time.monotonic()
        with self._lock:
            if self.loop is not loop:
                return None
            self.loop, self.losses = None, self.losses + 1
            rest = self._resting.ended(now, now - loop.began - seconds)
            self._left_behind.append(loop)
        loop.give_up(f"{self._blocks}; ask again in a moment.")
        self._full = self._crowd() >= MOST_LEFT_BEHIND
        return Loss(self.name, loop, task, seconds, place, rest)

    # --- threads that wait for it ------------------------------------------------------------------------------

    @contextmanager
    def place(self, kind: Kind, *, crowd: bool = False) -> Iterator[None]:
        """A place among the threads that wait for this guest.

        Args:
            crowd: also where all of them are taken; who asks has looked before.

        Raises:
            Crowded: all of them are taken.
        """
        self.enter(kind, crowd=crowd)
        try:
            yield
        finally:
            self.leave(kind)

    def crowded(self, kind: Kind) -> str:
        """Why no further thread may wait for this guest now; empty when one may."""
        full = self._taken[kind] >= PLACES[kind]
        return f"The plugin {self.name} has not yet answered others who asked." if full else ""

    def enter(self, kind: Kind, *, crowd: bool = False) -> None:
        """Take a place. As :meth:`place`."""
        with self._lock:
            full = self.crowded(kind)
            if full and not crowd:
                raise Crowded(Wait(full, CROWDED_SECONDS))
            self._taken[kind] += 1

    def leave(self, kind: Kind) -> None:
        """Give a place back."""
        with self._lock:
            self._taken[kind] -= 1

    def close(self) -> None:
        """End its loop."""
        with self._lock:
            loop, self.loop = self.loop, None
        if loop is not None:
            loop.close()
