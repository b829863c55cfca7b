"""The hub's parts as processes that are killed, stopped and started again, on one of the two ways to run.

Each part has a place; who is killed is started again in it, as a supervisor would. A part that ended by itself is counted.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from hub.cli.demo.children import Child
from hub.cli.trouble import Stop
from tests.faults import scribe
from tests.faults.history import History

ROOT = Path(__file__).parents[2]
STARTING_SECONDS = 1.5
"""How far into its start a part may be killed."""

WORKING_SECONDS = 2.5
"""How long it works, at most, before the next trouble."""

READY_SECONDS = 240.0
"""How long a part may take to come up, started again and again while the database comes and goes."""

ENDING_SECONDS = 5.0
"""How long a part that has closed its output may take to end."""

IN_THE_START = 0.15
"""The share of kills that come while it is still starting."""


class Parts:
    """All parts of one hub. Use it as a context.

    Args:
        places: name of a place → the words of its command.
        chance: the storm's.
        history: where deaths are written down.
    """

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        places: Mapping[str, str],
        chance: random.Random,
        history: History,
    ) -> None:
        self._folder, self._environment, self._places, self._chance = folder, environment, places, chance
        self._history = history
        self._children: dict[str, Child] = {}
        self._lives: Counter[str] = Counter()
        self._ready: set[str] = set()
        self.counts: Counter[str] = Counter()

    def kill(self, place: str) -> None:
        """End it as a power cut would, at some moment of its work or of its start, and start it again."""
        if self._chance.random() >= IN_THE_START:
            self.work(place)
        else:
            time.sleep(self._chance.uniform(0, STARTING_SECONDS))
        child = self._children.pop(place)
        if child.alive:
            self.counts["kills"] += 1
        else:
            self._ended(place)
        self._history.write("kill", place=place, whom=self._name(place))
        child.kill()
        self._start(place)

    def stop_for(self, place: str, seconds: float) -> None:
        """Stop it in mid-work and let it go on later, as a machine that was put to sleep."""
        self.work(place)
        child = self._children[place]
        self._history.write("stop", place=place, seconds=seconds)
        os.kill(child.pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(child.pid, signal.SIGCONT)
        self._history.write("goes on", place=place)
        self.counts["stops"] += 1

    def work(self, *places: str) -> None:
        """Let these (all, when none is named) work for a moment: until they are ready, and then some."""
        self.be_ready(*places)
        time.sleep(self._chance.uniform(0, WORKING_SECONDS))

    def be_ready(self, *places: str) -> None:
        """Wait until they are there, starting again those that did not come up."""
        self.tend()
        end = time.monotonic() + READY_SECONDS
        for place in places or self._places:
            while place not in self._ready:
                self._await(place)
                assert time.monotonic() < end, f"{place} does not come up\n{self.logs()}"

    def tend(self) -> None:
        """Start again whoever ended by itself."""
        for place, child in list(self._children.items()):
            if not child.alive:
                self._again(place)

    def _await(self, place: str) -> None:
        try:
            self._children[place].first_line()
            self._ready.add(place)
        except Stop:  # the database may have been away when it began
            if not self._has_ended(place):
                raise
            self._again(place)

    def _has_ended(self, place: str) -> bool:
        """Its output ends a moment before it does."""
        end = time.monotonic() + ENDING_SECONDS
        while self._children[place].alive and time.monotonic() < end:
            time.sleep(0.02)
        return not self._children[place].alive

    def _again(self, place: str) -> None:
        self._ended(place)
        self._children.pop(place).stop()
        self._start(place)

    def _ended(self, place: str) -> None:
        self.counts["ended by themselves"] += 1
        self._history.write("ended", place=place, by=self._name(place))

    def _name(self, place: str) -> str:
        return f"{place}.{self._lives[place]}"

    def _start(self, place: str) -> None:
        self._lives[place] += 1
        command = [sys.executable, "-m", "hub.cli.main", *self._places[place].split()]
        log = self._folder / f"{place}.log"
        environment = {**self._environment, scribe.WHO: self._name(place)}
        self._children[place] = Child(place, command, log, environment)
        self._ready.discard(place)

    def logs(self) -> str:
        """The end of each part's log, for a failure."""
        return "\n".join(child.tail() for child in self._children.values())

    def __enter__(self) -> Parts:
        self._folder.mkdir(parents=True, exist_ok=True)
        for place in self._places:
            self._start(place)
        return self

    def __exit__(self, *_: object) -> None:
        for child in self._children.values():
            child.kill()


def run(environment: Mapping[str, str], module: str, *words: str) -> None:
    """Run a program to its end; fail with what it said."""
    done = subprocess.run(
        [sys.executable, "-m", module, *words], env=dict(environment), cwd=ROOT, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
