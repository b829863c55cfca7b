"""What lies beside an add-on's code is found for each of several that share a package, and never taken from another."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from hub.core.addon import AddOn
from hub.testing.beside import packages, simulation_of
from hub.testing.kit import Kit
from hub.testing.proofs.all import cases_of
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.carry import findings
from hub.testing.proofs.case import Badge
from tests.support.rookery import importable, rookery


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A distribution with two add-ons, on the path."""
    made = rookery(tmp_path)
    with importable(made):
        yield made


def addon(module: str) -> AddOn:
    found = import_module(module).addon
    assert isinstance(found, AddOn)
    return found


def lacking(given: AddOn) -> list[str]:
    """The cases about papers that fail."""
    with Bench(given) as bench:
        return [case.name for case in cases_of(bench) if case.badge is Badge.PAPERS and findings(case, bench)]


def test_each_of_two_add_ons_in_one_package_is_played_by_its_own_simulation(folder: Path) -> None:
    rook, crow = addon("hub_rookery"), addon("hub_rookery.crow")

    with Kit(rook) as hub:
        assert hub.settings["branch"] == "of the rook"
    with Kit(crow) as hub:
        assert hub.settings["branch"] == "of the crow"


def test_one_without_a_simulation_is_not_played_by_its_neighbours(folder: Path) -> None:
    (folder / "hub_rookery" / "crow" / "simulation.py").unlink()
    crow = addon("hub_rookery.crow").hub_addon()

    assert simulation_of(crow) is None
    assert packages(crow) == ["hub_rookery.crow"]


def test_a_simulation_in_a_package_that_is_nobodys_front_page_is_for_all_in_it(folder: Path) -> None:
    package = folder / "hub_rookery"
    (package / "crow" / "simulation.py").unlink()
    (package / "rook.py").write_text((package / "__init__.py").read_text())
    (package / "__init__.py").write_text("")

    for module in ("hub_rookery.rook", "hub_rookery.crow"):
        assert simulation_of(addon(module).hub_addon()).SETTINGS == {"branch": "of the rook"}


def test_what_a_simulation_cannot_import_is_no_missing_simulation(folder: Path) -> None:
    (folder / "hub_rookery" / "crow" / "simulation.py").write_text("import a_library_that_is_not_here")

    with pytest.raises(ModuleNotFoundError, match="a_library_that_is_not_here"):
        simulation_of(addon("hub_rookery.crow").hub_addon())


def test_each_is_judged_by_its_own_papers(folder: Path) -> None:
    (folder / "hub_rookery" / "crow" / "README.md").write_text("# Crow\n## API key\n## Branch\n")

    assert lacking(addon("hub_rookery")) == []
    assert lacking(addon("hub_rookery.crow")) == ["README: action caw"]
