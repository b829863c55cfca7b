"""What a plugin does beside its calls: lines it logs or prints, sockets it opens, time it sleeps.

Sleeping is made to take no time and is written down. Opening a socket is refused and written down, whatever library asks: they
all come down to the methods of ``socket.socket``. Everything is put back when the case is over.
"""

from __future__ import annotations

import _socket
import asyncio
import logging
import socket
import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, TextIO

from hub.testing.proofs.spy import inside

METHODS = ("connect", "connect_ex", "sendto")
"""What a socket does when it goes out."""

LOOK_UPS = ("getaddrinfo", "gethostbyname")
"""Asking for a name is traffic too."""

NOT_THEIRS = ("httpx", "httpcore", "asyncio", "aiohttp")
"""Loggers of libraries the host uses: it removes secrets from what they say on its way out."""

_SLEEP, _ASYNC_SLEEP = time.sleep, asyncio.sleep
_current: Watch | None = None


class Watch:
    """Use it as a context around one case.

    Attributes:
        lines: what was logged or printed.
        sockets: what was asked of the network past the vendor.
        slept: seconds the plugin wanted to sleep.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.sockets: list[str] = []
        self.slept: list[float] = []
        self._handler = _Lines(self.lines)
        self._known: frozenset[int] = frozenset()

    def __enter__(self) -> Watch:
        global _current
        self._known = frozenset(thread.ident or 0 for thread in threading.enumerate())
        self._out, sys.stdout = sys.stdout, _Tee(sys.stdout, self.lines)
        self._err, sys.stderr = sys.stderr, _Tee(sys.stderr, self.lines)
        root = logging.getLogger()
        root.addHandler(self._handler)
        self._level = root.level
        root.setLevel(logging.DEBUG)
        time.sleep, asyncio.sleep = _sleep, _async_sleep  # type: ignore[assignment]
        for name in METHODS:
            setattr(socket.socket, name, _method(name))
        for name, guarded in _GUARDED.items():
            setattr(socket, name, guarded)
        _current = self
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        global _current
        _current = None
        time.sleep, asyncio.sleep = _SLEEP, _ASYNC_SLEEP
        for name in METHODS:
            delattr(socket.socket, name)  # what C inherits to it is there again
        for name, real in _REAL.items():
            setattr(socket, name, real)
        root = logging.getLogger()
        root.removeHandler(self._handler)
        root.setLevel(self._level)
        sys.stdout, sys.stderr = self._out, self._err

    def refuses(self, what: str, where: object) -> bool:
        """Whether this is the plugin's doing, which is then written down."""
        theirs = inside.get() or threading.get_ident() not in self._known
        if theirs:
            self.sockets.append(f"{what} {where}")
        return theirs


class _Lines(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.partition(".")[0] in NOT_THEIRS:
            return
        try:
            self._lines.append(record.getMessage() + (f" {record.exc_info[1]!r}" if record.exc_info else ""))
        except Exception:
            self._lines.append(str(record.msg))


class _Tee:
    """Writes on, and remembers."""

    def __init__(self, stream: TextIO, lines: list[str]) -> None:
        self._stream, self._lines = stream, lines

    def write(self, text: str) -> int:
        self._lines.append(text)
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _method(name: str) -> Callable[..., Any]:
    real = getattr(_socket.socket, name)

    def guarded(self: socket.socket, *arguments: Any) -> Any:
        _permitted(name, arguments[-1] if arguments else "")
        return real(self, *arguments)

    return guarded


def _look_up(name: str) -> Callable[..., Any]:
    def guarded(host: Any, *arguments: Any, **more: Any) -> Any:
        _permitted(name, host)
        return _REAL[name](host, *arguments, **more)

    return guarded


_REAL: dict[str, Callable[..., Any]] = {name: getattr(socket, name) for name in LOOK_UPS}
_GUARDED = {name: _look_up(name) for name in LOOK_UPS}


def _permitted(what: str, where: object) -> None:
    if _current is not None and _current.refuses(what, where):
        raise PermissionError("an add-on reaches the world through its vendor only")


def _sleep(seconds: float) -> None:
    if _current is not None and inside.get():
        _current.slept.append(seconds)
        return
    _SLEEP(seconds)


async def _async_sleep(delay: float, result: Any = None) -> Any:
    if _current is not None and inside.get() and delay > 0:
        _current.slept.append(delay)
        return await _ASYNC_SLEEP(0, result)
    return await _ASYNC_SLEEP(delay, result)
