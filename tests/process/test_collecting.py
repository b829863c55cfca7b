"""The garbage collector of a server leaves alone what was loaded at start."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from hub.process import collecting


@pytest.fixture
def collector() -> Iterator[None]:
    """As it was, afterwards."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def test_what_was_loaded_is_put_aside_and_new_rings_are_still_found(collector: None) -> None:
    collecting.settle()

    assert gc.get_freeze_count() > 10_000
    assert gc.isenabled()
    assert gc.get_threshold()[0] == collecting.NEW_OBJECTS


def test_while_a_process_loads_the_collector_looks_seldom(collector: None) -> None:
    collecting.begin()

    assert gc.isenabled()
    assert gc.get_threshold()[0] == collecting.NEW_OBJECTS
