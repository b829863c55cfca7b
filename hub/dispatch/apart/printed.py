"""What a plugin prints: into the hub's log, line by line, and no more of it than somebody would read."""

from __future__ import annotations

import asyncio
import logging
import time

from hub.dispatch.plain import clean

log = logging.getLogger("hub.dispatch")

MOST_BYTES = 64 * 1024
"""Of one plugin in one minute. What is beyond is thrown away, and slowly, so that the hub has other things to do."""

LONGEST_LINE = 2_000
SPAN_SECONDS = 60.0
REST_SECONDS = 0.05


class Printed(asyncio.Protocol):
    """Reads the pipe of one child.

    Args:
        called: whose it is.
    """

    def __init__(self, called: str) -> None:
        self._called = called
        self._rest = b""
        self._begun, self._seen, self._told = time.monotonic(), 0, False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.ReadTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if time.monotonic() - self._begun > SPAN_SECONDS:
            self._begun, self._seen, self._told = time.monotonic(), 0, False
        room = max(0, MOST_BYTES - self._seen)
        self._seen += len(data)
        *lines, self._rest = (self._rest + data[:room]).split(b"\n")
        for line in lines:
            self._keep(line)
        self._rest = self._rest[:LONGEST_LINE]
        if len(data) > room:
            self._throw_away()

    def _throw_away(self) -> None:
        if not self._told:
            log.warning(
                "the plugin %s prints more than %d bytes a minute; the rest is not kept", self._called, MOST_BYTES
            )
        self._told = True
        self._transport.pause_reading()
        asyncio.get_running_loop().call_later(REST_SECONDS, self._go_on)

    def _go_on(self) -> None:
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def _keep(self, line: bytes) -> None:
        text = clean(line[:LONGEST_LINE].decode("utf-8", "replace"), LONGEST_LINE).rstrip()
        if text:
            log.info("the plugin %s prints: %s", self._called, text)

    def connection_lost(self, exc: Exception | None) -> None:
        self._keep(self._rest)
