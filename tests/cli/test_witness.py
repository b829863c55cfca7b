"""A plugin that ends the whole process, or never hands it back: the command ends all the same, says whose doing it was, and not
with 0."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hub.cli import witness
from hub.cli.notes import Notes
from tests.cli.authors import new
from tests.cli.program import environment

pytestmark = pytest.mark.slow  # each starts the program itself, for nothing less can be ended

SECONDS = 300.0

CATASTROPHE = "import re; re.match('(a+)+b', 'a' * 60)"
"""Holds the interpreter for longer than anybody waits: no thread gets a turn."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return new(tmp_path_factory.mktemp("witness"), "larkmail", "--action")


@pytest.fixture
def code(folder: Path):
    """The add-on's file; as it was again afterwards."""
    file = folder / "hub_larkmail" / "__init__.py"
    before = file.read_text()
    # Python takes bytecode for current when second and length agree, and two of these tests write lines of one length.
    shutil.rmtree(file.parent / "__pycache__", ignore_errors=True)
    yield file
    file.write_text(before)


def hub(folder: Path, *words: str, script: str = "") -> subprocess.CompletedProcess[str]:
    begin = ["-c", script] if script else ["-m", "hub.cli.main"]
    return subprocess.run(
        [sys.executable, *begin, *words], cwd=folder, env=environment(folder.parent / "no-hub"), capture_output=True, text=True,
        timeout=SECONDS, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("words", [["check", "."], ["run", ".", "--option", "design=d1"]], ids=["check", "run"])
@pytest.mark.parametrize(
    ("line", "how"),
    [
        ("import os; os._exit(0)", "it called os._exit(0) (hub_larkmail/__init__.py, line 1)"),
        ("import ctypes; ctypes.string_at(0)", "it was ended by SIGSEGV (hub_larkmail/__init__.py, line 1)"),
        ("import os; os.kill(os.getpid(), 9)", "it was ended by SIGKILL"),
    ],
    ids=["exit", "crash", "kill"],
)
def test_an_end_at_import_names_the_plugin_and_the_line(
    folder: Path, code: Path, line: str, how: str, words: list[str]
) -> None:
    code.write_text(line)

    done = hub(folder, *words)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"hub: The plugin larkmail (hub-larkmail) ended this whole process while it was loaded: {how}. Its author acts: mend it, "
        "then try again.\n"
    )


def test_an_end_in_the_middle_of_a_step_names_the_step(folder: Path, code: Path) -> None:
    code.write_text(code.read_text().replace("    wanted =", "    __import__('os')._exit(0)\n    wanted ="))

    done = hub(folder, "run", ".", "--option", "design=d1")

    assert done.returncode == 1
    assert (
        "while it carried out larkmail.send_message: it called os._exit(0) (hub_larkmail/__init__.py, line "
        in done.stderr
    )


def test_an_exit_left_for_the_end_does_not_turn_a_failure_into_a_success(folder: Path, code: Path) -> None:
    code.write_text("import atexit, os\natexit.register(os._exit, 0)\nraise RuntimeError('oh')")

    done = hub(folder, "check", ".")

    assert done.returncode == 1
    assert "its import failed: RuntimeError: oh (hub_larkmail/__init__.py, line 3)" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_plugin_that_never_hands_the_interpreter_back_is_ended(folder: Path, code: Path) -> None:
    code.write_text(CATASTROPHE)
    script = "import sys; from hub.cli import main, witness; witness.STUCK_SECONDS = 4; sys.exit(main.main())"

    done = hub(folder, "check", ".", script=script)

    assert done.returncode == 1
    assert "held this process and never came back while it was loaded" in done.stderr
    assert "(hub_larkmail/__init__.py, line 1)" in done.stderr


CLOSES = {
    "descriptors": "import os; os.close(1); os.close(2)",
    "closed and used anew": "import os; os.close(1); os.close(2); kept = [open(os.devnull, 'w'), open(os.devnull, 'w')]",
    "files": "import sys; sys.stdout.close(); sys.stderr.close()",
}


@pytest.mark.parametrize("words", [["check", "."], ["run", ".", "--option", "design=d1"]], ids=["check", "run"])
@pytest.mark.parametrize("line", CLOSES.values(), ids=CLOSES)
def test_whoever_takes_our_words_away_is_named_at_import(folder: Path, code: Path, line: str, words: list[str]) -> None:
    code.write_text(f"{line}\n{code.read_text()}")

    done = hub(folder, *words)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "hub: The plugin larkmail (hub-larkmail) is not loaded: it closed the standard output and the standard error of the "
        "whole process. Its author acts.\n"
    )


@pytest.mark.parametrize("line", CLOSES.values(), ids=CLOSES)
def test_whoever_takes_our_words_away_is_named_in_a_step(folder: Path, code: Path, line: str) -> None:
    code.write_text(code.read_text().replace("    wanted =", f"    {line}\n    wanted ="))

    done = hub(folder, "run", ".", "--option", "design=d1")

    assert done.returncode == 1
    assert (
        "took our words away while it carried out larkmail.send_message: it closed the standard output and the standard error"
        in done.stderr
    )
    assert "Traceback" not in done.stderr


def test_a_thread_left_behind_does_not_keep_the_shell(folder: Path, code: Path) -> None:
    code.write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(300,)).start()\nassert False, 'oh'"
    )
    script = "import sys; from hub.cli import main, witness; witness.AFTERWARDS_SECONDS = 1; sys.exit(main.main())"

    done = hub(folder, "check", ".", script=script)

    assert done.returncode == 1
    assert "AssertionError: oh" in done.stderr


def test_the_exit_code_and_every_word_come_through(folder: Path) -> None:
    done = hub(folder, "run", ".", "--option", "design=d1", "--dry-run")
    wrong = hub(folder, "run", ".", "--nonsense")

    assert (done.returncode, done.stderr) == (0, "")
    assert "POST https://api.larkmail.example/v1/orders" in done.stdout
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr == "hub: unrecognized arguments: --nonsense. See: hub run --help\n"


def test_a_signal_is_handed_on_and_nothing_is_left_running(folder: Path, code: Path) -> None:
    code.write_text("import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(300)")
    running = subprocess.Popen(
        [sys.executable, "-m", "hub.cli.main", "check", "."], cwd=folder, env=environment(folder.parent), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert running.stdout is not None
    child = int(running.stdout.readline())

    running.terminate()

    assert running.wait(SECONDS) == 128 + signal.SIGTERM
    assert running.stderr is not None
    assert running.stderr.read() == ""
    assert not _alive(child)


def test_the_child_ends_with_a_witness_that_was_killed(folder: Path, code: Path) -> None:
    code.write_text("import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(300)")
    running = subprocess.Popen(
        [sys.executable, "-m", "hub.cli.main", "check", "."], cwd=folder, env=environment(folder.parent), text=True,
        stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert running.stdout is not None
    child = int(running.stdout.readline())

    running.kill()
    running.wait(SECONDS)

    end = time.monotonic() + SECONDS
    while _alive(child) and time.monotonic() < end:
        time.sleep(0.05)
    assert not _alive(child)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return (
        Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z" if Path("/proc").is_dir() else True
    )


def test_what_is_noted_is_read_by_another_and_a_long_word_is_cut() -> None:
    notes = Notes()

    notes.write(whose="x" * 5_000, over=0)
    notes.beat()

    assert (len(notes.written()["whose"]), notes.written()["over"], notes.beats()) == (1_000, 0, 1)


def test_where_nobody_watches_a_plugin_is_simply_in_hand() -> None:
    with witness.in_hand("The plugin x (x)", "x", "was loaded"):
        assert witness.shared.current() is None
