"""The scripts that a stranger's machine runs first (`tools/`): what they say when they cannot go on."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with the script and the locks, and nothing installed."""
    for part in ("tools", "requirements"):
        shutil.copytree(ROOT / part, tmp_path / part)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def fake_python(folder: Path, version: str, new_enough: bool) -> None:
    """A `python3` that says it is `version` and can do nothing else."""
    folder.mkdir()
    script = folder / "python3"
    script.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo "Python {version}" && exit 0\n')
    script.write_text(script.read_text() + f'[ "$1" = -c ] && exit {int(not new_enough)}\nexit 1\n')
    script.chmod(0o755)


def run(clone: Path, programs: Path, script: str = "environment") -> subprocess.CompletedProcess[str]:
    for name in ("bash", "env", "dirname", "rm", "head", "grep", "sh"):
        (programs / name).symlink_to(shutil.which(name) or name)
    command = [str(clone / "tools" / script), "server"]
    return subprocess.run(command, capture_output=True, text=True, env={"PATH": str(programs)})


def test_an_old_python_is_named_and_the_way_out_said(clone: Path, tmp_path: Path) -> None:
    fake_python(tmp_path / "bin", "3.9.18", new_enough=False)

    done = run(clone, tmp_path / "bin")

    assert done.returncode == 1
    assert "needs Python 3.11 or newer, and found: Python 3.9.18" in done.stderr
    assert "make PYTHON=" in done.stderr


def test_a_python_that_cannot_make_environments_leaves_no_half_made_one(clone: Path, tmp_path: Path) -> None:
    fake_python(tmp_path / "bin", "3.12.1", new_enough=True)

    done = run(clone, tmp_path / "bin")

    assert done.returncode == 1
    assert "python3-venv" in done.stderr
    assert not (clone / ".venv").exists()


def test_without_a_browser_and_without_root_it_says_what_to_install(clone: Path, tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    fake_python(programs, "3.12.1", new_enough=True)
    (programs / "id").write_text("#!/bin/sh\necho 1000\n")
    (programs / "id").chmod(0o755)

    done = run(clone, programs, script="system-packages")

    assert done.returncode == 1
    assert "sudo apt-get install chromium" in done.stderr
    assert "HUB_CHROMIUM=" in done.stderr
    assert "sudo apt-get install nodejs npm" in done.stderr


def test_programs_that_are_there_are_enough(clone: Path, tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    fake_python(programs, "3.12.1", new_enough=True)
    for name in ("chromium", "node", "npm"):
        (programs / name).symlink_to(shutil.which("true") or "/bin/true")

    assert run(clone, programs, script="system-packages").returncode == 0
