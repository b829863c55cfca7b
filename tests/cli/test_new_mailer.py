"""`hub new --mailer`: a mail provider as data, whole from the first minute."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from hub.cli import main as cli
from hub.core.worktree import load
from hub.testing.grading import Level, grade
from tests.cli.authors import new as make
from tests.cli.authors import working_in

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make(tmp_path, "larkmail", "--mailer")


def test_what_it_writes_sends_mail_and_earns_all_but_the_look_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with working_in(folder, monkeypatch):
        plugin = load(folder).plugins["larkmail"]
        given = grade(plugin.subject)

    assert [mailer.name for mailer in plugin.mailers] == ["larkmail.mail"]
    assert [failure.badge for failure in given.failures] == ["no person needed"], "its provider files nothing by itself"
    assert given.level is Level.GOLD


def test_it_is_written_as_the_linter_would_write_it(folder: Path) -> None:
    for words in (("ruff", "check", "."), ("ruff", "format", "--check", ".")):
        done = subprocess.run([sys.executable, "-m", *words], cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_its_own_tests_pass(folder: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout[-2_000:]


def test_other_parts_beside_it_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = cli.main(["new", "larkmail", "--mailer", "--auth", "header", "--webhook", "--folder", str(tmp_path / "x")])

    assert code == 2
    assert "leave out --auth, --webhook" in capsys.readouterr().err
    assert not (tmp_path / "x").exists()
