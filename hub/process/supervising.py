"""Several worker processes, kept alive: a child that dies is started again, more slowly the more often it dies.

Dramatiq's own master stops every child when one dies. Here one that is killed costs only what it held, which the sweeper
takes back; the others go on.
"""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

log = logging.getLogger("hub.process")

LOOK_SECONDS = 0.1
SHORTEST_WAIT = 0.5
LONGEST_WAIT = 30.0
LIVED_WELL = 60.0
"""A child that lived so long is started again at once."""


@dataclass
class Child:
    """One place for a process."""

    place: int
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    wait: float = 0.0
    start_at: float = 0.0


class Supervisor:
    """Keeps ``number`` processes of one command alive until it is stopped.

    Args:
        command: what to run; each child is a new session's member, so that a Ctrl-C reaches it only through us.
        told: told of each start and death, in a sentence.
    """

    def __init__(self, command: Sequence[str], number: int, told: Callable[[str], None] = log.info) -> None:
        self._command, self._told = list(command), told
        self._children = [Child(place) for place in range(1, number + 1)]

    @property
    def pids(self) -> list[int]:
        """Of the living, by place."""
        return [child.process.pid for child in self._children if child.process is not None]

    def run(self, stopped: Callable[[float], bool], grace: float) -> int:
        """Look after the children until ``stopped(seconds)``, which waits so long, says yes. Returns 1 if one was killed."""
        while not stopped(LOOK_SECONDS):
            self.look()
        return self.stop(grace)

    def look(self) -> None:
        """Start whoever is missing."""
        now = time.monotonic()
        for child in self._children:
            if child.process is not None and child.process.poll() is not None:
                self._bury(child, now)
            if child.process is None and now >= child.start_at:
                self._start(child, now)

    def stop(self, grace: float) -> int:
        """Tell all to end, wait for them, and end by force whoever does not."""
        for child in self._living():
            child.process.send_signal(signal.SIGTERM)  # type: ignore[union-attr]  # the living have one
        end = time.monotonic() + grace
        killed = [child for child in self._living() if not _ended(child, end)]
        for child in killed:
            assert child.process is not None
            child.process.kill()
            child.process.wait()
        return 1 if killed else 0

    def _living(self) -> list[Child]:
        return [child for child in self._children if child.process is not None and child.process.poll() is None]

    def _start(self, child: Child, now: float) -> None:
        child.process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, start_new_session=True)
        child.began = now
        self._told(f"worker process {child.place} runs as {child.process.pid}")

    def _bury(self, child: Child, now: float) -> None:
        assert child.process is not None
        lived = now - child.began
        child.wait = 0.0 if lived > LIVED_WELL else min(max(SHORTEST_WAIT, child.wait * 2), LONGEST_WAIT)
        child.start_at = now + child.wait
        how = _how(child.process.returncode)
        self._told(
            f"worker process {child.place} ({child.process.pid}) {how}; it is started again in {child.wait:g} seconds"
        )
        child.process = None


def _ended(child: Child, end: float) -> bool:
    try:
        assert child.process is not None
        child.process.wait(max(0.0, end - time.monotonic()))
    except subprocess.TimeoutExpired:
        return False
    return True


def _how(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"


def python(*arguments: str) -> list[str]:
    """The command line of `hub …` with this very Python."""
    return [sys.executable, "-m", "hub.cli.main", *arguments]
