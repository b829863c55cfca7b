"""The demo and its check, as real programs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest

from tests.cli.program import environment, hub

pytestmark = pytest.mark.slow

SECONDS = 240


def check(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return hub(home, "demo", "--check", "--contacts", "40", *words)


def test_the_check_kills_the_hub_and_nothing_is_lost_or_done_twice(tmp_path: Path) -> None:
    done = check(tmp_path)

    last = done.stdout.splitlines()[-1]
    assert "killed process" in done.stdout
    assert last.endswith(" held, 0 lost, 0 twice"), done.stdout + done.stderr
    assert done.returncode == 0


def test_the_check_fails_when_a_ledger_tells_otherwise(tmp_path: Path) -> None:
    done = check(tmp_path, "--plant", "twice", "--plant", "lost")

    assert done.returncode == 1
    assert done.stdout.splitlines()[-1].endswith(" 1 lost, 1 twice")
    assert "demo-check: WRONG: web server" in done.stdout


def test_the_demo_says_ready_serves_and_ends_everything_it_started(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    command = [sys.executable, "-m", "hub.cli.main", "demo", "--folder", str(folder), "--port", "0"]
    demo = subprocess.Popen(command, env=environment(tmp_path), stdout=subprocess.PIPE, text=True)
    try:
        said = lines_until(demo, "Every few seconds")
        address = next(line.split()[1] for line in said if line.startswith("  address"))

        with urllib.request.urlopen(address + "health/live", timeout=10) as answer:
            assert json.load(answer) == {"status": "ok"}
        arrived = next(line.partition(" at ")[2].partition(";")[0] for line in said if line.startswith("  webhooks"))
        with urllib.request.urlopen(arrived, timeout=10) as answer:
            assert b"What arrived" in answer.read()
        children = children_of(demo.pid)
        assert len(children) == 5
    finally:
        demo.send_signal(signal.SIGINT)
        rest, _ = demo.communicate(timeout=60)

    assert demo.returncode == 0
    assert rest.endswith("stopped\n")
    assert "ready\n" in said
    assert [pid for pid in children if is_alive(pid)] == []
    assert (folder / "demo.json").stat().st_mode & 0o077 == 0


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("ten years of work")

    done = hub(tmp_path / "home", "demo", "--folder", str(tmp_path), "--fresh")

    assert done.returncode == 1
    assert "is not empty and holds no demo" in done.stderr
    assert (tmp_path / "thesis.txt").exists()


def lines_until(demo: subprocess.Popen[str], begin: str) -> list[str]:
    """What it says, up to that line; a demo that says nothing more is ended, which ends the reading."""
    assert demo.stdout is not None
    impatience = threading.Timer(SECONDS, demo.kill)
    impatience.start()
    said: list[str] = []
    for line in demo.stdout:
        said.append(line)
        if line.startswith(begin):
            break
    impatience.cancel()
    assert said, "it said nothing"
    assert said[-1].startswith(begin), said
    return said


def children_of(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
