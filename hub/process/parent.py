"""Ends with whoever started us: a child whose parent was killed would go on alone, unseen, and in the next one's way.

The parent says who it is in the child's environment; the child asks the system to be killed when that process ends. Where the
system offers no such thing, a thread looks every second who the parent is now. What the child held is taken back as after any
death.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

VARIABLE = "HUB_PARENT"
"""The parent's process id. Set by the parent for this one child, and gone as soon as the child has read it."""

LOOK_SECONDS = 1.0
SET_PARENT_DEATH_SIGNAL = 1
"""``PR_SET_PDEATHSIG`` of ``prctl(2)``."""


def named() -> dict[str, str]:
    """For the environment of a child that is to end with this process."""
    return {VARIABLE: str(os.getpid())}


def follow() -> bool:
    """End when the parent that named itself ends. Says whether one did; a process that was started by hand follows nobody."""
    told = os.environ.pop(VARIABLE, "")
    if not told.isdigit():
        return False
    parent = int(told)
    if not _killed_with_parent():
        threading.Thread(target=_look, args=(parent,), name="hub-parent", daemon=True).start()
    if os.getppid() != parent:  # it went before we could ask
        _end()
    return True


def _killed_with_parent() -> bool:
    """Ask the system for it. The signal comes whatever this process is doing, a plugin that never returns included."""
    if not sys.platform.startswith("linux"):
        return False
    return bool(ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0) == 0)


def _look(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    _end()


def _end() -> None:
    os._exit(128 + signal.SIGKILL)
