"""The example of a third party's add-on, built, installed and tested as a stranger would: from its wheel, on a machine with the
light install and no network."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.support.strangers import Machine

EXAMPLE = Path(__file__).parents[2] / "examples" / "larkline"
BESIDE = ("tests", "pyproject.toml")
"""What of the folder is needed to test the wheel: not its code."""


@pytest.fixture(scope="module")
def installed(machine: Machine) -> Machine:
    """The machine with the example's wheel on it, and the example's tests without its code beside them."""
    folder, tested = machine.home / "larkline", machine.home / "larkline-tested"
    for old in (folder, tested):
        shutil.rmtree(old, ignore_errors=True)
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "dist"))
    tested.mkdir()
    for name in BESIDE:
        source = folder / name
        shutil.copytree(source, tested / name) if source.is_dir() else shutil.copy(source, tested / name)

    done = machine.there(
        "cd larkline; pip wheel -q --no-deps -w dist .; pip install -q --no-deps --force-reinstall dist/*.whl"
    )

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return machine


@pytest.mark.slow
def test_its_tests_are_green_against_its_wheel(installed: Machine) -> None:
    """Without the pairs of faults: those are in the grade, below."""
    done = installed.there("cd larkline-tested; python -m pytest -q -x -k 'not then'")

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert re.search(r"\d{3} passed", done.stdout)


@pytest.mark.slow
def test_it_reaches_the_highest_grade_as_anybody_can_see(installed: Machine) -> None:
    done = installed.there("hub check larkline --at-least platinum")

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert done.stdout.startswith("larkline: platinum\n")


@pytest.mark.slow
def test_its_types_hold_against_the_installed_contract(installed: Machine) -> None:
    done = installed.there("cd larkline; mypy")

    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_it_is_listed_beside_the_others_and_carries_out_a_step(installed: Machine) -> None:
    listed = installed.there("hub plugins").stdout
    ran = installed.there("hub run larkline.invite --option event=e1").stdout

    assert "Larkline (larkline), hub-larkline 1.2.0" in listed
    assert "claims larkline.invite, larkline.send_ticket" in listed
    assert "Done: Larkline invited Ada Lovelace (id-1)." in ran
