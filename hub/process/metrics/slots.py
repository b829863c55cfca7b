"""Numbered places for processes. A place is a locked file: the system frees it when its process ends, however it ends.

The process that comes next takes the same place and goes on counting in its files, so a worker that is killed a thousand times
leaves no thousand files, and no count ever falls. Only when no process is left does the next one begin from nothing, which is
what Prometheus knows as a restart.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MOST = 256
"""Processes of one hub on one machine."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place that somebody has."""

    number: int
    pid: int
    part: str


class NoSlot(Exception):
    """Every place is taken."""


def take(folder: Path, part: str) -> Slot:
    """Take the first free place for this process, until it ends.

    Raises:
        NoSlot: there are more processes than places.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(folder):
        if not any(_is_taken(_file(folder, number)) for number in range(MOST) if _file(folder, number).exists()):
            forget(folder)
        for number in range(MOST):
            if (handle := _locked(_file(folder, number))) is not None:
                slot = Slot(number, os.getpid(), part)
                os.ftruncate(handle, 0)
                os.write(handle, json.dumps({"pid": slot.pid, "part": part}).encode())
                return slot  # the handle stays open: it is the lock
    raise NoSlot(f"{MOST} processes have their numbers in {folder} already")


def living(folder: Path) -> list[Slot]:
    """The places that somebody has."""
    return [
        slot
        for number in range(MOST)
        if (file := _file(folder, number)).exists() and _is_taken(file) and (slot := _read(file, number))
    ]


def forget(folder: Path) -> None:
    """Begin from nothing."""
    for file in folder.glob("*.db"):
        file.unlink(missing_ok=True)


def _read(file: Path, number: int) -> Slot | None:
    try:
        told = json.loads(file.read_text())
        return Slot(number, int(told["pid"]), str(told["part"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # it is just being written


def _file(folder: Path, number: int) -> Path:
    return folder / f"slot-{number}"


def _locked(file: Path) -> int | None:
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


def _is_taken(file: Path) -> bool:
    """A shared lock is refused while its owner has it, and hinders no other who asks."""
    handle = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else takes a place, or forgets, meanwhile."""
    with (folder / "taking").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
