"""The manifest in the wheel: written when a package is built, read when its code cannot be run."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.core.freezing import FILE, frozen, shipped, write
from hub.core.manifest import Manifest
from hub.core.registry import discover
from hub.core.worktree import NoPlugin
from tests.cli.authors import new, working_in
from tests.core.distributions import Shelf, shelf


@pytest.fixture
def larkmail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a new add-on, and we are in it."""
    with working_in(new(tmp_path, "larkmail", "--action", "--webhook"), monkeypatch) as folder:
        yield folder


@pytest.fixture
def packages(tmp_path: Path) -> Iterator[Shelf]:
    """A folder on the path for installed packages."""
    (tmp_path / "site").mkdir()
    with shelf(tmp_path / "site") as made:
        yield made


class Command:
    """setuptools' command, as far as a writer uses it."""

    def __init__(self) -> None:
        self.written: dict[str, str] = {}
        self.said: list[str] = []

    def write_file(self, what: str, filename: str, data: str) -> None:
        self.written[filename] = data

    def announce(self, words: str, level: int) -> None:
        self.said.append(words)


def say_of_itself(packages: Shelf, package: str, text: str) -> None:
    [info] = packages.folder.glob(f"{package.replace('-', '_')}-*.dist-info")
    (info / FILE).write_text(text)


def test_what_is_frozen_holds_every_form(larkmail: Path) -> None:
    manifest = Manifest.model_validate(json.loads(frozen(larkmail) or "{}")["larkmail"])

    assert [field.name for field in manifest.fields] == ["api_key", "webhook_secret"]
    action = manifest.action("larkmail.send_message")
    assert action is not None
    assert [field.name for field in action.fields] == ["design", "message"]


def test_an_add_on_that_cannot_be_loaded_while_it_is_built_is_built_without(larkmail: Path) -> None:
    (larkmail / "hub_larkmail" / "__init__.py").write_text("import a_module_of_its_own_requirements")
    command = Command()

    write(command, FILE, FILE)

    assert command.written == {}
    assert "could not be loaded" in command.said[0]


def test_a_project_that_is_no_plugin_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "else"\n')
    command = Command()

    write(command, FILE, FILE)

    assert (command.written, command.said) == ({}, [])
    with pytest.raises(NoPlugin):
        frozen(tmp_path)


def test_a_package_with_broken_code_still_says_what_it_is(larkmail: Path, packages: Shelf) -> None:
    packages.put("larkmail", "raise RuntimeError('broken')")
    say_of_itself(packages, "hub-larkmail", frozen(larkmail) or "")

    [trouble] = [one for one in discover().troubles if one.source.name == "larkmail"]
    manifest = shipped(trouble.source.distribution, trouble.source.name)

    assert manifest is not None
    assert (manifest.title, manifest.distribution, manifest.version) == ("Larkmail", "hub-larkmail", "1.0")


@pytest.mark.parametrize(
    "text",
    ["", "no json", "[]", "{}", '{"larkmail": 7}', '{"larkmail": {"name": 7}}', '{"larkmail": {"name": "lark", "title": "X"}}'],
    ids=["empty", "no json", "a list", "another", "a number", "wrong", "another's add-on"],
)  # fmt: skip
def test_what_a_package_says_wrongly_is_nothing(packages: Shelf, text: str) -> None:
    packages.put("larkmail", "raise RuntimeError('broken')")
    say_of_itself(packages, "hub-larkmail", text)

    assert shipped("hub-larkmail", "larkmail") is None


def test_a_package_that_is_not_there_says_nothing() -> None:
    assert shipped("hub-nowhere", "nowhere") is None
    assert shipped("", "nowhere") is None


@pytest.mark.slow
def test_the_wheel_holds_it_and_nobody_asked_for_it(larkmail: Path, tmp_path: Path) -> None:
    words = [
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "--wheel-dir",
        str(tmp_path / "dist"),
        ".",
    ]
    subprocess.run([sys.executable, "-m", "pip", *words], cwd=larkmail, check=True)
    [wheel] = (tmp_path / "dist").glob("*.whl")
    unpack = [sys.executable, "-m", "zipfile", "-e", str(wheel), str(tmp_path / "out")]
    subprocess.run(unpack, check=True)

    [file] = (tmp_path / "out").glob(f"*.dist-info/{FILE}")
    assert json.loads(file.read_text())["larkmail"]["title"] == "Larkmail"
