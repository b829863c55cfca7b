"""The demo and its check, as real programs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from hub.cli.demo import checking
from hub.cli.demo.judging import Run, judge
from tests.cli.program import environment, hub

pytestmark = pytest.mark.slow

SECONDS = 240


def test_the_check_kills_the_hub_finds_nothing_lost_or_twice_and_fails_when_a_ledger_tells_otherwise(
    tmp_path: Path,
) -> None:
    done = hub(tmp_path, "demo", "--check", "--contacts", "40", "--plant", "twice", "--plant", "lost")

    lines = done.stdout.splitlines()
    judged = next((line for line in lines if line.startswith("demo-check: before anything is planted: ")), "")
    assert "killed process" in done.stdout
    assert judged.endswith(" held, 0 lost, 0 twice"), done.stdout + done.stderr
    planted = lines[lines.index(judged) :]
    assert "demo-check: WRONG" not in "\n".join(lines[: -len(planted)])
    assert any(line.startswith("demo-check: WRONG: web server") for line in planted)
    assert lines[-1].endswith(" 1 lost, 1 twice")
    assert done.returncode == 1


@pytest.mark.parametrize(("states", "code"), [(("done",), 0), (("review",), 0), (("scheduled",), 1)])
def test_the_check_ends_as_it_was_judged(states: tuple[str, ...], code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [Run(1, step, state, "c1", "vendor") for step, state in enumerate(states)]
    verdict = judge([1], 1, runs, {"vendor": ["c1"]})
    judged = SimpleNamespace(begin=lambda: None, go_on=lambda kills: None, verdict=lambda: verdict)
    monkeypatch.setattr(checking, "World", lambda *_, **__: SimpleNamespace(children=nullcontext()))
    monkeypatch.setattr(checking, "Check", lambda *_: judged)

    assert checking.run(1, 1, [], None) == code


def test_the_demo_says_ready_serves_and_ends_everything_it_started(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    command = [sys.executable, "-m", "hub.cli.main", "demo", "--folder", str(folder), "--port", "0"]
    demo = subprocess.Popen(command, env=environment(tmp_path), stdout=subprocess.PIPE, text=True)
    try:
        said = lines_until(demo, "Every few seconds")
        address = next(line.split()[1] for line in said if line.startswith("  address"))

        with urllib.request.urlopen(address + "health/live", timeout=SECONDS) as answer:
            assert json.load(answer) == {"status": "ok"}
        arrived = next(line.partition(" at ")[2].partition(";")[0] for line in said if line.startswith("  webhooks"))
        with urllib.request.urlopen(arrived, timeout=SECONDS) as answer:
            assert b"What arrived" in answer.read()
        children = children_of(demo.pid)
        assert len(children) == 5
    finally:
        demo.send_signal(signal.SIGINT)
        rest, _ = demo.communicate(timeout=SECONDS)

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
