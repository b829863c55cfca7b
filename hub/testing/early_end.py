"""A plugin that ends the whole process while pytest runs: without a guard, a run without a word and with exit code 0.

``os._exit(0)`` skips every report, so whoever reads the exit code, an author's CI above all, is told that all is well. While the
kit's pytest plugin is loaded such a call is therefore an exception with file and line, at import a collection error, in a step
a failed step. It is noted as well, so that a run in which somebody swallowed it, or in which it came from a thread, is red.

An exit code other than 0 is no lie: it is let through after a line on the terminal. So is the call of a tool that ends a process
of its own (xdist's workers), and of a fork. An end in C cannot be caught from within; ``hub check`` watches from outside.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

from hub.core import whereabouts

TOOLS = frozenset({"execnet", "xdist", "_pytest", "pytest", "hub", "multiprocessing"})
"""Packages that end a process as their own trade."""

_noted: list[str] = []


class EndedTheTests(RuntimeError):
    """The plugin's code would have ended pytest without a report."""


def watch() -> None:
    """From now on, to the very end of this process."""
    if getattr(os._exit, "watched", False):
        return
    leaving = _watched(os._exit, os.getpid(), _own_terminal())
    leaving.watched = True  # type: ignore[attr-defined]
    os._exit = leaving  # type: ignore[assignment]
    if "posix" in sys.modules:  # where os has it from
        sys.modules["posix"]._exit = leaving  # type: ignore[attr-defined]


def noted() -> list[str]:
    """What was caught so far, a sentence each."""
    return list(_noted)


def _watched(real: Callable[[int], NoReturn], mine: int, terminal: int) -> Callable[[int], None]:
    def leaving(status: int) -> None:
        frame = sys._getframe().f_back
        if os.getpid() == mine and not _by_a_tool(frame):
            sentence = f"os._exit({status!r}) would have ended pytest without a report{_where(frame)}. Its author acts."
            if status == 0:
                _noted.append(sentence)
                raise EndedTheTests(sentence)
            os.write(terminal, f"\n{sentence}\n".encode())
        real(status)

    return leaving


def _own_terminal() -> int:
    """pytest puts files in the place of the descriptors 1 and 2 while tests run, so we keep one of our own."""
    try:
        return os.dup(2)
    except OSError:  # started without one
        return os.open(os.devnull, os.O_WRONLY)


def _by_a_tool(frame: FrameType | None) -> bool:
    return frame is not None and whereabouts.package_of(frame) in TOOLS


def _where(frame: FrameType | None) -> str:
    """The line that called; empty when it was called by nobody's (`atexit.register(os._exit, 0)`)."""
    if frame is None:
        return ""
    file = whereabouts.shortened(frame.f_code.co_filename, whereabouts.package_of(frame))
    return f" ({file}, line {frame.f_lineno})"
