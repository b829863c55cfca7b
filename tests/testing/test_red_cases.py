"""What an author reads when a case is red: one message, told once, with the line of their own code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hub.core import AddOn, Answer, Contact, Sent, Settings, Vendor, once
from hub.testing import conformance
from hub.testing.proofs import carry
from hub.testing.proofs.all import cases_of
from hub.testing.proofs.bench import Bench
from tests.cli.authors import new
from tests.cli.program import environment

RAISING = "    raise KeyError(vendor.settings.api_key.get_secret_value())\n    wanted ="


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An add-on whose action stumbles over its own key."""
    made = new(tmp_path, "larkmail", "--action")
    file = made / "hub_larkmail" / "__init__.py"
    file.write_text(file.read_text().replace("    wanted =", RAISING))
    return made


class Note(Settings):
    """A step without settings."""


class New(Answer):
    ref: str


class Made(Answer):
    id: str


hasty = AddOn("hasty", title="Hasty", base_url="https://api.hasty.example")
send_note = hasty.post("/notes", New, Made, effect=once())


@hasty.action("note", Note, title="Note")
async def send_it_twice(vendor: Vendor, step: Note, contact: Contact) -> Sent:
    await vendor(send_note, New(ref=vendor.ref))
    return Sent((await vendor(send_note, New(ref=vendor.ref))).id)


def test_what_the_plugin_did_stands_before_what_came_of_it() -> None:
    with Bench(hasty) as bench:
        (case,) = [case for case in cases_of(bench) if case.name == "note: a clean run"]
        first, *others = carry.findings(case, bench)

    assert first.startswith("The action asked for 2 irreversible calls")
    assert others[-1].startswith(("The step is left", "After one clean try the step is"))


def test_a_red_case_has_no_other_failure_behind_it() -> None:
    made: Any = conformance(AddOn("aviary", title="Aviary", contract=99))
    (mark,) = made.test_it.pytestmark
    made.setup_class()

    with pytest.raises(pytest.fail.Exception) as failed:
        made().test_it(mark.args[1][0])

    assert failed.value.__context__ is None


@pytest.mark.slow
def test_pytest_tells_it_once_with_the_author_s_line_and_without_the_secret(folder: Path) -> None:
    line = next(
        n
        for n, text in enumerate((folder / "hub_larkmail" / "__init__.py").read_text().splitlines(), 1)
        if "raise Key" in text
    )

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-k", "clean and run", "-p", "no:cacheprovider"], cwd=folder,
        env=environment(folder), capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip

    told = f"The action raised KeyError: '•••' (hub_larkmail/__init__.py, line {line}, in send_message)"
    assert done.returncode == 1
    assert done.stdout.count(told) == 1
    assert "During handling of the above exception" not in done.stdout
    assert "kit-api_key" not in done.stdout
