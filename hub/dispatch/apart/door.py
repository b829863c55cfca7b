"""The door to a plugin's process, from the host's side: it is opened on use, watched, shut, and opened again.

A child (:mod:`~hub.dispatch.apart.process`) that dies fails what it had in hand. It is started again when it is next needed: at
once the first time, later after a growing rest, in which steps wait.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property
from typing import Any

from hub.core.errors import Unreachable
from hub.core.guard import LOAD_SECONDS, PAGE_SECONDS
from hub.core.outcomes import Wait
from hub.dispatch.apart import loop
from hub.dispatch.apart.coding import Unreadable, unpack_error
from hub.dispatch.apart.frames import Frame
from hub.dispatch.apart.process import STOP_SECONDS, Caller, Child, NoAnswer, Papers, ProcessEnded
from hub.dispatch.apart.spawning import Entry, Limits
from hub.dispatch.rests import Resting

log = logging.getLogger("hub.dispatch")

START_SECONDS = 30.0
"""How long a child may take to start again: it imports the plugin on a machine that may be busy."""

THREADS = 8
"""Of the host, that wait for this child's forms and tokens. A plugin that answers none holds up its own steps only."""


Died = Callable[[tuple[Entry, ...], str], None]
"""Hears of each death: which plugins, and how it came."""


class Door:
    """See the module's docstring. One for each distribution.

    Args:
        entries: the plugins of the distribution.
        died: hears of each death, in the doors' loop; it must not wait.
    """

    def __init__(self, entries: Sequence[Entry], limits: Limits, died: Died | None = None) -> None:
        self.entries, self._limits, self._died = tuple(entries), limits, died
        self._child: Child | None = None
        self._opening: asyncio.Task[Child] | None = None
        self._known: Papers | None = None
        self._numbers = itertools.count(1)
        self._rests, self._last = Resting(), ""
        self._closed = False

    @property
    def called(self) -> str:
        """As people know it."""
        return ", ".join(entry.name for entry in self.entries)

    @cached_property
    def threads(self) -> ThreadPoolExecutor:
        """Where the host waits for this child's plain code."""
        return ThreadPoolExecutor(THREADS, f"hub-apart-{self.called}")

    @property
    def walls(self) -> tuple[str, ...]:
        """What keeps its child in; nothing before there was one."""
        return self._known.walls if self._known else ()

    @property
    def pid(self) -> int | None:
        """Of the child, while there is one."""
        return self._child.spawned.pid if self._child else None

    # --- from any thread ---------------------------------------------------------------------------------------

    def papers(self, seconds: float = LOAD_SECONDS) -> Papers:
        """Start the child if there is none, and wait for what it declares.

        Raises:
            ProcessEnded: it ended before it had said anything.
            TimeoutError: it takes longer.
        """
        loop.shared().run(self._open()).result(seconds)
        assert self._known is not None
        return self._known

    def warm(self) -> None:
        """Start the child, and do not wait."""
        loop.shared().run(self._open())

    def ask(
        self, plugin: str, what: str, given: Mapping[str, Any], blob: bytes = b"", seconds: float | None = None
    ) -> Any:
        """Have plain code of the plugin run, and wait. Not for an event loop.

        Args:
            seconds: how long it may take; as long as a person waits for a page when nothing is said.

        Raises:
            Unreachable: the process rests after it has died.
            ProcessEnded: it ended meanwhile.
            NoAnswer: it did not answer; the process is ended, for the thread in it cannot be.
            Exception: what the plugin raised, under its name.
        """
        asked, given_time = _Asked(), PAGE_SECONDS if seconds is None else seconds
        head = {"kind": "ask", "plugin": plugin, "what": what, "given": given}
        loop.shared().run(self._begin(head, blob, asked)).result(START_SECONDS)
        try:
            return asked.answer.result(given_time)
        except TimeoutError:
            reason = f"it did not answer within {given_time:g} seconds"
            self.end(reason)
            raise NoAnswer(reason) from None

    def begin(self, head: Mapping[str, Any], caller: Caller) -> Future[int]:
        """Begin a call; the future has its number."""
        return loop.shared().run(self._begin(head, b"", caller))

    def say(self, number: int, kind: str, blob: bytes = b"", **more: Any) -> None:
        """A frame about a call that was begun. To a process that is gone nothing is said."""
        loop.shared().soon(self._say, {"kind": kind, "id": number, **more}, blob)

    def stop(self, number: int) -> None:
        """Nobody waits for this call any more; its process ends with it if it does not stop."""
        loop.shared().soon(self._stop, number)

    def end(self, reason: str) -> None:
        """Kill the child. It is started again when it is next needed."""
        loop.shared().soon(self._kill, reason)

    def close(self) -> None:
        """End for good."""
        self._closed = True
        loop.shared().run(self._shut()).result(STOP_SECONDS + 2)
        if "threads" in self.__dict__:
            self.threads.shutdown(wait=False)

    # --- in the doors' loop ------------------------------------------------------------------------------------

    async def _open(self) -> Child:
        if self._child is not None:
            return self._child
        if self._opening is None or self._opening.done():
            self._check_rest()
            self._opening = asyncio.get_running_loop().create_task(self._started())
        return await asyncio.shield(self._opening)

    def _check_rest(self) -> None:
        if self._closed or self._rests.left(time.monotonic()) > 0:
            raise self._resting()

    def _resting(self) -> Unreachable:
        """What a step is told meanwhile: nothing has left, and it may come again."""
        seconds = max(1.0, round(self._rests.left(time.monotonic()), 1))
        words = f"The process of the plugin {self.called} has ended ({self._last}); it starts again soon."
        return Unreachable(Wait(words, seconds))

    async def _started(self) -> Child:
        child = Child(self)
        try:
            said = await asyncio.wait_for(child.begin(self.entries, self._limits), START_SECONDS)
            self._check_same(said)
        except BaseException as trouble:
            reason = str(trouble) or "it did not start in time"
            child.kill()
            self._count_death(reason)
            raise (ProcessEnded(reason) if self._known is None else self._resting()) from None
        self._child = child
        return child

    def _check_same(self, said: Papers) -> None:
        """The host goes by the first papers. A plugin that was changed on disk meanwhile declares something else."""
        if self._known is None:
            self._known = said
        elif said.papers != self._known.papers:
            raise ProcessEnded("it declares something else than when the hub was started; start the hub again")

    async def _begin(self, head: Mapping[str, Any], blob: bytes, caller: Caller) -> int:
        child = await self._open()
        number = next(self._numbers)
        child.begin_call(number, {**head, "id": number}, blob, caller)
        return number

    def _say(self, head: Mapping[str, Any], blob: bytes) -> None:
        if self._child is not None:
            self._child.say(head, blob)

    def _stop(self, number: int) -> None:
        if self._child is not None:
            self._child.stop(number)

    def _kill(self, reason: str) -> None:
        if self._child is not None:
            self._child.kill(reason)

    async def _shut(self) -> None:
        if self._opening is not None and not self._opening.done():
            self._opening.cancel()
        if self._child is not None:
            await self._child.hang_up()

    def gone(self, child: Child, reason: str) -> None:
        """A child has ended. Called by it."""
        if self._child is not child:
            return
        self._child = None
        if not self._closed:
            self._count_death(reason, child.age)

    def _count_death(self, reason: str, lived: float = 0.0) -> None:
        self._rests.ended(time.monotonic(), lived)
        self._last = reason
        log.warning("the process of the plugin %s has ended: %s", self.called, reason)
        if self._died is not None:
            self._died(self.entries, reason)


class _Asked:
    """Waits for one answer."""

    def __init__(self) -> None:
        self.answer: Future[Any] = Future()

    def heard(self, frame: Frame) -> None:
        if self.answer.done():
            return
        try:
            if "error" in frame.head:
                self.answer.set_exception(unpack_error(frame.head["error"]))
            else:
                self.answer.set_result(frame.head.get("value"))
        except Unreadable as trouble:
            self.answer.set_exception(trouble)

    def lost(self, reason: str) -> None:
        if not self.answer.done():
            self.answer.set_exception(ProcessEnded(reason))
