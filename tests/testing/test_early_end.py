"""A plugin that ends the whole process: an author's plain `pytest` is red all the same, and names the line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.program import environment

pytestmark = pytest.mark.slow  # each is a pytest of its own, for nothing less can be ended

ADDON = """
import os
{top}
from hub.core import AddOn, Done, Settings

addon = AddOn("larkmail", title="Larkmail")

@addon.action("do", Settings, title="Do")
async def do(vendor, step, contact):
    {step}
    return Done("done")
"""
TESTS = """
from hub_larkmail import addon

def test_it_is_done(hub):
    assert hub.run("larkmail.do").state == "done"

def test_another():
    pass
"""


def typed(folder: Path, *words: str, top: str = "", step: str = "pass") -> subprocess.CompletedProcess[str]:
    """What an author sees who types `pytest` beside this add-on."""
    (folder / "hub_larkmail.py").write_text(ADDON.format(top=top, step=step))
    (folder / "test_larkmail.py").write_text(TESTS)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), *words, "test_larkmail.py"],
        cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def test_an_honest_plugin_is_green(tmp_path: Path) -> None:
    done = typed(tmp_path)

    assert (done.returncode, "2 passed" in done.stdout) == (0, True), done.stdout + done.stderr


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"top": "os._exit(0)"}, "hub_larkmail.py, line 3"),
        ({"top": "import posix; posix._exit(0)"}, "hub_larkmail.py, line 3"),
        ({"step": "os._exit(0)"}, "hub_larkmail.py, line 10"),
        (
            {"step": "import threading; t = threading.Thread(target=lambda: os._exit(0)); t.start(); t.join()"},
            "hub_larkmail.py, line 10",
        ),
    ],
    ids=["at import", "by another name", "in a step", "from a thread"],
)
def test_an_end_with_0_is_red_and_names_the_line(tmp_path: Path, given: dict[str, str], place: str) -> None:
    done = typed(tmp_path, **given)

    assert done.returncode != 0
    assert f"os._exit(0) would have ended pytest without a report ({place}). Its author acts." in done.stdout
    assert "passed" in done.stdout or "error" in done.stdout, "pytest came to its own end"


def test_an_end_with_another_code_passes_and_is_told(tmp_path: Path) -> None:
    done = typed(tmp_path, step="os._exit(3)")

    assert done.returncode == 3
    assert "os._exit(3) would have ended pytest without a report (hub_larkmail.py, line 10)" in done.stderr


def test_an_exit_left_for_the_end_does_not_turn_red_into_green(tmp_path: Path) -> None:
    done = typed(tmp_path, top="import atexit; atexit.register(os._exit, 0)", step="raise RuntimeError('oh')")

    assert done.returncode == 1


@pytest.mark.parametrize(
    "given", [{"top": "raise SystemExit(0)"}, {"step": "raise SystemExit(0)"}], ids=["import", "step"]
)
def test_a_sys_exit_is_red_too(tmp_path: Path, given: dict[str, str]) -> None:
    assert typed(tmp_path, **given).returncode not in (0, 5)


def test_pytests_own_workers_and_forks_end_as_ever(tmp_path: Path) -> None:
    forks = "child = os.fork()\n    if not child: os._exit(0)\n    assert os.waitpid(child, 0)[1] == 0"

    done = typed(tmp_path, "-n", "2", "-p", "xdist", step=forks)

    assert (done.returncode, "2 passed" in done.stdout) == (0, True), done.stdout + done.stderr
