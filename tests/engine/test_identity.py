"""Who lives: a worker's lock, from taking it to letting go."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from hub.engine import identity
from hub.engine.identity import _FileLock, _taken

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_lock_that_was_let_go_of_is_free_when_leaving_returns() -> None:
    """On PostgreSQL closing the session alone left the lock held until the server found out."""
    for _ in range(30):
        worker = identity.enter()
        assert identity.lock_is_held(worker.no)

        worker.leave()

        assert not identity.lock_is_held(worker.no)


def test_asking_about_a_lock_never_stands_in_its_owners_way() -> None:
    asking, stop = threading.Event(), threading.Event()
    worker = identity.enter()

    def ask() -> None:
        from django.db import connection

        while not stop.is_set():
            identity.lock_is_held(worker.no)
            asking.set()
        connection.close()

    thread = threading.Thread(target=ask)
    thread.start()
    asking.wait(10)
    try:
        for _ in range(50):
            worker._lock.release()
            assert _taken(worker._lock)
    finally:
        stop.set()
        thread.join()
        worker.leave()


def test_a_child_that_was_forked_meanwhile_does_not_keep_the_lock() -> None:
    lock = _FileLock(1)
    assert lock.take()
    child = os.fork()
    if child == 0:
        time.sleep(60)
        os._exit(0)
    try:
        lock.release()

        again = _FileLock(1)
        assert again.take()
        again.release()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
