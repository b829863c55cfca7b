"""The lock that dies with its process: how a worker holds it, and how others see that it does.

On PostgreSQL it is an advisory lock on a session that does nothing else; on SQLite a locked file beside the database. Taking it
from the system is nobody's work: the kernel closes the socket, or the file, of a process that is gone.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Protocol

from django.db import connections

from hub.db import dialect, forking, keepalive

LOCK_SPACE = 1212
"""The first key of our advisory locks; the second is the worker's number."""

KEEPALIVE = keepalive.CLIENT | {"tcp_user_timeout": 20_000}
"""Of the session with the lock, the last in milliseconds: a worker that is cut off learns of it.

The server asks, too: the lock of a machine that lost its power is free after 20 seconds, not after two hours. A process that is
only stopped is answered for by its kernel, and keeps it."""


class Lock(Protocol):
    """What dies with its process, and can be let go of before."""

    def take(self) -> bool:
        """Try to have it. Says whether we have."""

    def held(self) -> bool:
        """Whether we have it still."""

    def release(self) -> None:
        """Let go of it: when this returns, others can have it."""


def of_worker(no: int) -> Lock:
    """The lock of a worker, by its number, on the database that is in use."""
    return SessionLock(no) if dialect.is_postgres() else FileLock(no)


def is_held(no: int) -> bool:
    """Whether somebody holds a worker's lock."""
    if dialect.is_postgres():
        return _is_held_in_postgres(no)
    lock = FileLock(no)
    if lock.take():
        lock.release()
        return False
    return True


def run_folder() -> Path:
    """Where the embedded store's workers keep their locked files: beside the database file, under its name."""
    database = Path(str(connections["default"].settings_dict["NAME"]))
    return database.with_name(f"{database.name}.run")


class FileLock:
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
        forking.close_in_children(self._close)
        return True

    def held(self) -> bool:
        return self._file is not None

    def release(self) -> None:
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)  # closing alone leaves it to a child that was forked meanwhile
            self._close()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class SessionLock:
    """An advisory lock on a database session that does nothing else and belongs to no pool."""

    def __init__(self, no: int) -> None:
        self._no = no
        self._session: Any = None

    def take(self) -> bool:
        try:
            if self._session is None or self._session.closed:
                self._session = _own_session()
                forking.close_in_children(self._close)
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

    def _close(self) -> None:
        """Without a word to the server: the session is that of the process that we were forked from."""
        if self._session is not None:
            os.close(self._session.fileno())


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

    given = connections["default"].get_connection_params()
    known = {option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()}  # the rest are words of Django's
    chosen = KEEPALIVE | {name: value for name, value in given.items() if name in known}
    session = psycopg.connect(autocommit=True, **chosen)
    session.execute(keepalive.SERVER)
    return session


def _database_errors() -> tuple[type[Exception], ...]:
    import psycopg

    return (psycopg.Error,)
