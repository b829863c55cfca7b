"""The web: waitress around Django, in a thread of its own, on a socket that is bound before anything is promised."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable
from typing import Any

from django.conf import settings
from waitress import wasyncore
from waitress.server import create_server

from hub.db import forking

log = logging.getLogger("hub.process")

HOST = "127.0.0.1"
PORT = 8400
THREADS = 8
"""Requests at a time. Pages are short; more would only queue for the database."""

CLOSE_SECONDS = 5.0
"""How long requests that are being answered may take to finish."""


FLUSH_SECONDS = 0.2
"""For answers that are made to reach the other side."""

FORM_BYTES = 1024 * 1024
"""What a form may weigh besides its file."""


class PortTaken(Exception):
    """Somebody else listens there."""


class Web:
    """A web server. :meth:`start` it, :meth:`close` it.

    Args:
        port: 0 for any that is free.
        threads: requests answered at a time.
        listening: a socket that listens already, instead of host and port.

    Raises:
        PortTaken: with a sentence for the person who started it.
    """

    def __init__(
        self, host: str = HOST, port: int = PORT, threads: int = THREADS, listening: socket.socket | None = None
    ) -> None:
        from django.core.wsgi import get_wsgi_application

        self._socket = listening or _bound(host, port)
        forking.close_in_children(self._socket.close)
        self.host, self.port = host, int(self._socket.getsockname()[1])
        self._server: Any = create_server(
            without_body_for_head(get_wsgi_application()), sockets=[self._socket], threads=threads, ident=None,
            clear_untrusted_proxy_headers=False,  # the hub's own middleware knows which proxies it may believe
            max_request_body_size=settings.HUB_UPLOAD_MAX_BYTES + FORM_BYTES,
        )  # fmt: skip
        self._thread = threading.Thread(target=self._server.run, name="hub-web", daemon=True)

    @property
    def url(self) -> str:
        """Where a browser finds it."""
        host = "localhost" if self.host in ("127.0.0.1", "0.0.0.0", "::", "::1") else self.host
        return f"http://{host}:{self.port}/"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def close(self) -> None:
        """Take no new connection, let running requests finish and their answers leave, and free the port."""
        if not self._thread.is_alive():
            self._socket.close()
            return
        self._in_loop(lambda: wasyncore.dispatcher.close(self._server))
        self._server.task_dispatcher.shutdown(timeout=CLOSE_SECONDS)
        self._thread.join(FLUSH_SECONDS)
        self._in_loop(lambda: wasyncore.close_all(self._server._map, ignore_all=True))
        self._thread.join(CLOSE_SECONDS)

    def _in_loop(self, work: Callable[[], object]) -> None:
        """waitress' map belongs to its loop's thread."""
        self._server.trigger.pull_trigger(work)


def without_body_for_head(application: Callable[..., Any]) -> Callable[..., Any]:
    """The same application, with nothing after the headers of a HEAD's answer.

    Neither Django nor waitress takes the body away, and the next answer on a kept connection would begin in the middle of it.
    """

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        body = application(environ, start_response)
        if environ["REQUEST_METHOD"] != "HEAD":
            return body
        if hasattr(body, "close"):
            body.close()
        return []

    return answer


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as trouble:
        sock.close()
        raise PortTaken(_why(host, port, trouble)) from None
    return sock


def _why(host: str, port: int, trouble: OSError) -> str:
    if isinstance(trouble, socket.gaierror):
        return f"There is no address {host} on this machine. Choose another with --host."
    reason = (trouble.strerror or str(trouble)).rstrip(".").lower()
    return (
        f"The hub cannot listen on {host}:{port}: {reason}. Choose another port with --port, or 0 for any that is free."
    )


def is_free(port: int, host: str = HOST) -> bool:
    """Whether a port could be had at this moment."""
    try:
        _bound(host, port).close()
    except PortTaken:
        return False
    return True
