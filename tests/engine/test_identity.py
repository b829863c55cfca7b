"""Who lives: a worker's lock, from taking it to letting go."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from hub.db import dialect
from hub.engine import identity, lock
from hub.engine.identity import Life, _taken
from hub.engine.lock import FileLock
from hub.engine.models import Worker

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_lock_that_was_let_go_of_is_free_when_leaving_returns() -> None:
    """On PostgreSQL closing the session alone left the lock held until the server found out."""
    for _ in range(30):
        worker = identity.enter()
        assert lock.is_held(worker.no)

        worker.leave()

        assert not lock.is_held(worker.no)


def test_asking_about_a_lock_never_stands_in_its_owners_way() -> None:
    asking, stop = threading.Event(), threading.Event()
    worker = identity.enter()

    def ask() -> None:
        from django.db import connection

        while not stop.is_set():
            lock.is_held(worker.no)
            asking.set()
        connection.close()

    thread = threading.Thread(target=ask)
    thread.start()
    assert asking.wait(60)
    try:
        for _ in range(50):
            worker._lock.release()
            assert _taken(worker._lock)
    finally:
        stop.set()
        thread.join()
        worker.leave()


def test_a_child_that_was_forked_meanwhile_does_not_keep_the_lock() -> None:
    ours = FileLock(1)
    assert ours.take()
    child = os.fork()
    if child == 0:
        time.sleep(60)
        os._exit(0)
    try:
        ours.release()

        again = FileLock(1)
        assert again.take()
        again.release()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_a_process_of_another_container_is_not_seen_under_the_same_host_name() -> None:
    """Both have a process of that number; only one of the two can say whether it has ended."""
    worker = identity.enter()
    try:
        row = Worker.objects.get(no=worker.no)
        assert identity.is_seen_from_here(row)
        worker._lock.release()

        row.pid, row.pid_start = 1, "4711 pid:[1]"

        assert identity.life_of(row) == Life(alive=False, proved_gone=False)
    finally:
        worker.leave()


def test_what_a_plugin_forked_keeps_no_lock_when_its_worker_is_gone() -> None:
    """A pool of processes outlives the worker that it was made in, with everything that was open there."""
    ours = lock.of_worker(4_711)
    assert ours.take()
    pool = os.fork()
    if pool == 0:
        time.sleep(600)
        os._exit(0)

    try:
        _as_if_killed(ours)
        assert _comes_true(lambda: not lock.is_held(4_711))
    finally:
        os.kill(pool, signal.SIGKILL)
        os.waitpid(pool, 0)


def _as_if_killed(ours: Any) -> None:
    """The system closes what a process had open, and tells nobody."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, (ours._session if dialect.is_postgres() else ours._file).fileno())
    os.close(nothing)


def _comes_true(said: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while not said() and time.monotonic() < end:
        time.sleep(0.05)
    return said()
