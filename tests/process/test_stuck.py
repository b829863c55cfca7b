"""A plugin that blocks everything, and a parent that is killed: nothing stays behind, and every step goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub.cli.demo.children import Children
from tests.cli.program import environment
from tests.core.distributions import Shelf
from tests.process.company import make, states
from tests.process.test_up import holder
from tests.support.homes import with_tables

pytestmark = pytest.mark.slow

BLOCKING = """
    import re
    from hub.core import AddOn, Done, Settings

    addon = AddOn("blocking", title="Blocking", always_on=True)

    class Nothing(Settings):
        '''A step without settings.'''

    @addon.action("wait", Nothing, title="Wait")
    async def wait_for_ever(vendor, step, contact):
        re.match("(a+)+$", "a" * 60 + "b")
        return Done()
"""
"""In C, and with Python's lock in its hand: whatever loop it is in, nothing else in the process moves."""

STUCK = "3"
"""Seconds of silence after which it is stuck. A hub that nobody blocks is silent for one on a machine that does much else."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return with_tables(tmp_path / "home")


@pytest.fixture
def children(tmp_path: Path, home: Path) -> Iterator[Children]:
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    Shelf(shelf).put("blocking", BLOCKING)
    with Children(tmp_path / "logs", environment(home, PYTHONPATH=str(shelf))) as all_of_them:
        yield all_of_them


def until(condition: Callable[[], bool], seconds: float = 180.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def lives(pid: int) -> bool:
    """A zombie is dead: whoever should bury it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_hub_that_a_plugin_blocks_is_started_again_until_the_step_is_shown_to_a_person(
    children: Children, home: Path, tmp_path: Path
) -> None:
    _, catcher = children.start("catcher", "hub.cli.demo.catch", "--ledger", str(tmp_path / "ledger"))
    children.environment["HUB_EGRESS_ALLOWED"] = catcher.removeprefix("http://").rstrip("/")
    child, _ = children.start("hub", "hub.cli.main", "up", "--port", "0", "--stuck", STUCK)
    first = holder(home)

    make(home, children.environment, "blocking.wait", contacts=1)
    until(lambda: states(home) == {"review": 1}, 300)  # the third time it is taken for poison
    make(home, children.environment, catcher, contacts=3)
    until(lambda: states(home) == {"done": 3, "review": 1})

    log = child.log.read_text()
    assert child.alive
    assert holder(home) != first
    assert not lives(first)
    assert log.count(f"has not moved for {STUCK} seconds") == 3
    assert "in wait_for_ever" in log  # which plugin, and where in it
    assert "was ended by SIGKILL; it is started again" in log


def test_a_killed_watcher_takes_its_hub_with_it_and_the_next_one_begins_at_once(children: Children, home: Path) -> None:
    child, _ = children.start("hub", "hub.cli.main", "up", "--port", "0")
    inner = holder(home)

    children.forget(child)
    child.kill()
    children.start("hub", "hub.cli.main", "up", "--port", "0")

    assert not lives(inner)
    assert holder(home) != inner


def test_a_hub_that_is_killed_is_started_again_and_one_that_is_asked_to_end_is_not(
    children: Children, home: Path
) -> None:
    child, _ = children.start("hub", "hub.cli.main", "up", "--port", "0")
    first = holder(home)

    os.kill(first, signal.SIGKILL)
    until(lambda: holder(home) != first and lives(holder(home)))
    until(lambda: "it is started again" in child.log.read_text())
    os.kill(holder(home), signal.SIGTERM)

    until(lambda: not child.alive)
    children.forget(child)
    child.stop()


PARENT = """
import os, subprocess, sys, time
from hub.process import parent
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], env={**os.environ, **parent.named()}, stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(600)
"""
CHILD = "from hub.process import parent; {before}parent.follow(); print('on', flush=True); import time; time.sleep(600)"


@pytest.mark.parametrize(
    "before",
    ["", "parent._killed_with_parent = lambda: False; parent.LOOK_SECONDS = 0.05; "],
    ids=["asked of the system", "looked at by a thread"],
)
def test_a_child_ends_when_its_parent_is_killed(before: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, CHILD.format(before=before)], stdout=subprocess.PIPE, text=True
    ) as started:
        assert started.stdout is not None
        pid = int(started.stdout.readline())
        assert lives(pid)

        started.kill()
        started.wait()

        until(lambda: not lives(pid))


def test_a_process_that_was_started_by_hand_follows_nobody() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from hub.process import parent; print(parent.follow())"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert done.stdout == "False\n"
