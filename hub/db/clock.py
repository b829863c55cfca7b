"""What time it is. Nobody in the host calls ``datetime.now()``: it asks here, and pure functions are given ``now`` as a value.

The clock in force is the database's on PostgreSQL (many hosts, one judge) and the host's on SQLite (one host). A test or the
demo puts a ``VirtualClock`` in force with ``use``; the demo's many processes share an offset through ``HUB_CLOCK_FILE``, a
file that holds a number of seconds.

``now()`` times the work: due steps, holds, history. ``real_now()`` times people at the door: sessions and sign-in throttles
do not jump when the demo moves its clock forward a week. ``process_now()`` times the processes themselves: a worker that beat
ten seconds ago lives, whatever day the demo makes of it.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.db import connection


class Clock(Protocol):
    """Anything that can say what time it is, as an aware UTC datetime."""

    def now(self) -> datetime: ...


class HostClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class VirtualClock:
    """A clock that stands still until it is told to move."""

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock needs an aware datetime")
        self._now = start.astimezone(UTC)
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta | None = None, **parts: float) -> datetime:
        """Move forward by a timedelta, or by its parts (``advance(days=2)``), and return the new time."""
        with self._lock:
            self._now += by if by is not None else timedelta(**parts)
            return self._now


class DatabaseClock:
    """PostgreSQL's clock, read every few seconds and carried on by this machine's steady counter.

    The host's wall clock is never consulted, so two hosts whose clocks disagree still agree about what is due.
    """

    REREAD_SECONDS = 5.0  # two oscillators drift apart by well under a millisecond in this time

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read: tuple[float, datetime] | None = None

    def now(self) -> datetime:
        read, steady = self._read, _steady()
        if read is None or (steady - read[0] > self.REREAD_SECONDS and not _in_a_loop()):
            read, steady = self._read_again(steady), _steady()
        at, moment = read
        return moment + timedelta(seconds=steady - at)

    def _read_again(self, steady: float) -> tuple[float, datetime]:
        """Unless somebody else has just done so."""
        with self._lock:
            if self._read is None or steady - self._read[0] > self.REREAD_SECONDS:
                self._read = self._ask()
            return self._read

    def _ask(self) -> tuple[float, datetime]:
        before = _steady()
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            (moment,) = cursor.fetchone()
        return (before + _steady()) / 2, moment.astimezone(UTC)


class OffsetFile:
    """Seconds to add, read from a file again whenever that file changes. A missing or broken file means none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._offset = timedelta(0)

    def offset(self) -> timedelta:
        try:
            stat = self._path.stat()
        except OSError:
            return timedelta(0)
        stamp = (stat.st_mtime_ns, stat.st_size)
        if stamp != self._stamp:
            self._offset, self._stamp = _read_offset(self._path), stamp
        return self._offset


def _read_offset(path: Path) -> timedelta:
    try:
        return timedelta(seconds=float(path.read_text().strip() or 0))
    except (OSError, ValueError, OverflowError):
        return timedelta(0)


def _in_a_loop() -> bool:
    """Whether an event loop runs in this thread. No database is asked there: the runner's loop lives on the last reading,
    which every claim of a batch, in a thread of its own, renews."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _steady() -> float:
    """Seconds of a counter that never jumps, and that goes on while the machine sleeps where the system has one."""
    return time.monotonic() if _BOOT is None else time.clock_gettime(_BOOT)


_BOOT: int | None = getattr(time, "CLOCK_BOOTTIME", None)


_host = HostClock()
_database = DatabaseClock()
_offsets: dict[Path, OffsetFile] = {}
_put_in_force: Clock | None = None


def now() -> datetime:
    """The time of the clock in force, aware, UTC."""
    if _put_in_force is not None:
        return _put_in_force.now()
    return _of_the_database().now() + _file_offset()


@cache
def _of_the_database() -> Clock:
    """Chosen once: asking Django's connection each time took a fifteenth of the engine's time."""
    return _database if connection.vendor == "postgresql" else _host


def real_now() -> datetime:
    """The host's time without the demo's offset, for sessions and throttles; a clock put in force by ``use`` counts."""
    return (_put_in_force or _host).now()


def process_now() -> datetime:
    """The judge's time without the demo's offset, for the life of processes, which hosts compare; one put in force counts."""
    return (_put_in_force or _of_the_database()).now()


@contextmanager
def use(clock: Clock) -> Iterator[Clock]:
    """Put a clock in force for the whole process, its threads included, until the block ends."""
    global _put_in_force
    before, _put_in_force = _put_in_force, clock
    try:
        yield clock
    finally:
        _put_in_force = before


def _file_offset() -> timedelta:
    path: Path | None = settings.HUB_CLOCK_FILE
    if path is None:
        return _NO_OFFSET
    return _offsets.setdefault(path, OffsetFile(path)).offset()


_NO_OFFSET = timedelta(0)
