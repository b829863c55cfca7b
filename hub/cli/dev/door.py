"""The address of `hub dev`, open from its start to its end, whoever stands behind it.

The socket is made once and handed to each hub that is started. While one ends and the next begins, whoever comes waits in the
socket's line and is answered by the next: nothing is refused for a save. While there is no next (the plugin ended the hub, and
nobody has mended it yet) the door itself says so.
"""

from __future__ import annotations

import select
import socket
import threading
from contextlib import suppress
from types import TracebackType

from hub.cli.dev import ground

LINE = 64
"""Connections that wait meanwhile."""

LOOK_SECONDS = 0.2
READ_SECONDS = 1.0

_WORDS = """<!doctype html><html lang="en"><meta charset="utf-8"><title>hub dev</title>
<h1>The hub has ended</h1>
<p>The plugin of this folder ended it, or kept it from starting. The terminal in which <code>hub dev</code> runs says why.</p>
<p>Mend the plugin and save. This page looks again every two seconds.</p></html>
"""
_ANSWER = (
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/html; charset=utf-8\r\nRefresh: 2\r\nCache-Control: no-store\r\n"
    f"Connection: close\r\nContent-Length: {len(_WORDS.encode())}\r\n\r\n{_WORDS}"
).encode()


class Door:
    """Use it as a context.

    Args:
        port: 0 for any that is free.

    Raises:
        Stop: the port cannot be had.
    """

    def __init__(self, port: int) -> None:
        self._socket = ground.listening(port, LINE)
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    def fileno(self) -> int:
        """What the hub is handed."""
        return self._socket.fileno()

    def speak(self) -> None:
        """Nobody stands behind it: say so to whoever comes, until :meth:`hush`."""
        self.hush()
        self._over.clear()
        self._thread = threading.Thread(target=self._answer_all, name="hub-dev-door", daemon=True)
        self._thread.start()

    def hush(self) -> None:
        """Somebody comes who answers."""
        self._over.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _answer_all(self) -> None:
        while not self._over.is_set():
            ready, _, _ = select.select([self._socket], [], [], LOOK_SECONDS)
            if ready:
                with suppress(OSError):  # who hangs up needs no answer
                    self._answer()

    def _answer(self) -> None:
        there, _ = self._socket.accept()
        with there:
            there.settimeout(READ_SECONDS)
            there.recv(65_536)
            there.sendall(_ANSWER)
            there.shutdown(socket.SHUT_WR)

    def __enter__(self) -> Door:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.hush()
        self._socket.close()
