"""The plugin's process: what runs behind the wall.

It begins with one frame of the host's: where code lies, which plugins to load, what it may use. It binds its life to the host's,
raises its walls, imports the plugins, sends their papers, and from then on does what it is asked until the host hangs up.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Mapping
from importlib.metadata import EntryPoint
from typing import Any

from hub.core.registry import GROUP, Plugin, Registry, Source, from_entry_points
from hub.dispatch.apart import walls, working
from hub.dispatch.apart.frames import BadFrame, Frame, Reader, TooLong, written
from hub.dispatch.apart.papers import papers_of

CHUNK = 65_536


def main(descriptor: int) -> None:
    """Live."""
    wire = socket.socket(fileno=descriptor)
    begin = _first(wire)
    walls.follow(begin.head["parent"])
    sys.path[:] = begin.head["path"]
    wire.sendall(written({"kind": "walls", "walls": walls.raised(begin.head)}))  # said before anybody else can say it
    registry = _loaded(begin.head)
    wire.sendall(written(_ready(registry)))
    asyncio.run(_live(wire, registry))


def _first(wire: socket.socket) -> Frame:
    reader = Reader()
    while True:
        data = wire.recv(CHUNK)
        if not data:
            os._exit(0)
        for frame in reader.feed(data):
            return frame


def _loaded(head: Mapping[str, Any]) -> Registry:
    found = [
        (
            Source(one["name"], one["distribution"], one["version"], one["module"]),
            EntryPoint(one["name"], one["value"], GROUP),
        )
        for one in head["entries"]
    ]
    return from_entry_points(found, head["load_seconds"])


def _ready(registry: Registry) -> dict[str, Any]:
    papers, troubles = {}, {trouble.source.name: trouble.reason for trouble in registry.troubles}
    for plugin in registry.plugins.values():
        try:
            papers[plugin.source.name] = papers_of(plugin).model_dump(mode="json")
        except Exception as trouble:  # a declaration may hold anything
            troubles[plugin.source.name] = f"it cannot be written down: {' '.join(str(trouble).split())[:300]}"
    return {"kind": "ready", "papers": papers, "troubles": troubles}


async def _live(wire: socket.socket, registry: Registry) -> None:
    loop = asyncio.get_running_loop()
    plugins = {plugin.source.name: plugin for plugin in registry.plugins.values()}
    await loop.create_connection(lambda: Listening(plugins), sock=wire)
    while True:  # a stray task that calls sys.exit() ends this loop; see Listening.connection_lost for the end in order
        await asyncio.sleep(3600)


class Listening(asyncio.Protocol):
    """Hears the host."""

    def __init__(self, plugins: Mapping[str, Plugin]) -> None:
        self._plugins = plugins
        self._reader = Reader()
        self._jobs: dict[int, working.Job] = {}
        self._loop = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        os._exit(0)

    def data_received(self, data: bytes) -> None:
        try:
            for frame in self._reader.feed(data):
                self._take(frame)
        except BadFrame:
            os._exit(1)

    def _take(self, frame: Frame) -> None:
        head, number = frame.head, frame.head["id"]
        if frame.kind == "ask":
            working.answer(self._plugins[head["plugin"]], frame, self._from_thread)
            return
        if frame.kind == "do":
            self._jobs[number] = working.Job(number, self._plugins[head["plugin"]], frame, self.send)
            self._jobs[number].begin()
            return
        job = self._jobs.get(number)
        if job is not None:
            self._carry_on(job, frame)

    def _carry_on(self, job: working.Job, frame: Frame) -> None:
        number = frame.head["id"]
        if frame.kind == "judge":
            judged = job.talk.judged(frame.head, frame.blob)
            what = frame.head["what"]
            self.send({"kind": "judged", "id": number, "call": frame.head["call"], "what": what, **judged})
        elif frame.kind == "told":
            job.talk.told(frame.head)
        elif frame.kind == "next":
            job.next()
        elif frame.kind == "stop":
            job.stop()
        elif frame.kind == "over":
            job.talk.end()
            del self._jobs[number]

    def send(self, head: Mapping[str, Any], blob: bytes = b"") -> None:
        """A frame to the host. One that is too long is told as an error of the call that it belongs to."""
        try:
            self._transport.write(written(head, blob))
        except TooLong as trouble:
            error = {"name": "TooLong", "words": str(trouble), "place": ""}
            kind = head["kind"] if head["kind"] == "said" else "did"
            self._transport.write(written({"kind": kind, "id": head["id"], "error": error}))

    def _from_thread(self, head: Mapping[str, Any], blob: bytes = b"") -> None:
        self._loop.call_soon_threadsafe(self.send, head, blob)
