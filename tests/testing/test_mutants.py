"""The mutation bar: bugs as authors make them, planted into real plugins. The kit finds every one of them, and says why.

A kit that is green whatever one does to a plugin proves nothing. So this is the test of the kit itself. A plugin that joins the
house brings a table of its own into ``tests/testing/mutants`` and a line here.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from hub.core import DeclarationError
from tests.testing.mutants import aviary, clubready, kestrel, larkline, mailbox_power, postpigeon, zapier
from tests.testing.planting import Mutant, caught, planted

pytestmark = pytest.mark.slow

TABLES: tuple[ModuleType, ...] = (postpigeon, larkline, mailbox_power, clubready, zapier, aviary, kestrel)
FEWEST = 15
"""Bugs that every table has at least."""

BUGS = [
    pytest.param(table.PACKAGE, bug, id=f"{table.PACKAGE.name}: {bug}") for table in TABLES for bug in table.MUTANTS
]


@pytest.mark.parametrize(("package", "bug"), BUGS)
def test_a_planted_bug_is_caught_for_what_it_is(package: Path, bug: Mutant, tmp_path: Path) -> None:
    """It is refused at import, or some case finds it; and the author is told what is wrong."""
    try:
        with planted(package, bug, tmp_path) as addon:
            found = caught(addon)
    except DeclarationError as refused:
        found = "the import", [str(refused)]

    assert found is not None, f"{bug} was not caught"
    assert bug.says
    assert any(bug.says in sentence for sentence in found[1]), f"{found[0]} says: {found[1]}"


SOUND = tuple(table for table in TABLES if table is not clubready)
"""Those whose cases are not all played by tests of their own already, some five hundred for ClubReady."""


@pytest.mark.parametrize("table", SOUND, ids=lambda table: table.PACKAGE.name)
def test_nothing_is_found_where_nothing_was_planted(table: ModuleType, tmp_path: Path) -> None:
    with planted(table.PACKAGE, None, tmp_path) as addon:
        assert caught(addon) is None


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.PACKAGE.name)
def test_every_table_is_long_enough_and_names_each_bug_once(table: ModuleType) -> None:
    names = [bug.name for bug in table.MUTANTS]

    assert len(names) >= FEWEST
    assert len(names) == len(set(names))
