"""A way out whose loop runs one guest's code only, and which can be given up.

Python cannot end a thread. What can be done: begin nothing new in it, tell those who wait that they wait in vain, and have an
exception raised in it. Python code that spins ends with that; code that sleeps, as soon as it wakes. A loop that turns again has
nothing new to do: it waits for what had left before, whose answers are still worth knowing, and ends.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
import sys
import threading
import time
from collections.abc import Coroutine
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

from hub.core import whereabouts
from hub.core.endpoints import LONGEST_DEADLINE
from hub.core.errors import Unreachable
from hub.core.outcomes import Wait
from hub.dispatch.outside import STOP_SECONDS, Outside

T = TypeVar("T")

log = logging.getLogger("hub.dispatch")

LAST_SECONDS = LONGEST_DEADLINE.total_seconds()
"""For so long a loop that was given up and turns again waits for the answers to what had left."""

AGAIN_SECONDS = 5.0
"""When whoever waited for a loop that was given up may ask again."""


class HeldTooLong(BaseException):
    """Raised within code that held its loop. No ``Exception``, which such code may well catch and go on."""


class GivenUp(Unreachable):
    """The loop was given up while somebody waited for it, or before."""

    def __init__(self, reason: str) -> None:
        super().__init__(Wait(reason, AGAIN_SECONDS))


class GuestLoop(Outside):
    """See the module's docstring. Made anew after each time it was given up.

    Args:
        house: the way out that this one is to be like.
        name: of the guest, for the thread's.
    """

    def __init__(self, house: Outside, name: str) -> None:
        self._lock = threading.Lock()
        self._answers: set[Future[Any]] = set()
        self._reason = ""
        self._asked_at: float | None = None
        self.began = time.monotonic()
        super().__init__(house.egress, house._base_urls, house._make_transport, house.listeners)
        self.office = house.lent_office
        self._thread.name = f"hub-guest-{name}"

    @property
    def given_up(self) -> bool:
        """Whether nothing is begun here any more."""
        return bool(self._reason)

    @property
    def ended(self) -> bool:
        """Whether its thread is gone."""
        return not self._thread.is_alive()

    def start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Begin work in the loop.

        Raises:
            GivenUp: it was given up. The future raises the same when that comes later.
        """
        answer: Future[T] = Future()
        with self._lock:
            if self._reason:
                work.close()
                raise GivenUp(self._reason)
            self._answers.add(answer)
        inner = super().start(work)
        answer.add_done_callback(lambda ended: inner.cancel() if ended.cancelled() else None)
        inner.add_done_callback(partial(self._answered, answer))
        return answer

    def _answered(self, answer: Future[Any], inner: Future[Any]) -> None:
        """Hand it on to whoever waits, unless they were told that they wait in vain."""
        with self._lock:
            if answer not in self._answers:
                return
            self._answers.discard(answer)
        trouble = asyncio.CancelledError() if inner.cancelled() else inner.exception()
        with suppress(InvalidStateError):  # who asked has cancelled it
            if trouble is not None:
                answer.set_exception(trouble)
            else:
                answer.set_result(inner.result())

    # --- for the watcher ---------------------------------------------------------------------------------------

    def look(self, now: float) -> float:
        """Seconds for which it has not turned although it was asked to. Asks it, where somebody waits for it."""
        if self._asked_at is not None:
            return now - self._asked_at
        if self._answers:
            self._asked_at = now
            self._loop.call_soon_threadsafe(self._turned)
        return 0.0

    def _turned(self) -> None:
        self._asked_at = None

    def excuse(self, now: float) -> None:
        """The whole process stood still, so whether it would have turned is not known."""
        if self._asked_at is not None:
            self._asked_at = now

    def holder(self) -> tuple[str, str]:
        """The name of the task that has the loop, and the line of the guest's code where it stands; each empty when not known."""
        task = asyncio.current_task(self._loop)
        frame = sys._current_frames().get(self._thread.ident or 0)
        return task.get_name() if task else "", whereabouts.caller(frame)

    def give_up(self, reason: str) -> None:
        """Begin nothing more, tell whoever waits, and have its code stopped where Python can.

        Args:
            reason: a sentence for those who wait.
        """
        with self._lock:
            self._reason, told, self._answers = reason, self._answers, set()
        with suppress(RuntimeError):  # it is closed
            self._loop.call_soon_threadsafe(self._wind_up)
        if self._asked_at is not None and self._thread.ident is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(self._thread.ident), ctypes.py_object(HeldTooLong)
            )
        for answer in told:
            with suppress(InvalidStateError):
                answer.set_exception(GivenUp(reason))

    # --- in the loop -------------------------------------------------------------------------------------------

    def _run_loop(self) -> None:
        super()._run_loop()
        if self.given_up:
            self._loop.close()

    def _wind_up(self) -> None:
        """It turns again after all."""
        self._winding = self._loop.create_task(self._end())

    async def _end(self) -> None:
        """What has left has a deadline of its own, and an answer that is welcome as late proof. Then everything ends."""
        others = {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}
        try:
            if others:
                await asyncio.wait(others, timeout=LAST_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(STOP_SECONDS):
                    await self._close_wire()
        finally:
            self._closing = True
            self._loop.stop()
