"""The scripts that a stranger's machine runs first (`tools/`): what they say when they cannot go on."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
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


def installed(site: Path, name: str, folder: Path) -> None:
    """What pip leaves behind in an environment after ``pip install -e FOLDER``."""
    info = site / f"{name.replace('-', '_')}-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.1.0\n")
    (info / "direct_url.json").write_text(json.dumps({"dir_info": {"editable": True}, "url": folder.as_uri()}))


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


def test_a_plugin_whose_folder_is_gone_or_is_called_otherwise_is_named_and_no_other(
    clone: Path, tmp_path: Path
) -> None:
    site, plugins = tmp_path / "site", clone / "plugins"
    for name, folder in (
        ("hub-lark", "lark"),
        ("Hub_Wren", "wren mail"),
        ("hub-old-wren", "wren mail"),
        ("hub-gone", "gone"),
    ):
        installed(site, name, plugins / folder)
    for name, folder in (("hub-lark", "lark"), ("hub-wren", "wren mail")):
        (plugins / folder).mkdir(parents=True)
        (plugins / folder / "pyproject.toml").write_text(f'[project]\nname = "{name}"\n')
    installed(site, "somebody-elses", tmp_path.parent / "elsewhere")

    command = [sys.executable, str(clone / "tools" / "stale.py"), str(clone)]
    done = subprocess.run(command, capture_output=True, text=True, env={"PYTHONPATH": str(site)}, check=True)

    assert sorted(done.stdout.split()) == ["hub-gone", "hub-old-wren"]
