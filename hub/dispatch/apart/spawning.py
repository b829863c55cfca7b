"""Starting a plugin's process: what it is given, which is as little as it needs to run.

No environment, no standard input, no open file but one end of a socket pair and the pipe for what it prints; a session of its
own.
"""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

import hub
from hub.core.guard import LOAD_SECONDS

END_SECONDS = 0.5
"""How long a child whose end of the line is closed may take to end by itself."""

START = "import sys; sys.path[:] = {path!r}; from hub.dispatch.apart.child import main; main(int(sys.argv[1]))"
"""Its first words. ``-m`` would look for the hub where an isolated Python looks, which may be elsewhere."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A plugin's entry point."""

    name: str
    value: str
    distribution: str = ""
    version: str = ""
    module: str = ""


MEMORY = 1024 * 1024 * 1024
"""Bytes of address space. A plugin needs some forty megabytes."""

MARGIN_SECONDS = 2.0
"""What is left of a plugin's time to load for its process to start and for its reason to come home."""

SYSTEM = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/dev/null", "/dev/zero", "/dev/urandom")
"""What any program reads: libraries, time zones, chance."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use.

    Attributes:
        load_seconds: for importing a plugin, and for each of its hooks.
        memory: bytes of address space.
        hidden: folders that it must not see, even where code lies beneath or above them.
        user: the number of another user, which only root can give it.
        walls: False leaves out what only Linux has, so that it can be seen what holds elsewhere.
    """

    load_seconds: float = LOAD_SECONDS - MARGIN_SECONDS
    memory: int = MEMORY
    hidden: tuple[str, ...] = ()
    user: int | None = None
    walls: bool = True


@dataclass(slots=True)
class Spawned:
    """A process that was started.

    Attributes:
        wire: our end of the line.
        first: the first frame, to be sent over the line.
    """

    process: subprocess.Popen[bytes]
    wire: socket.socket
    first: dict[str, Any] = field(default_factory=dict)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def printed(self) -> IO[bytes]:
        assert self.process.stdout is not None
        return self.process.stdout

    def kill(self) -> None:
        """End it and whatever it started in its session."""
        if self.process.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    def ended(self) -> str:
        """Wait for its end, help it along, and say how it came."""
        try:
            status = self.process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            self.process.wait()
            return "it hung up"
        return f"it ended with status {status}" if status >= 0 else f"it was ended by {_signal(-status)}"


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def spawn(entries: Sequence[Entry], limits: Limits) -> Spawned:
    """Start a child. From a thread that lives as long as the host: where the system ends the child with its parent, it is the
    thread's end that counts."""
    ours, theirs = socket.socketpair()
    path = search_path()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-I", "-B", "-c", START.format(path=path), str(theirs.fileno()), _title(entries)],
            env={}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            pass_fds=[theirs.fileno()], start_new_session=True, cwd="/", **_somebody_else(limits.user),
        )  # fmt: skip
    ours.setblocking(False)
    return Spawned(process, ours, _first(entries, limits, path))


def _somebody_else(user: int | None) -> dict[str, Any]:
    """As another user, and in none but that user's group."""
    if user is None:
        return {}
    import pwd  # not on every system

    try:
        group = pwd.getpwuid(user).pw_gid
    except KeyError:  # a number without a name
        group = user
    return {"user": user, "group": group, "extra_groups": []}


def _title(entries: Sequence[Entry]) -> str:
    """For whoever looks at a list of processes."""
    return ",".join(entry.distribution or entry.name for entry in entries)


def _first(entries: Sequence[Entry], limits: Limits, path: list[str]) -> dict[str, Any]:
    return {
        "kind": "begin", "parent": os.getpid(), "path": path, "entries": [asdict(entry) for entry in entries],
        "load_seconds": limits.load_seconds, "memory": limits.memory, "hidden": list(limits.hidden), "walls": limits.walls,
        "readable": readable(entries, path, limits.hidden),
    }  # fmt: skip


def search_path() -> list[str]:
    """Where this process finds modules, and the house itself. No folder that depends on where somebody stands."""
    places = [place for place in sys.path if os.path.isabs(place)]
    root = str(Path(hub.__file__).parents[1])
    return list(dict.fromkeys([*places, *([] if _found_without(root) else [root])]))


def _found_without(root: str) -> bool:
    """An installation for development finds the house by itself, in folders of its choice."""
    return any(root in map(str, Path(place).parents) for place in _mapped()) and root not in sys.path


def _mapped() -> list[str]:
    """The packages that an installation for development has elsewhere (setuptools' finders)."""
    finders = [module for name, module in list(sys.modules.items()) if name.startswith("__editable___")]
    return [str(place) for finder in finders for place in getattr(finder, "MAPPING", {}).values()]


def readable(entries: Sequence[Entry], path: Sequence[str], hidden: Sequence[str]) -> list[str]:
    """Where a child may read: Python, libraries, and code. Of a folder above a hidden one only the packages it needs."""
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
    open_ = [place for place in (*path, *prefixes) if not _is_above(place, hidden)]
    packages = {place for name in ("hub", *(entry.module for entry in entries)) for place in _package(name)}
    return sorted({*SYSTEM, *open_, *packages, *_mapped()})


def _is_above(place: str, hidden: Sequence[str]) -> bool:
    above = os.path.realpath(place)
    return any(os.path.commonpath([above, os.path.realpath(one)]) == above for one in hidden)


def _package(module: str) -> list[str]:
    """The folders or the file of the package a module lies in; finding it runs none of its code."""
    try:
        spec = importlib.util.find_spec(module.partition(".")[0]) if module else None
    except (ImportError, ValueError):
        return []
    if spec is None:
        return []
    return list(spec.submodule_search_locations or ()) or [spec.origin or "/dev/null"]
