"""The embedded hub as a real process: how it starts, how it ends, and that it is alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub.cli.demo.children import Child, Children
from tests.cli.program import environment, hub
from tests.process.company import make, states
from tests.support.homes import with_tables

pytestmark = pytest.mark.slow


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return with_tables(tmp_path / "home")


@pytest.fixture
def children(tmp_path: Path, home: Path) -> Iterator[Children]:
    with Children(tmp_path / "logs", environment(home)) as all_of_them:
        yield all_of_them


def up(children: Children) -> tuple[Child, str]:
    child, line = children.start("hub", "hub.cli.main", "up", "--port", "0")
    return child, line.removeprefix("ready: ")


def holder(home: Path) -> int:
    """The process that has the folder: the one in which everything runs, not the small one that looks after it. 0 while one
    that has just taken it is writing itself down."""
    return int((home / "run" / "hub.lock").read_text() or 0)


def until(condition: Callable[[], bool], seconds: float = 180.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def test_it_makes_its_database_serves_and_ends_on_sigterm(children: Children, tmp_path: Path) -> None:
    home = tmp_path / "not there yet"
    children.environment["HUB_HOME"] = str(home)
    child, url = up(children)

    with urllib.request.urlopen(url + "health/live", timeout=20) as answer:
        assert answer.status == 200
    assert (home / "hub.sqlite3").exists()

    children.forget(child)
    child.stop()
    assert child.code == 0
    assert "Traceback" not in child.log.read_text()


def test_a_second_hub_on_the_same_folder_is_refused(children: Children, home: Path) -> None:
    up(children)
    pid = holder(home)

    second = hub(home, "up", "--port", "0")

    assert second.returncode == 1
    assert f"Another hub (process {pid}) already runs on {home}." in second.stderr


def test_a_port_that_is_taken_is_a_sentence(children: Children, home: Path, tmp_path: Path) -> None:
    _, url = up(children)
    port = url.rstrip("/").rpartition(":")[2]

    other = hub(with_tables(tmp_path / "other"), "up", "--port", port)

    assert other.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}: address already in use" in other.stderr
    assert "--port" in other.stderr


def test_a_database_that_is_behind_is_refused_with_no_migrate(tmp_path: Path) -> None:
    refused = hub(tmp_path / "not there yet", "up", "--port", "0", "--no-migrate")

    assert refused.returncode == 1
    assert "Run: hub migrate" in refused.stderr


def test_running_calls_finish_before_it_ends_and_nothing_new_is_begun(
    children: Children, home: Path, tmp_path: Path
) -> None:
    _, catcher = children.start("catcher", "hub.cli.demo.catch", "--ledger", str(tmp_path / "ledger"), "--delay", "2.0")
    children.environment["HUB_EGRESS_ALLOWED"] = catcher.removeprefix("http://").rstrip("/")
    make(home, children.environment, catcher, contacts=400)  # more than a lane has places and looks ahead
    child, _ = up(children)
    until(lambda: states(home).get("calling", 0) > 0)

    children.forget(child)
    child.stop()

    left = states(home)
    effects = sum('"effect"' in line for line in (tmp_path / "ledger").read_text().splitlines())
    assert child.code == 0
    assert left.get("calling", 0) + left.get("claimed", 0) + left.get("unknown", 0) + left.get("review", 0) == 0
    assert left["done"] == effects
    assert left["scheduled"] == 400 - effects  # given back at once: nobody waits for what was not begun
    assert 0 < effects < 400


def test_a_second_signal_ends_it_at_once_and_the_rows_keep_the_truth(
    children: Children, home: Path, tmp_path: Path
) -> None:
    _, catcher = children.start("catcher", "hub.cli.demo.catch", "--ledger", str(tmp_path / "ledger"), "--delay", "20")
    children.environment["HUB_EGRESS_ALLOWED"] = catcher.removeprefix("http://").rstrip("/")
    make(home, children.environment, catcher, contacts=3)
    child, _ = up(children)
    until(lambda: states(home).get("calling", 0) == 3)

    os.kill(child.pid, signal.SIGTERM)
    assert child.first_line().startswith("stopping"), "the first is heard: two that come at once are one to the system"
    os.kill(child.pid, signal.SIGTERM)
    children.forget(child)
    child.stop()

    assert child.code == 128 + signal.SIGTERM
    assert states(home) == {"calling": 3}


def test_python_dash_m_is_the_same_program_as_the_script() -> None:
    script = Path(sys.executable).with_name("hub")

    said = [subprocess.run(command, capture_output=True, text=True, check=True).stdout for command in (
        [str(script), "--help"], [sys.executable, "-m", "hub.cli.main", "--help"],
    )]  # fmt: skip

    assert said[0] == said[1]
