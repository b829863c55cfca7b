"""The event loop that all doors share, in a thread of its own, so that pages, workers and event loops of any kind can ask
through them, and nobody waits for a child but who asked it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any


class Loop:
    """The loop that all doors share."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="hub-apart", daemon=True).start()

    def run(self, work: Any) -> Future[Any]:
        """Begin work in the loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def soon(self, call: Callable[..., object], *given: Any) -> None:
        """Call something in the loop."""
        self._loop.call_soon_threadsafe(call, *given)


_lock = threading.Lock()
_made: Loop | None = None


def shared() -> Loop:
    """The one of this process; the first call makes it."""
    global _made
    with _lock:
        if _made is None:
            _made = Loop()
        return _made
