"""Two add-ons of one distribution: one process, one event loop, and otherwise strangers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from hub.core.registry import Source, from_entry_points
from hub.core.worktree import entry_points
from hub.dispatch.guests.house import Guests
from hub.dispatch.outside import Outside
from tests.dispatch.apart.behind import Behind, imported
from tests.support.rookery import importable, rookery

Found = list[tuple[Source, EntryPoint]]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    made = rookery(tmp_path)
    with importable(made):
        yield made


@pytest.fixture
def found(folder: Path) -> Found:
    """Both, as they are announced."""
    return entry_points(folder)


def process_of(stage: Behind, addon: str) -> int:
    """The process in which a step of it is carried out."""
    run = stage.once(f"{addon}.caw")
    assert run.state == "done", run.sentence
    return int(run.note.removeprefix("process ").partition(",")[0])


def test_apart_they_share_a_process_that_is_not_the_hubs(found: Found) -> None:
    with Behind(*found) as stage:
        where = {process_of(stage, "rook"), process_of(stage, "crow")}

        assert where == {stage.door.pid}
        assert os.getpid() not in where
        assert list(stage.apart.doors) == ["hub-rookery"]
        assert not imported("hub_rookery")


def test_one_may_be_trusted_and_the_other_not(found: Found) -> None:
    with Behind(*found, trusted=["rook"]) as stage:
        assert process_of(stage, "rook") == os.getpid()
        assert process_of(stage, "crow") == stage.door.pid


def test_apart_too_one_that_does_not_load_is_no_trouble_of_the_other(folder: Path, found: Found) -> None:
    (folder / "hub_rookery" / "crow" / "__init__.py").write_text("raise RuntimeError('not today')")

    with Behind(*found) as stage:
        (trouble,) = stage.registry.troubles
        assert trouble.source.name == "crow"
        assert "not today (hub_rookery/crow/__init__.py, line 1)" in trouble.reason
        assert process_of(stage, "rook") == stage.door.pid


def test_in_the_hubs_process_they_share_an_event_loop(found: Found) -> None:
    house = Outside()
    guests = Guests(lambda: house, from_entry_points(found).plugin)
    try:
        rook, crow = guests.of("rook"), guests.of("crow")

        assert rook is not None
        assert rook is crow
        assert rook.name == "hub-rookery"
        assert [guest.name for guest in guests.all()] == ["hub-rookery"]
    finally:
        guests.close()
        house.close()
