"""A command in a process of its own, and a witness that sees how that process ends.

A plugin's code may end the process it runs in (`os._exit`, a crash in C), or hold the interpreter and never come back. No guard
in the same process outlives that, and a command that ends without a word and with exit code 0 would tell an author's CI that
all is well. So the command is carried out in a fork. Into memory that both share it writes which plugin it has in hand, where
that one called `os._exit`, a sign of life twice a second, and at last its exit code. An end without that last entry is the
plugin's doing: the witness says so, with the line it came from, and the exit code is 1.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import IO

from hub.cli import notes as shared
from hub.cli.notes import Notes
from hub.cli.saying import complain

BEAT_SECONDS = 0.5
STUCK_SECONDS = 20.0
"""Without a sign of life. Python hands the turn on many times a second, so this long nobody but code in C can hold it."""

AFTERWARDS_SECONDS = 5.0
"""How long a finished command may take to end: a thread that a plugin left behind must not keep the shell."""

DUMP_SECONDS = 1.0


def seen(work: Callable[[], int]) -> int:
    """Carry a command out in a child and return its exit code; say it when the child did not come to its end.

    Where the system cannot fork, it is carried out here, unseen.
    """
    if not hasattr(os, "fork") or shared.current() is not None:
        return work()
    notes, dump = Notes(), tempfile.TemporaryFile("w+b", buffering=0)  # noqa: SIM115  # both processes hold it to their end
    child = os.fork()
    if child == 0:
        return _child(work, notes, dump)
    return _Witness(child, notes, dump).wait()


@contextmanager
def in_hand(whose: str, package: str, doing: str) -> Iterator[None]:
    """Say which plugin runs from here to the end of the block.

    Args:
        whose: ``The plugin larkmail (hub-larkmail)``.
        package: what is imported of it, by which its lines are known.
        doing: ``was loaded``, to be read after *while it*.
    """
    notes = shared.current()
    if notes is None:
        yield
        return
    before = notes.written()
    notes.write(whose=whose, package=package, doing=doing)
    try:
        yield
    finally:
        notes.write(**{name: before.get(name, "") for name in ("whose", "package", "doing")})


# --- in the child ------------------------------------------------------------------------------------------------


def _child(work: Callable[[], int], notes: Notes, dump: IO[bytes]) -> int:
    from hub.process import parent

    os.environ |= {parent.VARIABLE: str(os.getppid())}
    parent.follow()
    shared.use(notes)
    _listen(notes, dump)
    code = 1
    try:
        code = work()
    except SystemExit as asked:  # argparse: its sentence is said already
        code = asked.code if isinstance(asked.code, int) else int(asked.code is not None)
        raise
    finally:
        notes.write(over=code)
    return code


def _listen(notes: Notes, dump: IO[bytes]) -> None:
    """Note whoever ends this process, and give signs of life."""
    import faulthandler

    faulthandler.enable(dump)
    faulthandler.register(signal.SIGUSR1, dump)
    real, mine = os._exit, os.getpid()

    def leaving(status: int) -> None:
        if os.getpid() == mine:  # a fork of a fork may end as it likes
            _note_the_end(notes, status, sys._getframe().f_back)
        real(status)

    os._exit = leaving  # type: ignore[assignment]
    threading.Thread(target=_beat, args=(notes,), name="hub-signs-of-life", daemon=True).start()


def _note_the_end(notes: Notes, status: int, frame: FrameType | None) -> None:
    from hub.core import whereabouts

    if frame is not None and whereabouts.package_of(frame) == "hub":  # the house's own way out (hub.process.stopping)
        notes.write(over=status)
    else:
        notes.write(exits=f"it called os._exit({status!r})", where=whereabouts.caller(frame))


def _beat(notes: Notes) -> None:
    while True:
        notes.beat()
        time.sleep(BEAT_SECONDS)


# --- in the parent -----------------------------------------------------------------------------------------------


class _Witness:
    """Waits for the child, hands signals on to it, and tells of an end that was none."""

    def __init__(self, child: int, notes: Notes, dump: IO[bytes]) -> None:
        self._child, self._notes, self._dump = child, notes, dump
        self._ended, self._status = threading.Event(), 0
        self._asked: list[int] = []
        self._stuck = False

    def wait(self) -> int:
        """The exit code."""
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, self._told)
        threading.Thread(target=self._reap, name="hub-witness", daemon=True).start()
        self._watch()
        return self._judged()

    def _reap(self) -> None:
        self._status = os.waitstatus_to_exitcode(os.waitpid(self._child, 0)[1])
        self._ended.set()

    def _told(self, number: int, _frame: FrameType | None) -> None:
        """A terminal sends Ctrl-C to both of us; everything else comes to the parent alone. Asked twice, it is killed."""
        self._asked.append(number)
        if len(self._asked) > 1:
            self._send(signal.SIGKILL)
        elif number != signal.SIGINT or not sys.stdin.isatty():
            self._send(number)

    def _send(self, number: int) -> None:
        if not self._ended.is_set():
            os.kill(self._child, number)

    def _watch(self) -> None:
        """Until the child has ended. Time is counted in looks, so that a laptop that slept is not an hour of silence."""
        last, silent, afterwards = -1, 0.0, 0.0
        while not self._ended.wait(BEAT_SECONDS):
            beats = self._notes.beats()
            silent = 0.0 if beats != last else silent + BEAT_SECONDS
            last = beats
            afterwards += BEAT_SECONDS if "over" in self._notes.written() else 0.0
            if silent > STUCK_SECONDS or afterwards > AFTERWARDS_SECONDS:
                self._end_it()

    def _end_it(self) -> None:
        self._stuck = True
        self._send(signal.SIGUSR1)  # it writes down where it stands, whoever holds the interpreter
        self._ended.wait(DUMP_SECONDS)
        self._send(signal.SIGKILL)

    def _judged(self) -> int:
        written = self._notes.written()
        if "over" in written:
            return int(written["over"])
        if self._asked:
            return 128 + self._asked[0]
        complain(self._sentence(written))
        return 1

    def _sentence(self, written: dict[str, str]) -> str:
        how = f"{self._how(written)}{self._where(written)}"
        if not written.get("whose"):
            return f"The command was ended before its time: {how}. Try again; if it ends so again, tell whoever keeps the hub."
        did = "held this process and never came back" if self._stuck else "ended this whole process"
        return f"{written['whose']} {did} while it {written['doing']}: {how}. Its author acts: mend it, then try again."

    def _how(self, written: dict[str, str]) -> str:
        if self._stuck:
            return f"for {STUCK_SECONDS:g} seconds nothing else could run, so it was ended"
        if written.get("exits"):
            return written["exits"]
        if self._status < 0:
            return f"it was ended by {signal.Signals(-self._status).name}"
        return f"it ended with exit code {self._status}"

    def _where(self, written: dict[str, str]) -> str:
        """What it wrote down itself, or the plugin's line in what the system wrote down of its stack, innermost first."""
        from hub.core import whereabouts

        package = written.get("package", "")
        self._dump.seek(0)
        lines = re.findall(r'File "(.+)", line (\d+) in', self._dump.read().decode("utf-8", "replace"))
        found = [
            f"{whereabouts.shortened(file, package)}, line {line}"
            for file, line in lines
            if package and package in file
        ]
        where = written.get("where") or next(iter(found), "")
        return f" ({where})" if where else ""
