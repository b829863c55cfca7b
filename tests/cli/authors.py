"""An author's folder: what `hub new` wrote, and what one does in it, without leaving this process dirty."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from hub.cli import main as cli


@contextmanager
def working_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Be in that folder. What is imported from it is forgotten afterwards, and so is its place on the path."""
    here, paths, modules = Path.cwd(), list(sys.path), set(sys.modules)
    monkeypatch.chdir(folder)  # of the test's own, so that a further step aside leads back to where it began
    yield folder
    monkeypatch.chdir(here)
    sys.path[:] = paths
    for name in set(sys.modules) - modules:
        if str(getattr(sys.modules[name], "__file__", "") or "").startswith(str(folder)):
            del sys.modules[name]


def new(folder: Path, name: str, *words: str) -> Path:
    """`hub new` into ``folder/hub-NAME``; returns that."""
    made = folder / f"hub-{name}"
    assert cli.main(["new", name, "--folder", str(made), *words]) == 0
    return made
