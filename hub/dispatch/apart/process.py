"""A plugin's process as the host sees it, from its start to its end: one wire, what it was asked, and who waits for it.

It lives in the loop that all doors share (:mod:`~hub.dispatch.apart.loop`). A process that breaks the protocol is ended;
one that ends fails what it had in hand.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from hub.dispatch.apart.frames import BadFrame, Frame, Reader, written
from hub.dispatch.apart.printed import Printed
from hub.dispatch.apart.spawning import Entry, Limits, Spawned, spawn

STOP_SECONDS = 3.0
"""How long a call that was told to stop may take to clean up, before its process is killed."""


class ProcessEnded(Exception):
    """The plugin's process ended before it had answered. Its words are the reason."""


class NoAnswer(ProcessEnded, TimeoutError):
    """It did not answer in its time, for which it was ended."""


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


class Keeper(Protocol):
    """Whose process it is."""

    @property
    def called(self) -> str:
        """As people know it."""

    def gone(self, child: Child, reason: str) -> None:
        """It has ended."""


class Child(asyncio.Protocol):
    """One process, from its start to its end. Lives in the doors' loop."""

    spawned: Spawned

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
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
        await loop.connect_read_pipe(lambda: Printed(self._keeper.called), self.spawned.printed)
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
        self._keeper.gone(self, reason)
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
