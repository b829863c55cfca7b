"""What a plugin does beside its calls: lines it logs or prints, ways out past the vendor, time it sleeps.

Sleeping is made to take no time and is written down. A socket, a process or a thread of its own is refused and written down
(:mod:`hub.testing.proofs.ways_out`). Everything is put back when the case is over.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from types import TracebackType
from typing import Any, TextIO

from hub.testing.proofs import ways_out
from hub.testing.proofs.spy import inside
from hub.testing.proofs.ways_out import WayOut

NOT_THEIRS = ("httpx", "httpcore", "asyncio", "aiohttp")
"""Loggers of libraries the host uses: it removes secrets from what they say on its way out."""

_SLEEP, _ASYNC_SLEEP = time.sleep, asyncio.sleep
_current: Watch | None = None


class Watch:
    """Use it as a context around one case.

    Attributes:
        lines: what was logged or printed.
        ways_out: sockets, processes and threads of its own.
        slept: seconds the plugin wanted to sleep.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.ways_out: list[WayOut] = []
        self.slept: list[float] = []
        self._handler = _Lines(self.lines)

    def __enter__(self) -> Watch:
        global _current
        self._out, sys.stdout = sys.stdout, _Tee(sys.stdout, self.lines)
        self._err, sys.stderr = sys.stderr, _Tee(sys.stderr, self.lines)
        root = logging.getLogger()
        root.addHandler(self._handler)
        self._level = root.level
        root.setLevel(logging.DEBUG)
        time.sleep, asyncio.sleep = _sleep, _async_sleep  # type: ignore[assignment]
        _current = self
        ways_out.watch(self.ways_out)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        global _current
        _current = None
        time.sleep, asyncio.sleep = _SLEEP, _ASYNC_SLEEP
        ways_out.watch(None)
        root = logging.getLogger()
        root.removeHandler(self._handler)
        root.setLevel(self._level)
        sys.stdout, sys.stderr = self._out, self._err


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
