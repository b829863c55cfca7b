"""The papers are tested: what the quickstart and the README tell people to type can be typed, and does what they say."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from hub.cli.main import COMMANDS
from tests.cli import program

ROOT = Path(__file__).parents[2]
QUICKSTART = (ROOT / "docs" / "quickstart.md").read_text()
LINES = [
    line.partition("#")[0].strip()
    for block in re.findall(r"```sh\n(.+?)```", QUICKSTART, re.DOTALL)
    for line in block.splitlines()
]


def typed(name: str) -> list[list[str]]:
    """The words behind each line that begins with a program."""
    return [shlex.split(line)[1:] for line in LINES if line.split()[:1] == [name]]


@pytest.mark.parametrize("words", typed("hub"), ids=" ".join)
def test_every_hub_command_is_one_and_takes_these_words(words: list[str]) -> None:
    module = import_module(COMMANDS[words[0]][0])
    parser = argparse.ArgumentParser()
    module.arguments(parser)

    parser.parse_args(words[1:])


def test_every_make_target_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    papers = QUICKSTART + (ROOT / "README.md").read_text()
    targets = set(re.findall(r"^make (\S+)|`make (\S+?)`", papers, re.MULTILINE))

    assert targets
    for target in {one or other for one, other in targets}:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_variable_is_one_that_the_hub_reads() -> None:
    settings = (ROOT / "hub" / "db" / "settings.py").read_text()

    for name in set(re.findall(r"HUB_\w+", QUICKSTART)):
        assert name in settings


@pytest.mark.slow
def test_the_commands_before_the_browser_do_what_the_paper_says(tmp_path: Path) -> None:
    said = {}
    for words in typed("hub"):
        if words != ["up"]:
            done = program.hub(tmp_path / "hub", *words)
            assert done.returncode == 0, (words, done.stderr)
            said[words[0]] = done.stdout

    assert "Password:" in said["user"]
    assert "1  Northside Fitness" in said["account"]
    assert "mailbox_power is available to Northside Fitness" in said["addon"]


@pytest.mark.slow
def test_the_simulator_starts_as_the_paper_says(tmp_path: Path) -> None:
    [words] = typed("python")
    words = [*words[: words.index("--port")], "--port", "0", "--ledger", str(tmp_path / "gifts.jsonl")]
    with subprocess.Popen([sys.executable, *words], cwd=ROOT, env=os.environ, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        line = run.stdout.readline()
        run.terminate()

    assert line.startswith("http://127.0.0.1:")
