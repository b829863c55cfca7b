"""The floors hold, and the guard that says so can fail: each bad import is planted in a copy of the rules and must be named."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def lint(folder: Path) -> tuple[int, str]:
    """Run import-linter in `folder`: its exit code, and what it printed with line breaks made plain."""
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    done = subprocess.run(
        [*command, "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        env={"COLUMNS": "400", "PYTHONPATH": str(folder)},
    )
    return done.returncode, " ".join((done.stdout + done.stderr).split())


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """An empty house under our rules: a few rooms with nothing in them, and one plugin."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "tools", tmp_path / "tools")
    for room in (
        "hub",
        "hub/core",
        "hub/dispatch",
        "hub/testing",
        "hub/db",
        "hub/contacts",
        "hub/addons",
        "hub/plans",
        "hub_clubready",
        "hub_gmail",
        "hub_mailbox_power",
        "hub_outlook",
        "hub_smtp_custom",
        "hub_zapier",
    ):
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").touch()
    return tmp_path


def test_an_empty_house_keeps_every_floor(house: Path) -> None:
    code, said = lint(house)

    assert code == 0, said
    assert "4 kept, 0 broken" in said


@pytest.mark.parametrize(
    ("file", "line", "arrow"),
    [
        ("hub/contacts/reads.py", "from hub.plans import reads", "hub.contacts.reads -> hub.plans"),
        ("hub/contacts/reads.py", "import hub.addons", "hub.contacts.reads -> hub.addons"),
        ("hub/dispatch/gate.py", "import hub.testing", "hub.dispatch.gate -> hub.testing"),
        ("hub/core/addon.py", "from hub.dispatch import machine", "hub.core.addon -> hub.dispatch"),
        ("hub/core/http.py", "from django.conf import settings", "hub.core.http -> django"),
        ("hub/testing/clock.py", "import redis", "hub.testing.clock -> redis"),
        ("hub_mailbox_power/actions.py", "from hub.db import clock", "hub_mailbox_power.actions -> hub.db"),
        (
            "hub_mailbox_power/actions.py",
            "from hub.testing import conformance",
            "hub_mailbox_power.actions -> hub.testing",
        ),
    ],
)
def test_an_import_that_points_up_or_aside_is_caught_and_named(house: Path, file: str, line: str, arrow: str) -> None:
    (house / file).write_text(f"{line}\n")

    code, said = lint(house)

    assert code != 0
    assert arrow in said


def test_a_package_that_stands_on_no_floor_is_caught(house: Path) -> None:
    (house / "hub" / "attic").mkdir()
    (house / "hub" / "attic" / "__init__.py").touch()

    code, said = lint(house)

    assert code != 0
    assert "attic" in said


def test_every_folder_of_modules_has_a_front_page() -> None:
    """A folder without `__init__.py` would be invisible to the floors."""
    packages = {file.parent for source in ("hub", "plugins") for file in (ROOT / source).rglob("*.py")}
    inner = {folder for folder in packages if "tests" not in folder.relative_to(ROOT).parts}

    assert [str(folder.relative_to(ROOT)) for folder in inner if not (folder / "__init__.py").exists()] == []
