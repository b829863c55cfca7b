"""A TCP proxy on loopback that spoils what passes through it: in front of a vendor, or of the database.

Its words are those of Toxiproxy, which is not to be had here: *latency*, *bandwidth*, *slow close*, *timeout*, *slicer*,
*limit data*, *reset*, and two of our own: *loses the answer*, with which a commit is made and its caller never hears of it, and
*holds*, with which nothing passes for a while and nobody is told: a network that is parted, and heals.

::

    with FaultyProxy(vendor.port) as proxy:
        proxy.spoil(Spoiled(latency=0.2))          # every connection from now on, until told otherwise
        proxy.spoil(Spoiled(limit=100), times=1)   # the next one, and then well again
        proxy.lose(b"COMMIT", times=3)             # of connections that stand already: they live for days
        proxy.hold()                               # of these too, both ways, until go_on()
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

PIECE = 65_536
START_SECONDS = 60.0


@dataclass(frozen=True)
class Spoiled:
    """What is done to a connection. The answers are what comes back from the server.

    Attributes:
        latency: seconds by which each piece of an answer comes later.
        bandwidth: bytes of answer a second.
        slow_close: seconds by which the end of an answer is told later.
        timeout: nothing of the answers is let through, and the connection is closed after so many seconds.
        slices: answers come in pieces of so many bytes.
        limit: the connection ends after so many bytes of answer.
        reset: the connection is reset, as soon as this many bytes of answer would have passed.
        loses: an answer that follows a request with these bytes is lost with all that comes after it, and the connection reset.
        refuses: nobody listens behind the proxy.
    """

    latency: float = 0.0
    bandwidth: int = 0
    slow_close: float = 0.0
    timeout: float | None = None
    slices: int = 0
    limit: int | None = None
    reset: int | None = None
    loses: bytes = b""
    refuses: bool = False


WELL = Spoiled()


class FaultyProxy:
    """Use it as a context.

    Args:
        port: of the true server, on loopback.
    """

    def __init__(self, port: int) -> None:
        self._behind, self._way, self._left = port, WELL, 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="faulty-proxy", daemon=True)
        self._server: asyncio.Server | None = None
        self._meetings: set[asyncio.Task[Any]] = set()
        self._losing, self._to_lose = b"", 0
        self._flowing = asyncio.Event()
        self._flowing.set()
        self.connections = 0
        self.spoiled = 0
        self.lost = 0

    def spoil(self, way: Spoiled, times: int = 0) -> None:
        """From the next connection on; for so many connections, or until told otherwise."""
        self._way, self._left = way, times

    def heal(self) -> None:
        """From the next connection on, all is well."""
        self.spoil(WELL)

    def lose(self, words: bytes, times: int) -> None:
        """The next so many requests with these words are carried out, and the connection is reset instead of an answer."""
        self._losing, self._to_lose = words, times

    def hold(self) -> None:
        """From now on nothing passes, either way: no byte, no end, no new connection. Nothing is lost by it."""
        self._run(self._let_flow(False))

    def go_on(self) -> None:
        """What was held passes, and all that comes after it."""
        self._run(self._let_flow(True))

    async def flowing(self) -> None:
        """Returns at once, unless all is held."""
        await self._flowing.wait()

    async def _let_flow(self, flows: bool) -> None:
        (self._flowing.set if flows else self._flowing.clear)()

    def loses(self, piece: bytes) -> bool:
        """Whether the answer to this is one of those."""
        if not self._to_lose or self._losing not in piece:
            return False
        self._to_lose -= 1
        self.lost += 1
        return True

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        """For a server that speaks HTTP."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> FaultyProxy:
        self._thread.start()
        self._run(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(START_SECONDS)
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(START_SECONDS)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0)

    async def _close(self) -> None:
        assert self._server is not None
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _next(self) -> Spoiled:
        way = self._way
        self.connections += 1
        self.spoiled += way is not WELL
        if self._left:
            self._left -= 1
            self._way = self._way if self._left else WELL
        return way

    async def _meet(self, caller: asyncio.StreamReader, to_caller: asyncio.StreamWriter) -> None:
        way, mine = self._next(), asyncio.current_task()
        assert mine is not None
        self._meetings.add(mine)  # the loop itself holds on to no task
        mine.add_done_callback(self._meetings.discard)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await _Connection(self, way, caller, to_caller).carry(self._behind)
        to_caller.close()


class _Connection:
    """One caller and one server."""

    def __init__(
        self, proxy: FaultyProxy, way: Spoiled, caller: asyncio.StreamReader, to_caller: asyncio.StreamWriter
    ) -> None:
        self._proxy, self._way, self._caller, self._to_caller = proxy, way, caller, to_caller
        self._passed, self._losing = 0, False

    async def carry(self, port: int) -> None:
        if self._way.refuses:
            return _reset(self._to_caller)
        await self._proxy.flowing()
        server, to_server = await asyncio.open_connection("127.0.0.1", port)
        there = asyncio.create_task(self._there(to_server))
        try:
            await self._back(server)  # what is still to be asked when the answers have ended is asked of nobody
        finally:
            there.cancel()
            to_server.close()
        return None

    async def _there(self, to_server: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while piece := await self._caller.read(PIECE):
                if (self._way.loses and self._way.loses in piece) or self._proxy.loses(piece):
                    self._losing = True
                await self._proxy.flowing()
                to_server.write(piece)
                await to_server.drain()
            await self._proxy.flowing()
            if to_server.can_write_eof():
                to_server.write_eof()

    async def _back(self, server: asyncio.StreamReader) -> None:
        if self._way.timeout is not None:
            await asyncio.sleep(self._way.timeout)
            return
        while piece := await server.read(self._way.slices or PIECE):
            await self._proxy.flowing()
            if not await self._let_through(piece):
                return
        await self._proxy.flowing()
        await asyncio.sleep(self._way.slow_close)

    async def _let_through(self, piece: bytes) -> bool:
        """Says whether more may come."""
        way = self._way
        if self._losing or (way.reset is not None and self._passed + len(piece) > way.reset):
            _reset(self._to_caller)
            return False
        await asyncio.sleep(way.latency + (len(piece) / way.bandwidth if way.bandwidth else 0))
        if way.limit is not None:
            piece = piece[: way.limit - self._passed]
        self._passed += len(piece)
        self._to_caller.write(piece)
        await self._to_caller.drain()
        return way.limit is None or self._passed < way.limit


def _reset(writer: asyncio.StreamWriter) -> None:
    """The other side learns that it is over, and nothing else."""
    plug: socket.socket | None = writer.get_extra_info("socket")
    if plug is not None:
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
