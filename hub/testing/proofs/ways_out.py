"""Ways out past the vendor: a socket, a process, a thread of the plugin's own. Each is seen, named with its place, and refused.

Python tells of such acts itself, whatever library asks for them (:func:`sys.addaudithook`); of threads it does not, so those
are seen where they start. The hook is put in once, for it cannot be taken out, and looks only while somebody watches. Whose act
it is, the call stack says: what lies between the hub's own code and the act is the plugin's. What code in C does without telling
Python is not seen.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from dataclasses import dataclass
from pathlib import PurePath
from types import FrameType
from typing import Any, Literal
from weakref import WeakSet

from hub.testing.proofs.spy import inside

Kind = Literal["network", "process", "thread"]

ACTS: dict[str, Kind] = {
    **dict.fromkeys(("socket.connect", "socket.sendto", "socket.sendmsg"), "network"),
    **dict.fromkeys(("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"), "network"),
    **dict.fromkeys(("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile"), "process"),
    **dict.fromkeys(("os.fork", "os.forkpty", "pty.spawn"), "process"),
}  # fmt: skip
"""Python's names for what is looked at. Asking for a host's address is traffic too."""

BETWEEN = ("hub.core", "hub.dispatch", "hub.testing")
"""The packages that call a plugin, and that it calls: what they do is the hub's doing."""


@dataclass(frozen=True, slots=True)
class WayOut:
    """One act.

    Attributes:
        what: the host, or the program; empty for a thread.
        where: ``file:line`` of the plugin's own code; empty when it is nowhere on the call stack.
    """

    kind: Kind
    what: str
    where: str

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        if self.kind == "network":
            return f"The plugin went to {self.what} by a client of its own{place}; all traffic goes through `vendor`."
        if self.kind == "process":
            return (
                f"The plugin started the process {self.what}{place}; what it needs from outside goes through `vendor`."
            )
        return f"The plugin started a thread{place}; the hub cannot end it. Await in the function that was called."


class Refused(PermissionError):
    """What the plugin is told. An ``OSError``, as if the machine had no network."""

    def __init__(self) -> None:
        super().__init__("an add-on reaches the world through its vendor only")


_seen: list[WayOut] | None = None
_hooked = False
_threads: WeakSet[threading.Thread] = WeakSet()
"""Those that began in a plugin's function: whatever they do, now or in a later case, is the plugin's."""


def watch(seen: list[WayOut] | None) -> None:
    """From now on write down the plugin's acts; None stops it."""
    global _seen, _hooked
    if not _hooked:
        sys.addaudithook(_heard)
        _hooked = True
    _seen = seen
    threading.Thread.start = _START if seen is None else _start  # type: ignore[method-assign]
    asyncio.BaseEventLoop.getaddrinfo = _LOOK_UP if seen is None else _look_up  # type: ignore[method-assign]


def _theirs() -> bool:
    """Whether what runs now is the plugin's: one of its functions, or a thread that it began."""
    return _seen is not None and (inside.get() or threading.current_thread() in _threads)


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    """The audit hook. It is called for everything, so the first line is what it costs."""
    if _seen is None or event not in ACTS or not _theirs():
        return
    _refuse(ACTS[event], _what(event, arguments), sys._getframe(1))


def _start(self: threading.Thread) -> None:
    """A thread may start, for it is watched as the plugin is; it may be the hub's own, around a function of the plugin's."""
    if _seen is not None and _theirs():
        _threads.add(self)
        whose = place_of(sys._getframe(1))
        if whose is not None:
            _seen.append(WayOut("thread", "", whose))
    _START(self)


async def _look_up(self: asyncio.BaseEventLoop, host: Any, port: Any, **more: Any) -> Any:
    """asyncio asks for addresses in a thread, where nobody knows any more who wanted them. So it is asked here."""
    if _theirs():
        _refuse("network", _address((host, port)), sys._getframe(1))
    return await _LOOK_UP(self, host, port, **more)


_START, _LOOK_UP = threading.Thread.start, asyncio.BaseEventLoop.getaddrinfo


def _refuse(kind: Kind, what: str, frame: FrameType) -> None:
    assert _seen is not None
    _seen.append(WayOut(kind, what, place_of(frame) or ""))
    raise Refused


def place_of(frame: FrameType | None) -> str | None:
    """Where in the plugin's own files it happens: of what the hub called, the innermost place in the same package. None where no
    code of a plugin is on the call stack."""
    called: list[FrameType] = []
    while frame is not None and not _module(frame).startswith(BETWEEN):
        if _module(frame).partition(".")[0] not in sys.stdlib_module_names:
            called.append(frame)
        frame = frame.f_back
    if not called:
        return None
    package = _module(called[-1]).partition(".")[0]
    own = next(frame for frame in called if _module(frame).partition(".")[0] == package)
    return f"{'/'.join(PurePath(own.f_code.co_filename).parts[-2:])}:{own.f_lineno}"


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


# --- what it was -------------------------------------------------------------------------------------------------


def _what(event: str, arguments: tuple[Any, ...]) -> str:
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        return _address(arguments[-1])
    if ACTS[event] == "network":
        return _address(arguments[:2])
    return _program(arguments)


def _address(where: Any) -> str:
    """A host and its port, or a socket's path."""
    if not isinstance(where, tuple):
        return _text(where)
    host, *rest = where
    return f"{_text(host)}:{_text(rest[0])}" if rest and rest[0] else _text(host)


def _program(arguments: tuple[Any, ...]) -> str:
    """Its name without its arguments, which may hold a key."""
    line = next((part for part in reversed(arguments[:2]) if part), "")
    words = [_text(word) for word in line] if isinstance(line, list | tuple) else _text(line).split()
    shell = words[2].split() if words[1:2] == ["-c"] and len(words) > 2 else words
    return os.path.basename(shell[0]) if shell else "of its own"


def _text(part: Any) -> str:
    return part.decode("utf-8", "replace") if isinstance(part, bytes) else str(part)
