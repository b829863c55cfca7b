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
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.db import connections

from hub.db import clock, dialect
from hub.engine.models import Worker

LOCK_SPACE = 1212
"""The first key of our advisory locks; the second is the worker's number."""


@dataclass
class Identity:
    """This process as a worker. Make it with :func:`enter`, end it with :meth:`leave`."""

    no: int
    boot_id: uuid.UUID
    _lock: _Lock

    def holds_its_lock(self) -> bool:
        """Whether the lock is still ours. A worker that lost it may claim nothing and send nothing."""
        return self._lock.held()

    def take_again(self) -> bool:
        """Try to get a lost lock back."""
        return self._lock.take()

    def beat(self) -> None:
        """Note that we are here, for the people who look."""
        Worker.objects.filter(no=self.no).update(beat_at=clock.now())

    def leave(self) -> None:
        """Say that we go, and let go of the lock."""
        Worker.objects.filter(no=self.no).update(ended_at=clock.now())
        self._lock.release()


def enter() -> Identity:
    """Become a worker: a row with a new number, and its lock."""
    now = clock.now()
    row = Worker.objects.create(
        boot_id=uuid.uuid4(), host=socket.gethostname(), pid=os.getpid(), pid_start=started(os.getpid()) or "",
        started_at=now, beat_at=now,
    )  # fmt: skip
    lock: _Lock = _SessionLock(row.no) if dialect.is_postgres() else _FileLock(row.no)
    if not lock.take():
        raise RuntimeError(f"the lock of the new worker {row.no} is held by somebody else")
    return Identity(row.no, row.boot_id, lock)


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
    """Whether somebody holds a worker's lock. Asking takes it for a moment and gives it back."""
    lock: _Lock = _SharedSessionLock(no) if dialect.is_postgres() else _FileLock(no)
    if lock.take():
        lock.release()
        return False
    return True


def run_folder() -> Path:
    """Where the embedded store's workers keep their locked files: beside the database file, under its name."""
    database = Path(str(connections["default"].settings_dict["NAME"]))
    return database.with_name(f"{database.name}.run")


class _Lock:
    def take(self) -> bool:
        raise NotImplementedError

    def held(self) -> bool:
        raise NotImplementedError

    def release(self) -> None:
        raise NotImplementedError


class _FileLock(_Lock):
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
            self._file.close()
            self._file = None


class _SessionLock(_Lock):
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
        if self._session is not None:
            self._session.close()
            self._session = None


class _SharedSessionLock(_SessionLock):
    """For asking: the current thread's own connection, for the length of one question."""

    def take(self) -> bool:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", (LOCK_SPACE, self._no))
            return bool(cursor.fetchone()[0])

    def release(self) -> None:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", (LOCK_SPACE, self._no))


def _own_session() -> Any:
    import psycopg

    parameters = connections["default"].get_connection_params()
    names = ("host", "port", "user", "password", "dbname", "options", "sslmode")
    chosen = {name: parameters[name] for name in names if parameters.get(name)}
    return psycopg.connect(autocommit=True, **chosen)


def _database_errors() -> tuple[type[Exception], ...]:
    import psycopg

    return (psycopg.Error,)
