"""The door to a plugin's process, from the host's side: it is opened on use, watched, shut, and opened again.

All doors share one event loop in a thread of its own, so that pages, workers and event loops of any kind can ask through them,
and nobody waits for a child but who asked it. A child that dies fails what it had in hand. It is started again when it is next
needed: at once the first time, later after a growing rest, in which steps wait.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol

from hub.core.errors import Unreachable
from hub.core.guard import LOAD_SECONDS, PAGE_SECONDS
from hub.core.outcomes import Wait
from hub.dispatch.apart.coding import Unreadable, unpack_error
from hub.dispatch.apart.frames import BadFrame, Frame, Reader, written
from hub.dispatch.apart.printed import Printed
from hub.dispatch.apart.spawning import Entry, Limits, Spawned, spawn

log = logging.getLogger("hub.dispatch")

START_SECONDS = 30.0
"""How long a child may take to start again: it imports the plugin on a machine that may be busy."""

RESTS = (0.0, 1.0, 2.0, 5.0, 15.0, 60.0)
"""Seconds before the next start after one death, two in a row, and so on."""

WELL_SECONDS = 120.0
"""A child that lived so long was well: its death is the first in a row."""

STOP_SECONDS = 3.0
"""How long a call that was told to stop may take to clean up, before its process is killed."""

THREADS = 8
"""Of the host, that wait for this child's forms and tokens. A plugin that answers none holds up its own steps only."""


class ProcessEnded(Exception):
    """The plugin's process ended before it had answered."""


class Caller(Protocol):
    """Who began a call, and hears what comes of it. Called in the doors' loop; must not wait."""

    def heard(self, frame: Frame) -> None:
        """A frame of this call."""

    def lost(self, reason: str) -> None:
        """The process is gone."""


@dataclass(frozen=True)
class Papers:
    """What a child said when it was ready.

    Attributes:
        papers: entry point → its declarations, as JSON.
        troubles: entry point → why it is not loaded.
        walls: what keeps it in, as the child has tried.
    """

    papers: Mapping[str, Any] = field(default_factory=dict)
    troubles: Mapping[str, str] = field(default_factory=dict)
    walls: tuple[str, ...] = ()


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
        self._child: _Child | None = None
        self._opening: asyncio.Task[_Child] | None = None
        self._known: Papers | None = None
        self._numbers = itertools.count(1)
        self._deaths, self._rest_until, self._last = 0, 0.0, ""
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
        _doors().run(self._open()).result(seconds)
        assert self._known is not None
        return self._known

    def warm(self) -> None:
        """Start the child, and do not wait."""
        _doors().run(self._open())

    def ask(
        self, plugin: str, what: str, given: Mapping[str, Any], blob: bytes = b"", seconds: float | None = None
    ) -> Any:
        """Have plain code of the plugin run, and wait. Not for an event loop.

        Args:
            seconds: how long it may take; as long as a person waits for a page when nothing is said.

        Raises:
            Unreachable: the process rests after it has died.
            ProcessEnded: it ended meanwhile.
            TimeoutError: it did not answer; the process is ended, for the thread in it cannot be.
            Exception: what the plugin raised, under its name.
        """
        asked, given_time = _Asked(), PAGE_SECONDS if seconds is None else seconds
        head = {"kind": "ask", "plugin": plugin, "what": what, "given": given}
        _doors().run(self._begin(head, blob, asked)).result(START_SECONDS)
        try:
            return asked.answer.result(given_time)
        except TimeoutError:
            self.end(f"it did not answer within {given_time:g} seconds")
            raise

    def begin(self, head: Mapping[str, Any], caller: Caller) -> Future[int]:
        """Begin a call; the future has its number."""
        return _doors().run(self._begin(head, b"", caller))

    def say(self, number: int, kind: str, blob: bytes = b"", **more: Any) -> None:
        """A frame about a call that was begun. To a process that is gone nothing is said."""
        _doors().soon(self._say, {"kind": kind, "id": number, **more}, blob)

    def stop(self, number: int) -> None:
        """Nobody waits for this call any more; its process ends with it if it does not stop."""
        _doors().soon(self._stop, number)

    def end(self, reason: str) -> None:
        """Kill the child. It is started again when it is next needed."""
        _doors().soon(self._kill, reason)

    def close(self) -> None:
        """End for good."""
        self._closed = True
        _doors().run(self._shut()).result(STOP_SECONDS + 2)
        if "threads" in self.__dict__:
            self.threads.shutdown(wait=False)

    # --- in the doors' loop ------------------------------------------------------------------------------------

    async def _open(self) -> _Child:
        if self._child is not None:
            return self._child
        if self._opening is None or self._opening.done():
            self._check_rest()
            self._opening = asyncio.get_running_loop().create_task(self._started())
        return await asyncio.shield(self._opening)

    def _check_rest(self) -> None:
        left = self._rest_until - time.monotonic()
        if self._closed or left > 0:
            raise self._resting()

    def _resting(self) -> Unreachable:
        """What a step is told meanwhile: nothing has left, and it may come again."""
        seconds = max(1.0, round(self._rest_until - time.monotonic(), 1))
        words = f"The process of the plugin {self.called} has ended ({self._last}); it starts again soon."
        return Unreachable(Wait(words, seconds))

    async def _started(self) -> _Child:
        child = _Child(self)
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

    def gone(self, child: _Child, reason: str) -> None:
        """A child has ended. Called by it."""
        if self._child is not child:
            return
        self._child = None
        if not self._closed:
            self._count_death(reason, well=child.age > WELL_SECONDS)

    def _count_death(self, reason: str, *, well: bool = False) -> None:
        self._deaths = 1 if well else self._deaths + 1
        rest = RESTS[min(self._deaths, len(RESTS)) - 1]
        self._rest_until, self._last = time.monotonic() + rest, reason
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


class _Child(asyncio.Protocol):
    """One process, from its start to its end. Lives in the doors' loop."""

    spawned: Spawned

    def __init__(self, door: Door) -> None:
        self._door = door
        self._reader = Reader()
        self._callers: dict[int, Caller] = {}
        self._stopping: set[int] = set()
        self._walls: tuple[str, ...] | None = None
        self._ready: asyncio.Future[Papers] = asyncio.get_running_loop().create_future()
        self._over = asyncio.Event()
        self._born, self._reason = time.monotonic(), ""

    @property
    def age(self) -> float:
        """Seconds."""
        return time.monotonic() - self._born

    async def begin(self, entries: Sequence[Entry], limits: Limits) -> Papers:
        """Start it and wait for its papers."""
        self.spawned = spawn(entries, limits)
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: Printed(self._door.called), self.spawned.printed)
        await loop.create_connection(lambda: self, sock=self.spawned.wire)
        self._transport.write(written(self.spawned.first))
        return await self._ready

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        try:
            for frame in self._reader.feed(data):
                self._take(frame)
        except (BadFrame, KeyError, TypeError, ValueError) as trouble:
            self.kill(f"it does not keep to the protocol ({trouble})")

    def _take(self, frame: Frame) -> None:
        head = frame.head
        if self._walls is None:  # its first word, before it has imported the plugin
            self._walls = tuple(str(one) for one in head["walls"])
            return
        if not self._ready.done():
            self._ready.set_result(Papers(dict(head["papers"]), dict(head["troubles"]), self._walls))
            return
        number = frame.head["id"]
        caller = self._callers.get(number)
        if caller is None:
            raise BadFrame("it speaks of a call that nobody made")
        if frame.kind == "said":
            del self._callers[number]
        elif frame.kind == "did":
            self._stopping.discard(number)
        caller.heard(frame)

    def begin_call(self, number: int, head: Mapping[str, Any], blob: bytes, caller: Caller) -> None:
        """Have it do something."""
        self._callers[number] = caller
        self.say(head, blob)

    def say(self, head: Mapping[str, Any], blob: bytes = b"") -> None:
        """Send a frame. *Over* ends a call on both sides."""
        if head["kind"] == "over":
            self._callers.pop(head["id"], None)
        if not self._transport.is_closing():
            self._transport.write(written(head, blob))

    def stop(self, number: int) -> None:
        """Tell a call to stop, and see that it does."""
        if number in self._callers:
            self._stopping.add(number)
            self.say({"kind": "stop", "id": number})
            asyncio.get_running_loop().call_later(STOP_SECONDS, self._see, number)

    def _see(self, number: int) -> None:
        if number in self._stopping and not self._over.is_set():
            self.kill("a call did not stop when it was told to")

    def connection_lost(self, exc: Exception | None) -> None:
        asyncio.get_running_loop().create_task(self._bury())

    async def _bury(self) -> None:
        """Learn how it ended; see that it has."""
        loop = asyncio.get_running_loop()
        how = await loop.run_in_executor(None, self.spawned.ended)
        reason = self._reason or how
        self._over.set()
        if not self._ready.done():
            self._ready.set_exception(ProcessEnded(reason))
        callers, self._callers = list(self._callers.values()), {}
        self._door.gone(self, reason)
        for caller in callers:
            caller.lost(reason)

    def kill(self, reason: str = "") -> None:
        """End it at once."""
        self._reason = self._reason or reason
        if hasattr(self, "spawned"):
            self.spawned.kill()
            if hasattr(self, "_transport"):
                self._transport.abort()

    async def hang_up(self) -> None:
        """Let it end by itself; it does when nobody listens any more."""
        self._transport.close()
        try:
            await asyncio.wait_for(self._over.wait(), STOP_SECONDS)
        except TimeoutError:
            self.kill()


class _Doors:
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
_made: _Doors | None = None


def _doors() -> _Doors:
    global _made
    with _lock:
        if _made is None:
            _made = _Doors()
        return _made
