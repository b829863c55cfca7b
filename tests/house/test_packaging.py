"""What a stranger gets when they install the wheel instead of cloning the repository."""

from __future__ import annotations

import tomllib
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DISTRIBUTIONS = [ROOT, *sorted(file.parent for file in (ROOT / "plugins").glob("*/pyproject.toml"))]


def project_of(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text())


def packages_of(folder: Path) -> list[Path]:
    return [
        folder / pattern
        for pattern in project_of(folder)["tool"]["setuptools"]["packages"]["find"]["include"]
        if "*" not in pattern
    ]


@pytest.mark.parametrize("folder", DISTRIBUTIONS, ids=lambda folder: folder.name)
def test_the_wheel_holds_every_kind_of_file_that_lies_beside_the_code(folder: Path) -> None:
    data = project_of(folder)["tool"]["setuptools"]["package-data"]["*"]
    files = [file for package in packages_of(folder) for file in package.rglob("*") if file.is_file()]
    beside = {file for file in files if file.suffix not in {".py", ".pyc"} and not file.name.startswith(".")}

    left_out = {file for file in beside if file.name not in data and f"**/*{file.suffix}" not in data}

    assert {str(file.relative_to(folder)) for file in left_out} == set()


@pytest.mark.parametrize("folder", DISTRIBUTIONS[1:], ids=lambda folder: folder.name)
def test_a_bundled_plugin_is_installed_through_the_strangers_door(folder: Path) -> None:
    project = project_of(folder)["project"]

    installed = distribution(project["name"])

    assert project["dependencies"] == ["integration-hub"], "a plugin needs the light install only"
    assert project["readme"] == "README.md", "its papers are proved from the wheel, too"
    assert {point.group for point in installed.entry_points} == {"hub.plugins"}
    assert {point.name: point.value for point in installed.entry_points} == project["entry-points"]["hub.plugins"]


def test_the_light_install_brings_no_server() -> None:
    project = project_of(ROOT)["project"]
    light = " ".join(project["dependencies"]).lower()

    assert not [name for name in ("django", "dramatiq", "redis", "psycopg", "cryptography") if name in light]


def door_of(plugin: Path) -> str:
    """The entry-point group of a room's `plugin.py`: the author's kit is a plugin of pytest, the others are of the hub."""
    return "pytest11" if plugin.parent.name == "testing" else "hub.plugins"


def test_rooms_that_contribute_go_through_the_doors_kept_for_strangers() -> None:
    points = distribution("integration-hub").entry_points
    announced = {(point.group, point.module) for point in points}

    for plugin in (ROOT / "hub").glob("*/plugin.py"):
        module = ".".join(plugin.relative_to(ROOT).with_suffix("").parts)
        assert (door_of(plugin), module) in announced, f"name {module} in pyproject.toml, then make environment-dev"
