"""A plugin in a folder under work."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.core.worktree import load


@pytest.fixture
def path() -> Iterator[list[str]]:
    """The modules' path, given back."""
    kept, modules = list(sys.path), set(sys.modules)
    yield sys.path
    sys.path[:] = kept
    for name in set(sys.modules) - modules:
        del sys.modules[name]


def written(folder: Path, title: str) -> Path:
    (folder / "hub_wrenmail").mkdir(parents=True)
    (folder / "hub_wrenmail" / "__init__.py").write_text(f'raise RuntimeError("this is {title}")')
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "hub-wrenmail"\nversion = "1"\n[project.entry-points."hub.plugins"]\nwrenmail = "hub_wrenmail:addon"\n'
    )
    return folder


def test_the_folder_wins_over_a_namesake_that_comes_first_on_the_path(tmp_path: Path, path: list[str]) -> None:
    mine, other = written(tmp_path / "mine", "mine"), written(tmp_path / "other", "another")
    path[:0] = [str(other), str(mine)]

    [trouble] = load(mine).troubles

    assert "this is mine" in trouble.sentence
    assert path.count(str(mine)) == 1
