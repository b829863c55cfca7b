"""Who this process is, and whether another still lives.

A worker holds a lock that the system takes away when the process dies (:mod:`hub.engine.lock`). A held lock means *alive*, and
nobody touches its steps. A free lock is a hint and not a proof, for a cut connection or a database restart frees it while the
worker lives; proof is that the process itself is gone, which only its own host can see, and there only who sees the same process
numbers (a container has its own).
"""

from __future__ import annotations

import os
import socket
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from hub.db import clock
from hub.dispatch import about
from hub.engine import lock as locks
from hub.engine.lock import Lock
from hub.engine.models import Worker

TRIES, TRY_SECONDS = 20, 0.05
"""How often, and after what pauses, a new worker tries to take its own lock."""


BEAT_SECONDS = 5.0
"""How often a worker shows that it lives."""

SILENT = timedelta(seconds=BEAT_SECONDS + 2)
"""One beat that did not come. Who lives and has lost its lock has it back by then, unless the database does not let it."""


@dataclass
class Identity:
    """This process as a worker. Make it with :func:`enter`, end it with :meth:`leave`."""

    no: int
    boot_id: uuid.UUID
    _lock: Lock

    def holds_its_lock(self) -> bool:
        """Whether the lock is still ours. A worker that lost it may claim nothing and send nothing."""
        return self._lock.held()

    def take_again(self) -> bool:
        """Try to get a lost lock back."""
        return self._lock.take()

    def beat(self) -> None:
        """Note that we are here, also where somebody has closed our row meanwhile."""
        Worker.objects.filter(no=self.no).update(beat_at=clock.process_now(), ended_at=None)

    def leave(self) -> None:
        """Say that we go, and let go of the lock."""
        Worker.objects.filter(no=self.no).update(ended_at=clock.process_now())
        self._lock.release()
        if about.worker() == self.no:
            about.working_as(0)


def enter() -> Identity:
    """Become a worker: a row with a new number, and its lock."""
    now = clock.process_now()
    row = Worker.objects.create(
        boot_id=uuid.uuid4(), host=socket.gethostname(), pid=os.getpid(), started_at=now, beat_at=now,
        pid_start=f"{started(os.getpid()) or ''} {_process_space()}".strip(),
    )  # fmt: skip
    lock = locks.of_worker(row.no)
    if not _taken(lock):
        raise RuntimeError(f"the lock of the new worker {row.no} is held by somebody else")
    about.working_as(row.no)
    return Identity(row.no, row.boot_id, lock)


def _taken(lock: Lock) -> bool:
    """Take the lock of a row that others can see already: a sweeper that asks about it may have it for a moment."""
    for _ in range(TRIES):
        if lock.take():
            return True
        time.sleep(TRY_SECONDS)
    return False


@dataclass(frozen=True, slots=True)
class Life:
    """What can be said of a worker.

    Attributes:
        alive: its lock is held, or its process is seen.
        proved_gone: its process is surely gone. Neither is true when only its host could tell.
        silent: neither is true, and it has let the time for a beat go by.
    """

    alive: bool
    proved_gone: bool
    silent: bool = False


def life_of(worker: Worker | None) -> Life:
    """Whether a worker lives, as far as can be known from here."""
    if worker is None:
        return Life(alive=False, proved_gone=False)
    if locks.is_held(worker.no):
        return Life(alive=True, proved_gone=False)
    if not is_seen_from_here(worker):
        return Life(alive=False, proved_gone=False, silent=clock.process_now() - worker.beat_at > SILENT)
    start = worker.pid_start.partition(" ")[0]
    same = started(worker.pid) == start and bool(start)
    return Life(alive=same, proved_gone=not same)


def is_seen_from_here(worker: Worker) -> bool:
    """Whether this process would see the worker's: the same host, and the same numbers for its processes.

    Two containers may go by one host name; each then sees processes of its own under the other's numbers.
    """
    space = worker.pid_start.partition(" ")[2]
    return worker.host == socket.gethostname() and space in ("", _process_space())


def _process_space() -> str:
    """Among whose numbers this process has its own; empty where the system does not say."""
    with suppress(OSError):
        return str(Path("/proc/self/ns/pid").readlink())
    return ""


def started(pid: int) -> str | None:
    """When a process began, in the system's ticks; None when there is none. A number used again has another start."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[19]
