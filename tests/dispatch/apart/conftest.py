"""A folder for plugins that run apart, and what is behind doors, shut after each test."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.dispatch.apart.behind import Behind, put


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """On the path, as installed packages are. What was imported from it is forgotten afterwards."""
    made = tmp_path / "site"
    made.mkdir()
    monkeypatch.syspath_prepend(str(made))
    yield made
    for module in [name for name in sys.modules if name.startswith("away_")]:
        del sys.modules[module]


@pytest.fixture
def behind(folder: Path) -> Iterator[Callable[..., Behind]]:
    """``behind(code, …)``: a plugin called *pigeon* of these pieces of code."""
    made: list[Behind] = []

    def make(*codes: str, **more: Any) -> Behind:
        made.append(Behind(put(folder, "pigeon", *codes), **more))
        return made[-1]

    yield make
    for each in made:
        each.close()
