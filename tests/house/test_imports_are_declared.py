"""Whatever the code imports is a declared dependency: nothing works only because something else happened to bring it."""

from __future__ import annotations

import ast
import sys
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.house.test_dependencies import declared

ROOT = Path(__file__).parents[2]
LIGHT_ROOMS = ("core", "dispatch", "testing", "steps")

# Published beside its owner, versioned with it, and never wanted without it.
PARTS = {"pydantic-core": "pydantic", "psycopg-binary": "psycopg"}


@cache
def distributions() -> dict[str, set[str]]:
    """From the name one imports to the names one installs."""
    return {
        module: {name.lower().replace("_", "-") for name in names} for module, names in packages_distributions().items()
    }


def libraries(file: Path) -> set[str]:
    """The top names of the third-party modules that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found - sys.stdlib_module_names - {"hub", file.relative_to(ROOT).parts[0]}


def undeclared(folder: Path, allowed: set[str]) -> dict[str, set[str]]:
    """File by file, the imports that come from none of the `allowed` distributions."""
    wrong = {}
    for file in folder.rglob("*.py"):
        names = {name for name in libraries(file) if not _owners(name) & allowed}
        if names:
            wrong[str(file.relative_to(ROOT))] = names
    return wrong


def _owners(module: str) -> set[str]:
    return {PARTS.get(name, name) for name in distributions().get(module, {module})}


def test_the_host_imports_only_what_the_server_install_brings() -> None:
    groups = declared()

    found = undeclared(ROOT / "hub", {*groups["light"], *groups["server"]})

    # The kit is a pytest plugin, and its suite makes tests: whoever loads them has pytest.
    of_pytest = ("hub/testing/plugin.py", "hub/testing/suite.py")
    assert {file: names for file, names in found.items() if file not in of_pytest} == {}


@pytest.mark.parametrize("room", LIGHT_ROOMS)
def test_the_light_rooms_import_only_what_the_light_install_brings(room: str) -> None:
    # The kit is a pytest plugin: whoever loads it has pytest.
    allowed = {*declared()["light"], *({"pytest"} if room == "testing" else ())}

    assert undeclared(ROOT / "hub" / room, allowed) == {}


def test_the_guard_sees_an_import_that_nobody_declared() -> None:
    assert "tests/house/test_imports_are_declared.py" in undeclared(ROOT / "tests" / "house", {"django"})
