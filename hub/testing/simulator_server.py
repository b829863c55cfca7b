"""The simulator behind a real socket, for the demo, the browser tests and the tests that kill processes.

One server an add-on, on loopback. As a program it runs until it is told to stop::

    python -m hub.testing.simulator_server mailbox_power --port 9101 --ledger effects.jsonl

and prints its address as its first line. Every effect is in the ledger file before the answer leaves, so that whoever was killed
can be held against what the vendor really did.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from hub.core.registry import discover
from hub.testing.patient_server import PatientServer
from hub.testing.simulator import Hangup, Simulator
from hub.testing.wire import Reply

HOST = "127.0.0.1"
MOST_BYTES = 16 * 1024 * 1024
"""Of a request's body."""

ENDLESS_BYTES = 10**12
"""What an answer that never ends promises."""

LONGEST_ANSWER = 180.0
"""Seconds after which even an endless answer ends: longer than any deadline."""

CHUNK = 65_536

FAVICON = "/favicon.ico"
"""What a browser asks of every address by itself. The vendor never saw it."""


class SimulatorServer:
    """A simulator on a port of loopback (0: any that is free). Use it as a context, or ``start`` and ``close`` it."""

    def __init__(self, simulator: Simulator, port: int = 0) -> None:
        self.simulator = simulator
        self._server = PatientServer((HOST, port), _handler(simulator))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def port(self) -> int:
        """The port it really has."""
        return int(self._server.server_address[1])

    @property
    def address(self) -> str:
        """``host:port``, as the egress rules want it."""
        return f"{HOST}:{self.port}"

    @property
    def url(self) -> str:
        """The base URL to give to :class:`hub.dispatch.outside.Outside` for this add-on."""
        return f"http://{self.address}{urlsplit(self.simulator.info.base_url).path.rstrip('/')}"

    @property
    def urls(self) -> dict[str, str]:
        """What :class:`hub.dispatch.outside.Outside` takes for this add-on, its sign-in included."""
        name = self.simulator.info.name
        return {name: self.url, **({f"{name}.oauth": f"http://{self.address}"} if self.simulator.authorization else {})}

    def start(self) -> SimulatorServer:
        """Begin to answer."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop answering and free the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> SimulatorServer:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _handler(simulator: Simulator) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _any(self) -> None:
            parts = urlsplit(self.path)
            if self.path == FAVICON:
                self._write(Reply(204, {}, b""))
                return
            length = min(int(self.headers.get("Content-Length") or 0), MOST_BYTES)
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            try:
                reply = simulator.handle(
                    self.command, parts.path, query, dict(self.headers.items()), self.rfile.read(length)
                )
            except Hangup:
                self.close_connection = True
                return
            self._write(reply)

        def _write(self, reply: Reply) -> None:
            time.sleep(reply.seconds)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body) if reply.ending == "whole" else ENDLESS_BYTES))
            self.end_headers()
            self.wfile.write(reply.body)
            if reply.ending != "whole":
                self._go_on(1 if reply.ending == "drip" else CHUNK)

        def _go_on(self, size: int) -> None:
            """Until the other side has had enough; a drip comes a byte at a time."""
            self.close_connection = True
            ends = time.monotonic() + LONGEST_ANSWER
            with contextlib.suppress(OSError):
                while time.monotonic() < ends:
                    self.wfile.write(b" " * size)
                    time.sleep(0.5 if size == 1 else 0)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any

        def log_message(self, format: str, *args: Any) -> None:
            """Silent: a test's output is not the place."""

    return Handler


def main(arguments: list[str] | None = None) -> int:
    """Run one add-on's simulator until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description="Play the vendor of an installed add-on.")
    parser.add_argument("addon", help="the add-on's name")
    parser.add_argument("--port", type=int, default=0, help="on 127.0.0.1; any free one if not given")
    parser.add_argument("--ledger", type=Path, help="a file for effects, one JSON object a line")
    given = parser.parse_args(arguments)
    plugin = discover().plugin(given.addon)
    if plugin is None:
        sys.stderr.write(f"There is no loaded add-on {given.addon}.\n")
        return 2
    return until_stopped(SimulatorServer(Simulator(plugin.info, ledger=given.ledger), given.port))


def until_stopped(server: SimulatorServer) -> int:
    """Serve until SIGTERM or SIGINT; the address is printed as the first line. Returns the exit code."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    with server:
        sys.stdout.write(server.url + "\n")
        sys.stdout.flush()
        stop.wait()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
