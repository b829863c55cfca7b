"""Processes kept alive: one that dies is started again, more slowly the more often it dies, and so is one that is stuck.

Dramatiq's own master stops every child when one dies. Here one that is killed costs only what it held, which the sweeper
takes back; the others go on. A child that lives and does nothing any more is found by its silence (:mod:`~hub.process.beating`):
it writes down what it was doing, is killed, and started again. A child ends with its supervisor (:mod:`~hub.process.parent`).
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hub.process import beating, parent

log = logging.getLogger("hub.process")

LOOK_SECONDS = 0.1
SHORTEST_WAIT = 0.5
LONGEST_WAIT = 30.0
LIVED_WELL = 60.0
"""A child that lived so long is started again at once."""

TELL_SECONDS = 0.5
"""For a stuck child to write down what it is doing."""


@dataclass
class Child:
    """One place for a process.

    Attributes:
        pipe: where its beats arrive.
        heard: when the last one did, by the steady counter; None before the first, for starting may take long.
    """

    place: int
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    wait: float = 0.0
    start_at: float = 0.0
    pipe: int = -1
    heard: float | None = None


class Supervisor:
    """Keeps ``number`` processes of one command alive until it is stopped.

    Args:
        command: what to run; each child is a new session's member, so that a Ctrl-C reaches it only through us.
        told: told of each start and death, in a sentence.
        name: what one of them is called in these sentences.
        stuck: seconds of silence after which a child that has beaten is stuck.
        only: the process is all there is: when it ends by itself, in order or before it ever beat, so do we, with its exit code.
    """

    def __init__(
        self,
        command: Sequence[str],
        number: int,
        told: Callable[[str], None] = log.info,
        *,
        name: str = "worker process",
        stuck: float = 60.0,
        only: bool = False,
    ) -> None:
        self._command, self._told, self._name = list(command), told, name
        self._stuck, self._only = stuck, only
        self._children = [Child(place) for place in range(1, number + 1)]
        self._code: int | None = None

    @property
    def pids(self) -> list[int]:
        """Of the living, by place."""
        return [child.process.pid for child in self._children if child.process is not None]

    def run(self, stopped: Callable[[float], bool], grace: float) -> int:
        """Look after the children until ``stopped(seconds)``, which waits so long, says yes. Returns 1 if one was killed."""
        pause = 0.0  # the first is started at once
        while not stopped(pause):
            self.look()
            if self._code is not None:
                return self._code
            pause = LOOK_SECONDS
        return self.stop(grace)

    def look(self) -> None:
        """Start whoever is missing, and kill whoever is stuck."""
        now = time.monotonic()
        for child in self._children:
            self._listen(child, now)
            if child.process is not None and child.process.poll() is not None:
                self._bury(child, now)
            if child.process is not None and child.heard is not None and now - child.heard > self._stuck:
                self._kill(child)
            if child.process is None and now >= child.start_at and self._code is None:
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
        codes = [child.process.returncode for child in self._children if child.process is not None]
        return 1 if killed or (self._only and any(codes)) else 0

    def _living(self) -> list[Child]:
        return [child for child in self._children if child.process is not None and child.process.poll() is None]

    def _start(self, child: Child, now: float) -> None:
        child.pipe, theirs = os.pipe()
        os.set_blocking(child.pipe, False)
        told = {**os.environ, **parent.named(), beating.VARIABLE: str(theirs)}
        try:
            child.process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, start_new_session=True, pass_fds=(theirs,), env=told
            )
        finally:
            os.close(theirs)
        child.began, child.heard = now, None
        if child.start_at or not self._only:  # that all there is runs is no news
            self._told(f"{self._called(child)} runs as {child.process.pid}")

    def _listen(self, child: Child, now: float) -> None:
        try:
            if child.pipe >= 0 and os.read(child.pipe, 4096):
                child.heard = now
        except BlockingIOError:
            pass  # nothing since the last look

    def _kill(self, child: Child) -> None:
        """The threads' traces go to the child's own standard error, which is its log."""
        assert child.process is not None
        self._told(
            f"{self._called(child)} ({child.process.pid}) lives and has not moved for {self._stuck:g} seconds: something in it "
            "blocks, most likely a plugin. What its threads are doing is written to its log; then it is killed and started again"
        )
        child.process.send_signal(beating.TELL)
        time.sleep(TELL_SECONDS)
        child.process.kill()
        child.process.wait()
        self._bury(child, time.monotonic())

    def _bury(self, child: Child, now: float) -> None:
        assert child.process is not None
        lived, code, started = now - child.began, child.process.returncode, child.heard is not None
        os.close(child.pipe)
        child.pipe = -1
        if self._only and (code >= 0 or not started):
            self._code = code if code >= 0 else 128 - code
            return
        child.wait = 0.0 if lived > LIVED_WELL else min(max(SHORTEST_WAIT, child.wait * 2), LONGEST_WAIT)
        child.start_at = now + child.wait
        self._told(
            f"{self._called(child)} ({child.process.pid}) {_how(code)}; it is started again in {child.wait:g} seconds"
        )
        child.process = None

    def _called(self, child: Child) -> str:
        return self._name if self._only else f"{self._name} {child.place}"


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
