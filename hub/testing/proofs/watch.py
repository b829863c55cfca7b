"""What a plugin does beside its calls: lines it logs or prints, sockets it opens, time it sleeps.

Sleeping is made to take no time and is written down. Opening a socket is refused and written down: an audit hook of Python's own
sees it, whatever library asks.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
from types import TracebackType
from typing import Any, TextIO

from hub.testing.proofs.spy import inside

SOCKETS = frozenset({"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"})
"""The events that mean traffic of the plugin's own."""

NOT_THEIRS = ("httpx", "httpcore", "asyncio", "aiohttp")
"""Loggers of libraries the host uses: it removes secrets from what they say on its way out."""

_SLEEP, _ASYNC_SLEEP = time.sleep, asyncio.sleep
_current: Watch | None = None
_hooked = False


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
        global _current, _hooked
        if not _hooked:
            sys.addaudithook(_heard)
            _hooked = True
        self._known = frozenset(thread.ident or 0 for thread in threading.enumerate())
        self._out, sys.stdout = sys.stdout, _Tee(sys.stdout, self.lines)
        self._err, sys.stderr = sys.stderr, _Tee(sys.stderr, self.lines)
        root = logging.getLogger()
        root.addHandler(self._handler)
        self._level = root.level
        root.setLevel(logging.DEBUG)
        time.sleep, asyncio.sleep = _sleep, _async_sleep  # type: ignore[assignment]
        _current = self
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        global _current
        _current = None
        time.sleep, asyncio.sleep = _SLEEP, _ASYNC_SLEEP
        root = logging.getLogger()
        root.removeHandler(self._handler)
        root.setLevel(self._level)
        sys.stdout, sys.stderr = self._out, self._err

    def socket(self, event: str, arguments: tuple[Any, ...]) -> bool:
        """Whether this is the plugin's doing, which is then written down."""
        theirs = inside.get() or threading.get_ident() not in self._known
        if theirs:
            where = arguments[1] if event in ("socket.connect", "socket.sendto") else arguments[0]
            self.sockets.append(f"{event.partition('.')[2]} {where}")
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


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    if _current is not None and event in SOCKETS and _current.socket(event, arguments):
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
