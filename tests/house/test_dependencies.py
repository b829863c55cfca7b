"""Each dependency earns its line: a row in the decision page, a pin in the lock, and no address anywhere."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "decisions" / "dependencies.md"
LOCKS = [ROOT / "requirements" / "server.txt", ROOT / "requirements" / "dev.txt"]
ADDRESS = re.compile(r"https?://|--(extra-)?index-url|--find-links|file:|@ ")


def name_of(requirement: str) -> str:
    """`psycopg[binary]>=3.2` is `psycopg`."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, requirement
    return found.group().lower()


def declared() -> dict[str, list[str]]:
    """The dependencies of pyproject.toml by the group they are declared in."""
    data = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = {
        "light": data["project"]["dependencies"],
        **data["project"]["optional-dependencies"],
        **data["dependency-groups"],
    }
    return {group: [name_of(line) for line in lines] for group, lines in groups.items()}


def rows() -> dict[str, list[str]]:
    """The table rows of the decision page: the name in the first cell, then the other cells."""
    lines = (line.strip("| ").split("|") for line in PAGE.read_text().splitlines() if line.startswith("| `"))
    return {cells[0].strip(" `"): [cell.strip() for cell in cells[1:]] for cells in lines}


def pinned(lock: Path) -> set[str]:
    return {
        line.split("==")[0]
        for line in lock.read_text().splitlines()
        if "==" in line and not line.startswith((" ", "#"))
    }


def test_every_dependency_has_a_row_with_its_reason() -> None:
    names = {name for names in declared().values() for name in names}

    assert names - rows().keys() == set(), "add a row to docs/decisions/dependencies.md"
    assert rows().keys() - names == set(), "these rows are of dependencies we no longer have"


@pytest.mark.parametrize("name", sorted(rows()))
def test_a_row_leaves_no_cell_empty(name: str) -> None:
    cells = rows()[name]

    assert len(cells) == 5
    assert all(cells)


def test_the_locks_pin_every_dependency() -> None:
    groups = declared()
    server = {*groups["light"], *groups["server"], *groups["build"]}

    assert server - pinned(LOCKS[0]) == set(), "run make lock"
    assert server | set(groups["dev"]) <= pinned(LOCKS[1]), "run make lock"
    assert pinned(LOCKS[0]) <= pinned(LOCKS[1])


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_holds_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text()
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.M)[1:]

    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert ADDRESS.findall(text) == []
