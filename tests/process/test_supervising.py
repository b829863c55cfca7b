"""Worker processes that are kept alive."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from hub.process import supervising
from hub.process.supervising import LOOK_SECONDS, Supervisor

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
STUBBORN = (
    "import pathlib, signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); pathlib.Path(sys.argv[1]).touch(); "
    "time.sleep(600)"
)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervising, "SHORTEST_WAIT", 0.05)


def until(condition: Callable[[], bool], supervisor: Supervisor, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        supervisor.look()
        time.sleep(0.02)


def test_a_killed_child_is_started_again_and_the_others_go_on() -> None:
    told: list[str] = []
    supervisor = Supervisor(SLEEPER, 2, told.append)
    supervisor.look()
    first, second = supervisor.pids

    os.kill(first, signal.SIGKILL)

    until(lambda: len(supervisor.pids) == 2 and first not in supervisor.pids, supervisor)
    assert second in supervisor.pids
    assert any("was ended by SIGKILL" in line for line in told)
    assert supervisor.stop(60) == 0


def test_the_first_is_started_without_a_pause() -> None:
    supervisor, pauses = Supervisor(SLEEPER, 1, lambda _: None), list[float]()

    def stopped(seconds: float) -> bool:
        pauses.append(seconds)
        return bool(supervisor.pids)

    supervisor.run(stopped, 5)

    assert pauses == [0.0, LOOK_SECONDS]


def test_a_child_that_cannot_live_is_started_more_and_more_slowly() -> None:
    told: list[str] = []
    supervisor = Supervisor([sys.executable, "-c", "raise SystemExit(3)"], 1, told.append)

    until(lambda: sum("ended with 3" in line for line in told) == 3, supervisor)

    waits = [line.rpartition("again in ")[2].removesuffix(" seconds") for line in told if "ended with" in line]
    assert waits == ["0.05", "0.1", "0.2"]


def test_stopping_ends_every_child() -> None:
    supervisor = Supervisor(SLEEPER, 3, lambda _: None)
    supervisor.look()
    pids = supervisor.pids

    assert supervisor.stop(60) == 0

    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_child_that_does_not_listen_is_ended_by_force(tmp_path: Path) -> None:
    deaf = tmp_path / "deaf"
    supervisor = Supervisor([sys.executable, "-c", STUBBORN, str(deaf)], 1, lambda _: None)
    until(deaf.exists, supervisor)

    assert supervisor.stop(0.3) == 1


BEATS = "import os, time; pipe = int(os.environ['HUB_BEAT_FD']); os.write(pipe, b'.'); "


def test_a_child_that_has_fallen_silent_is_killed_and_started_again() -> None:
    told: list[str] = []
    supervisor = Supervisor([sys.executable, "-c", BEATS + "time.sleep(600)"], 1, told.append, stuck=0.3)
    supervisor.look()
    (first,) = supervisor.pids

    until(lambda: supervisor.pids not in ([], [first]), supervisor)

    assert [line for line in told if "has not moved for 0.3 seconds" in line and f"({first})" in line]
    assert supervisor.stop(60) == 0


def test_a_child_that_goes_on_beating_or_has_not_begun_to_is_let_be(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000.0]
    monkeypatch.setattr(supervising, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=time.sleep))
    loop = BEATS + "exec('while 1: os.write(pipe, bytes(1)); time.sleep(0.05)')"
    beating = Supervisor([sys.executable, "-c", loop], 1, lambda _: None, stuck=0.5)
    silent = Supervisor(SLEEPER, 1, lambda _: None, stuck=0.5)
    for supervisor in (beating, silent):
        supervisor.look()
    first = [*beating.pids, *silent.pids]

    for _ in range(4):
        until(lambda: beating._children[0].heard == now[0], beating)
        now[0] += 0.4
    silent.look()

    assert [*beating.pids, *silent.pids] == first
    assert (beating.stop(60), silent.stop(60)) == (0, 0)


@pytest.mark.parametrize(("command", "code"), [("raise SystemExit(3)", 3), ("import os; os.kill(os.getpid(), 9)", 137)])
def test_the_only_child_that_ends_by_itself_ends_us_with_its_code(command: str, code: int) -> None:
    supervisor = Supervisor([sys.executable, "-c", command], 1, lambda _: None, only=True)

    assert supervisor.run(lambda seconds: time.sleep(seconds) or False, 5) == code
