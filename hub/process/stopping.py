"""Being told to stop: SIGTERM and SIGINT set a flag; a second one ends the process at once.

Nothing is interrupted by the signal itself, so that no thread dies between a vendor's answer and our commit.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT)

GRACE_SECONDS = 25.0
"""How long running calls may take to finish. Below the thirty seconds after which supervisors usually kill."""


class Stop:
    """A flag that signals set. Make one in the main thread."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._before = {number: signal.signal(number, self._told) for number in SIGNALS}

    def _told(self, number: int, frame: FrameType | None) -> None:
        if self._event.is_set():
            os._exit(128 + number)  # asked twice: what is half done is found by the sweeper
        self._event.set()

    @property
    def is_set(self) -> bool:
        """Whether we have been told."""
        return self._event.is_set()

    def set(self) -> None:
        """Stop without a signal."""
        self._event.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Until told, or so long. Says whether we have been told."""
        return self._event.wait(seconds)

    def restore(self) -> None:
        """Give the signals back to who had them."""
        for number, handler in self._before.items():
            signal.signal(number, handler)


def leave(code: int) -> None:
    """End the process now, threads that do not end by themselves included: a vendor that never answers must not keep us."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
