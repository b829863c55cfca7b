"""A receiver on loopback that notes what it gets and answers as it is told, and a reference of how receivers verify."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Refused(Exception):
    """What came is not from whom it says."""


def verify(secret: str, headers: Mapping[str, str], body: bytes, now: float, tolerance: float = 300) -> None:
    """As the paper of Standard Webhooks tells a receiver to do it, without a look at how the hub signs."""
    named = {name.lower(): value for name, value in headers.items()}
    try:
        id_, at, given = (named[f"webhook-{part}"] for part in ("id", "timestamp", "signature"))
        moment = int(at)
    except (KeyError, ValueError) as trouble:
        raise Refused(str(trouble)) from None
    if abs(now - moment) > tolerance:
        raise Refused("too old or too new")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{id_}.{moment}.".encode() + body, hashlib.sha256).digest()
    wanted = base64.b64encode(digest)
    for one in given.split(" "):
        version, _, signature = one.partition(",")
        if version == "v1" and hmac.compare_digest(signature.encode(), wanted):
            return
    raise Refused("no signature fits")


@dataclass(frozen=True)
class Got:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """``answers`` are given one after the other; then every request is taken."""

    port: int = 0
    got: list[Got] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    always: tuple[int, dict[str, str]] = (200, {})
    says: bytes = b"thank you"
    may_answer: threading.Event = field(default_factory=threading.Event)
    """Cleared, every request is kept waiting."""

    def __post_init__(self) -> None:
        self.may_answer.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        return [one.headers["webhook-id"] for one in self.got]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver, until the block ends."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            named = {name.lower(): value for name, value in self.headers.items()}
            receiver.got.append(Got(self.path, named, body))
            receiver.may_answer.wait(120)
            status, headers = receiver.answers.pop(0) if receiver.answers else receiver.always
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(receiver.says)))
            self.end_headers()
            self.wfile.write(receiver.says)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.may_answer.set()
        server.shutdown()
        server.server_close()
        thread.join()
