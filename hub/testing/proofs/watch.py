"""What a plugin does beside its calls: lines it logs or prints, ways out past the vendor, time it sleeps.

Sleeping is made to take no time and is written down. A socket, a process or a thread of its own is refused and written down
(:mod:`hub.testing.proofs.ways_out`). Everything is put back when the case is over.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Any, TextIO

from hub.testing.proofs import ways_out
from hub.testing.proofs.spy import inside
from hub.testing.proofs.ways_out import WayOut

NOT_THEIRS = ("httpx", "httpcore", "asyncio", "aiohttp")
"""Loggers of libraries the host uses: it removes secrets from what they say on its way out."""

Keep = Callable[[str, FrameType], None]
"""Writes a line down, with the call stack that said it."""

_SLEEP, _ASYNC_SLEEP = time.sleep, asyncio.sleep
_current: Watch | None = None


@dataclass(frozen=True, slots=True)
class Sleep:
    """The plugin wanted to sleep.

    Attributes:
        where: ``file:line`` of its own code; empty when it is nowhere on the call stack.
        blocks: by ``time.sleep``, so that nothing else of the same package goes on meanwhile.
    """

    seconds: float
    where: str
    blocks: bool = False

    def __str__(self) -> str:
        how = " by time.sleep, which stops everything else of its package" if self.blocks else ""
        place = f" ({self.where})" if self.where else ""
        return f"The plugin slept {self.seconds:g} s{how}{place}; return Wait(seconds=…) and the hub comes back."


class Watch:
    """Use it as a context around one case.

    Attributes:
        lines: what was logged or printed.
        places: for each of the lines, ``file:line`` of the plugin's own code; empty where it is nowhere on the call stack.
        ways_out: sockets, processes and threads of its own.
        sleeps: how long the plugin wanted to sleep, in what way and where.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.places: list[str] = []
        self.ways_out: list[WayOut] = []
        self.sleeps: list[Sleep] = []
        self._handler = _Lines(self._keep)

    def _keep(self, line: str, frame: FrameType) -> None:
        self.lines.append(line)
        self.places.append(ways_out.place_of(frame) or "")

    @property
    def slept(self) -> list[float]:
        """Seconds the plugin wanted to sleep."""
        return [sleep.seconds for sleep in self.sleeps]

    def __enter__(self) -> Watch:
        global _current
        self._out, sys.stdout = sys.stdout, _Tee(sys.stdout, self._keep)
        self._err, sys.stderr = sys.stderr, _Tee(sys.stderr, self._keep)
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
    def __init__(self, keep: Keep) -> None:
        super().__init__()
        self._keep = keep

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.partition(".")[0] in NOT_THEIRS:
            return
        try:
            line = record.getMessage() + (f" {record.exc_info[1]!r}" if record.exc_info else "")
        except Exception:
            line = str(record.msg)
        self._keep(line, sys._getframe(1))


class _Tee:
    """Writes on, and remembers."""

    def __init__(self, stream: TextIO, keep: Keep) -> None:
        self._stream, self._keep = stream, keep

    def write(self, text: str) -> int:
        self._keep(text, sys._getframe(1))
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _sleep(seconds: float) -> None:
    if _current is not None and inside.get():
        _current.sleeps.append(Sleep(seconds, ways_out.place_of(sys._getframe(1)) or "", blocks=True))
        return
    _SLEEP(seconds)


async def _async_sleep(delay: float, result: Any = None) -> Any:
    if _current is not None and inside.get() and delay > 0:
        _current.sleeps.append(Sleep(delay, ways_out.place_of(sys._getframe(1)) or ""))
        return await _ASYNC_SLEEP(0, result)
    return await _ASYNC_SLEEP(delay, result)
