"""A real HTTP server on loopback that plays the vendor of :mod:`fourclasses` and counts effects.

It keeps its own ledger, and the tests believe that ledger and not the hub. A PUT to the same place and a POST with a key it
has seen are one effect; every other POST is an effect of its own.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from hub.testing.patient_server import PatientServer


class CountingVendor:
    """Start with ``with CountingVendor() as vendor``."""

    def __init__(self) -> None:
        self.effects: list[dict[str, Any]] = []
        self.requests: list[tuple[str, str]] = []
        self._keys: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()
        self._server = PatientServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> CountingVendor:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def count(self, ref: str) -> int:
        """How many effects carry this reference."""
        return sum(1 for effect in self.effects if effect["ref"] == ref)

    def act(self, method: str, path: str, key: str, body: dict[str, Any]) -> dict[str, Any]:
        """Do what was asked, once for each key or place."""
        with self._lock:
            same = self._keys.get(key or (path if method == "PUT" else ""))
            if same is not None:
                return same
            made = {"id": f"id-{len(self.effects) + 1}", **body}
            self.effects.append(made)
            self.acted(made)
            if key or method == "PUT":
                self._keys[key or path] = made
            return made

    def acted(self, effect: dict[str, Any]) -> None:
        """Called with each effect, once and before anything else can happen. For those who write it down."""

    def shown(self, ref: str) -> list[dict[str, Any]]:
        """What a look-up finds."""
        return [effect for effect in self.effects if effect["ref"] == ref]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                wanted = parse_qs(urlsplit(self.path).query).get("ref", [""])[0]
                self._answer(200, vendor.shown(wanted))

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                vendor.requests.append((self.command, self.path))
                self._answer(201, vendor.act(self.command, self.path, self.headers.get("Idempotency-Key", ""), body))

            do_PUT = do_POST

            def _answer(self, status: int, data: Any, **headers: str) -> None:
                content = json.dumps(data).encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:
                """Silence: the test's output is for the test."""

        return Handler
