"""The walls of a plugin's process, which it raises around itself before it imports the plugin, and tries before it believes.

In order: it ends when the host ends; it may use so much memory and so many files; it gives up whatever rights it was started
with; Landlock lets it read where code lies and nothing else, write nowhere, and signal nobody outside; and the filter of the
kernel (:mod:`~hub.dispatch.apart.filter`) refuses it sockets, programs and children. Each is a thing of Linux and of its version.
What could not be raised is not in the list of :func:`raised`, and the hub tells it to its operator.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from hub.dispatch.apart import filter as kernel_filter

WALLS = ("files", "network", "processes", "signals")
"""What can be walled off, as people read it."""

LOOK_SECONDS = 1.0
MOST_FILES = 256
NICER = 5
"""So much less than the hub does a plugin matter to the machine, where both want it."""

SET_PARENT_DEATH_SIGNAL = 1
DROP_BOUND = 24
NO_NEW_RIGHTS = 38

linux = sys.platform.startswith("linux")


def follow(parent: int) -> None:
    """End when the host ends, whatever this process is doing."""
    if linux:
        ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    else:
        threading.Thread(target=_look, args=(parent,), name="hub-parent", daemon=True).start()
    if os.getppid() != parent:  # it went before we could ask
        os._exit(0)


def _look(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os._exit(0)


def raised(given: Mapping[str, Any]) -> list[str]:
    """Raise what can be raised here, and say what holds.

    Args:
        given: ``memory`` in bytes, ``readable`` places, ``hidden`` ones to try, ``parent``, whether there shall be ``walls``.
    """
    _limit(int(given["memory"]))
    if linux and given["walls"]:
        _give_up_rights()
        with suppress(OSError):
            _landlock([str(place) for place in given["readable"]])
        with suppress(OSError):
            kernel_filter.install(os.getpid())
    return [name for name, holds in _trials(given) if _tried(holds)]


def _limit(memory: int) -> None:
    """What one process may use. Where root is not given up it could take this back."""
    try:
        import resource
    except ImportError:  # Windows
        return
    bounds = ((resource.RLIMIT_AS, memory), (resource.RLIMIT_NOFILE, MOST_FILES), (resource.RLIMIT_CORE, 0),
              (resource.RLIMIT_FSIZE, 0))  # fmt: skip
    for what, most in bounds:
        with suppress(OSError, ValueError):
            resource.setrlimit(what, (most, most))
    with suppress(OSError):
        os.nice(NICER)
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("500")  # when memory is short, the plugin goes before the hub


def _give_up_rights() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    for right in range(64):
        libc.prctl(DROP_BOUND, right, 0, 0, 0)
    header, none = struct.pack("Ii", 0x20080522, 0), bytes(24)
    libc.capset(header, none)
    libc.prctl(NO_NEW_RIGHTS, 1, 0, 0, 0)


# --- Landlock ----------------------------------------------------------------------------------------------------

CREATE, ADD_RULE, RESTRICT = 444, 445, 446
"""System calls, with the same numbers on every machine."""

EXECUTE, READ_FILE, READ_FOLDER = 1 << 0, 1 << 2, 1 << 3
KNOWN_RIGHTS = {1: 1 << 13, 2: 1 << 14, 3: 1 << 15, 4: 1 << 15}
"""Version of Landlock → one more than the highest right over files it knows; from 5 on it is ``1 << 16``."""

SIGNALS_AND_SOCKETS = 3


def _landlock(readable: Iterable[str]) -> None:
    """Nothing but reading, and that only here.

    Raises:
        OSError: this kernel has no Landlock.
    """
    version = _call(CREATE, None, 0, 1)
    rights = KNOWN_RIGHTS.get(version, 1 << 16) - 1
    attributes = struct.pack("QQQ", rights, 3 if version >= 4 else 0, SIGNALS_AND_SOCKETS if version >= 6 else 0)
    size = 8 if version < 4 else 16 if version < 6 else 24
    rules = _call(CREATE, attributes, size, 0)
    for place in readable:
        with suppress(OSError):
            _let_read(rules, place)
    _call(RESTRICT, rules, 0)
    os.close(rules)


def _let_read(rules: int, place: str) -> None:
    descriptor = os.open(place, os.O_PATH | os.O_CLOEXEC)
    try:
        folder = READ_FOLDER if os.path.isdir(place) else 0
        _call(ADD_RULE, rules, 1, struct.pack("=Qi", EXECUTE | READ_FILE | folder, descriptor), 0)
    finally:
        os.close(descriptor)


def _call(number: int, *given: Any) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    result = int(libc.syscall(number, *given))
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return result


# --- trying ------------------------------------------------------------------------------------------------------

Trial = Callable[[], Any]
"""Does what must be refused."""


def _trials(given: Mapping[str, Any]) -> list[tuple[str, list[Trial]]]:
    hidden = [str(place) for place in given["hidden"]]
    environment = f"/proc/{given['parent']}/environ"
    reads: list[Trial] = [
        lambda: os.listdir("/"),
        lambda: open(environment).close(),
        *(partial(os.listdir, place) for place in hidden),
    ]
    writes: list[Trial] = [partial(_make, folder) for folder in ("/tmp", "/var/tmp", *hidden)]
    return [
        ("files", [*reads, *writes]),
        ("network", [lambda: socket.socket(socket.AF_INET).close(), lambda: socket.socket(socket.AF_UNIX).close()]),
        ("processes", [_fork]),
        ("signals", [lambda: os.kill(int(given["parent"]), 0)]),
    ]


def _tried(trials: list[Trial]) -> bool:
    return all(_is_refused(trial) for trial in trials)


def _is_refused(trial: Trial) -> bool:
    try:
        trial()
    except PermissionError:
        return True
    except FileNotFoundError:  # a hidden place that is not there yet says nothing
        return True
    except Exception:
        return False
    return False


def _make(folder: str) -> None:
    name = os.path.join(folder, f".hub-trial-{os.getpid()}")
    os.close(os.open(name, os.O_CREAT | os.O_WRONLY, 0o600))
    os.unlink(name)


def _fork() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
