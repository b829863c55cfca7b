"""Somebody's web server that webhooks arrive at, with its own record of what it did.

A careful receiver, as Standard Webhooks asks for: a ``webhook-id`` that it has seen before is answered like the first time and
acted on no more. Every request and every effect is a line of JSON in the ledger, on the disk before the answer leaves. Whoever
opens its address in a browser sees what arrived. As a program::

    python -m hub.cli.demo.catch --ledger FILE [--port N] [--delay SECONDS]
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from hub.cli.demo import arrived
from hub.process import parent
from hub.testing.patient_server import PatientServer

MOST_BYTES = 1024 * 1024


class Catch:
    """What the server does, without its socket."""

    def __init__(self, ledger: Path) -> None:
        self._file, self._ledger = ledger.open("a", encoding="utf-8"), ledger
        self._seen = {line["id"] for line in read(ledger) if line["what"] == "effect"}
        self._lock = threading.Lock()

    def take(self, path: str, key: str, body: str) -> bool:
        """Note a request, and act on it unless its id is known. Says whether it acted."""
        with self._lock:
            fresh = not key or key not in self._seen
            self._seen.add(key)
            self._note("request", path, key, body)
            if fresh:
                self._note("effect", path, key, body)
            self._file.flush()
            os.fsync(self._file.fileno())
            return fresh

    def lines(self) -> list[dict[str, Any]]:
        """The ledger so far."""
        with self._lock:
            return read(self._ledger)

    def _note(self, what: str, path: str, key: str, body: str) -> None:
        line = {"what": what, "at": datetime.now(UTC).isoformat(), "path": path, "id": key, "body": _parsed(body)}
        self._file.write(json.dumps(line) + "\n")


def read(ledger: Path) -> list[dict[str, Any]]:
    """Every line of a ledger; none when there is no file."""
    if not ledger.exists():
        return []
    return [json.loads(line) for line in ledger.read_text(encoding="utf-8").splitlines()]


def _parsed(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body


def handler(catch: Catch, delay: float) -> type[BaseHTTPRequestHandler]:
    """The HTTP around it. The delay lies between acting and answering, where a sender that dies does not know."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            length = min(int(self.headers.get("Content-Length") or 0), MOST_BYTES)
            body = self.rfile.read(length).decode("utf-8", "replace")
            fresh = catch.take(self.path, self.headers.get("webhook-id", ""), body)
            time.sleep(delay)
            self._answer("application/json", json.dumps({"status": "success", "new": fresh}))

        def do_GET(self) -> None:
            self._answer("text/html; charset=utf-8", arrived.page(catch.lines()))

        def _answer(self, kind: str, text: str) -> None:
            answer = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            """The ledger says it all."""

    return Handler


def main(arguments: list[str] | None = None) -> int:
    """Catch until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description="Catch webhooks on loopback.")
    parser.add_argument("--ledger", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--delay", type=float, default=0.0)
    given = parser.parse_args(arguments)
    parent.follow()
    server = PatientServer(("127.0.0.1", given.port), handler(Catch(given.ledger), given.delay))
    return serve(server, f"http://127.0.0.1:{server.server_address[1]}/")


def serve(server: HTTPServer, url: str) -> int:
    """Say the address as the first line, and serve until told to stop."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    sys.stdout.write(url + "\n")
    sys.stdout.flush()
    stop.wait()
    server.shutdown()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
