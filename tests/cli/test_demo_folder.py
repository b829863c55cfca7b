"""A demo's folder: whose it is, and what may be thrown away of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.cli.demo import showing
from hub.cli.trouble import Stop
from hub.process.alone import Lock


def test_a_demo_that_runs_is_not_thrown_away_beneath_itself(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text("{}")
    running = Lock(tmp_path / "hub")
    assert running.take()

    try:
        with pytest.raises(Stop, match=r"runs already\. Use that one, or end it first"):
            showing._state(tmp_path, fresh=True)
    finally:
        running.release()

    assert (tmp_path / "demo.json").exists()
    assert showing._state(tmp_path, fresh=False) == ({}, False)


def test_a_page_that_was_cut_off_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text('{"password": "one-')

    with pytest.raises(Stop, match="Begin anew with: hub demo --fresh"):
        showing._state(tmp_path, fresh=False)
    assert showing._state(tmp_path, fresh=True)[1]
