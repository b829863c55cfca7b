"""Workers that are made to be killed: forks of the test, each with a lock, rows and database sessions of its own.

A fork is up in some milliseconds, where a whole `hub worker` takes seconds, so hundreds can die in a minute. All are forked
before any other thread runs, and wait; :meth:`Victim.go` lets one become a worker.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.db import connections

Act = Callable[[], Any]
"""What a victim does when it is let go, in its own process. What it returns is told to the test, as JSON."""

_inherited: list[Any] = []
"""The parent's sessions, which a child must neither use nor close."""


class Victim:
    """One process. ``end`` it in any case."""

    def __init__(self, act: Act) -> None:
        starts, self._start = os.pipe()
        self._told, tells = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._start)
            _live(act, starts, tells)
        os.close(starts)
        os.close(tells)

    def go(self) -> Any:
        """Let it begin, and wait until it has what it takes. Says what that is."""
        os.write(self._start, b"!")
        with os.fdopen(self._told, "r") as told:
            line = told.readline()
        assert line, f"the victim {self.pid} came to grief before its time"
        return json.loads(line)

    def signal(self, what: signal.Signals) -> None:
        """At once, wherever it is."""
        os.kill(self.pid, what)

    def end(self) -> None:
        """Nothing of it stays behind."""
        with suppress(OSError):
            os.close(self._start)
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


def _live(act: Act, starts: int, tells: int) -> None:
    """The child's whole life. It returns to nobody: the rest of the test is its parent's."""
    try:
        if os.read(starts, 1):
            for connection in connections.all():
                _inherited.append(connection.connection)
                connection.connection = None
            os.write(tells, f"{json.dumps(act())}\n".encode())
            os.read(starts, 1)  # until somebody ends it, or the test itself is gone
    except BaseException as trouble:
        os.write(2, f"a victim failed: {trouble!r}\n".encode())
    finally:
        os._exit(0)
