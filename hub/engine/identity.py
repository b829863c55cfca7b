"""Who this process is, and whether another still lives.

A worker holds a lock that the system takes away when the process dies: an advisory lock on a PostgreSQL session of its own,
or a locked file beside the SQLite database. A held lock means *alive*, and nobody touches its steps. A free lock is a hint and
not a proof, for a cut connection or a database restart frees it while the worker lives; proof is that the process itself is
gone, which only its own host can see.
"""

from __future__ import annotations

import fcntl
import os
import socket
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from django.db import connections

from hub.db import clock, dialect
from hub.dispatch import about
from hub.engine.models import Worker

LOCK_SPACE = 1212
"""The first key of our advisory locks; the second is the worker's number."""

TRIES, TRY_SECONDS = 20, 0.05
"""How often, and after what pauses, a new worker tries to take its own lock."""


class Lock(Protocol):
    """What dies with its process, and can be let go of before."""

    def take(self) -> bool:
        """Try to have it. Says whether we have."""

    def held(self) -> bool:
        """Whether we have it still."""

    def release(self) -> None:
        """Let go of it: when this returns, others can have it."""


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
        """Note that we are here, for the people who look."""
        Worker.objects.filter(no=self.no).update(beat_at=clock.process_now())

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
        boot_id=uuid.uuid4(), host=socket.gethostname(), pid=os.getpid(), pid_start=started(os.getpid()) or "",
        started_at=now, beat_at=now,
    )  # fmt: skip
    lock: Lock = _SessionLock(row.no) if dialect.is_postgres() else _FileLock(row.no)
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
    """

    alive: bool
    proved_gone: bool


def life_of(worker: Worker | None) -> Life:
    """Whether a worker lives, as far as can be known from here."""
    if worker is None:
        return Life(alive=False, proved_gone=False)
    if lock_is_held(worker.no):
        return Life(alive=True, proved_gone=False)
    if worker.host != socket.gethostname():
        return Life(alive=False, proved_gone=False)
    same = started(worker.pid) == worker.pid_start and bool(worker.pid_start)
    return Life(alive=same, proved_gone=not same)


def started(pid: int) -> str | None:
    """When a process began, in the system's ticks; None when there is none. A number used again has another start."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[19]


def lock_is_held(no: int) -> bool:
    """Whether somebody holds a worker's lock."""
    if dialect.is_postgres():
        return _is_held_in_postgres(no)
    lock = _FileLock(no)
    if lock.take():
        lock.release()
        return False
    return True


def run_folder() -> Path:
    """Where the embedded store's workers keep their locked files: beside the database file, under its name."""
    database = Path(str(connections["default"].settings_dict["NAME"]))
    return database.with_name(f"{database.name}.run")


class _FileLock:
    """``flock`` on a file of the installation's home; the kernel lets go when the process ends."""

    def __init__(self, no: int) -> None:
        folder = run_folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = folder / f"worker-{no}"
        self._file: IO[str] | None = None

    def take(self) -> bool:
        file = self._path.open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._file = file
        return True

    def held(self) -> bool:
        return self._file is not None

    def release(self) -> None:
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)  # closing alone leaves it to a child that was forked meanwhile
            self._file.close()
            self._file = None


class _SessionLock:
    """An advisory lock on a database session that does nothing else and belongs to no pool."""

    def __init__(self, no: int) -> None:
        self._no = no
        self._session: Any = None

    def take(self) -> bool:
        try:
            if self._session is None or self._session.closed:
                self._session = _own_session()
            row = self._session.execute("SELECT pg_try_advisory_lock(%s, %s)", (LOCK_SPACE, self._no)).fetchone()
        except _database_errors():
            self._session = None
            return False
        return bool(row and row[0])

    def held(self) -> bool:
        try:
            return self._session is not None and self._session.execute("SELECT 1").fetchone() is not None
        except _database_errors():
            self._session = None
            return False

    def release(self) -> None:
        """Said aloud before the session is closed: the server finds out about a closed one in its own time."""
        session, self._session = self._session, None
        if session is None:
            return
        with suppress(*_database_errors()):
            session.execute("SELECT pg_advisory_unlock(%s, %s)", (LOCK_SPACE, self._no))
        session.close()


_HELD = """
SELECT EXISTS (SELECT 1 FROM pg_locks
                WHERE locktype = 'advisory' AND granted AND classid = %s AND objid = %s AND objsubid = 2
                  AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""
"""Looked at and not tried: a lock taken only to see whether it is free is one that its owner cannot take in that moment."""


def _is_held_in_postgres(no: int) -> bool:
    with connections["default"].cursor() as cursor:
        cursor.execute(_HELD, (LOCK_SPACE, no))
        return bool(cursor.fetchone()[0])


def _own_session() -> Any:
    import psycopg

    parameters = connections["default"].get_connection_params()
    names = ("host", "port", "user", "password", "dbname", "options", "sslmode")
    chosen = {name: parameters[name] for name in names if parameters.get(name)}
    return psycopg.connect(autocommit=True, **chosen)


def _database_errors() -> tuple[type[Exception], ...]:
    import psycopg

    return (psycopg.Error,)
