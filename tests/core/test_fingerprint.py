"""The digest of a plugin's code: the same wherever the code lies, another as soon as a byte of it changes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hub.core.fingerprint import of_module
from hub.core.manifest import freeze
from hub.core.worktree import load
from tests.cli.authors import new, working_in


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package on the path."""
    (tmp_path / "lark_code").mkdir()
    (tmp_path / "lark_code" / "__init__.py").write_text("x = 1\n")
    (tmp_path / "lark_code" / "logo.svg").write_text("<svg/>")
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path / "lark_code"


def test_a_changed_byte_a_new_name_and_a_new_file_make_another_number(package: Path) -> None:
    found = [of_module("lark_code")]
    (package / "__init__.py").write_text("x = 2\n")
    found.append(of_module("lark_code.inner"))
    (package / "logo.svg").rename(package / "mark.svg")
    found.append(of_module("lark_code"))
    (package / "more.py").touch()
    found.append(of_module("lark_code"))

    assert len(set(found)) == 4
    assert all(found)


def test_what_python_leaves_behind_does_not_count(package: Path) -> None:
    before = of_module("lark_code")
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "x.pyc").write_bytes(b"1")
    (package / ".hidden").touch()

    assert of_module("lark_code") == before


def test_what_is_not_there_has_none() -> None:
    assert of_module("") == ""
    assert of_module("no_such_package_of_larks") == ""


def test_a_working_tree_and_a_copy_of_it_are_the_same_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = new(tmp_path, "larkmail")
    shutil.copytree(folder, tmp_path / "copy")
    digests = []
    for place in (folder, tmp_path / "copy"):
        with working_in(place, monkeypatch):
            digests.append(freeze(load(place).plugins["larkmail"]).digest)

    assert digests[0] == digests[1] != ""
