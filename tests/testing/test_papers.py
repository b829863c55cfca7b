"""The kit's papers are tested: every badge and level is explained, and what is shown as a report is one."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from hub.dispatch.states import State
from hub.testing import conformance, faults
from hub.testing.grading import LEVELS
from hub.testing.kit import Kit
from hub.testing.proofs.all import cases_of
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.carry import findings
from hub.testing.runs import Run
from hub.testing.simulator import Simulator
from tests.testing import hub_aviary, pigeons
from tests.testing.hub_aviary import simulation
from tests.testing.hub_postpigeon import addon as postpigeon
from tests.testing.mutants import larkline
from tests.testing.mutants.postpigeon import LOOK, PACKAGE
from tests.testing.planting import Mutant, planted

DOCS = Path(__file__).parents[2] / "docs"
GRADES, TESTING = (DOCS / "grades.md").read_text(), (DOCS / "testing.md").read_text()


def test_every_badge_has_its_heading_and_its_level() -> None:
    written = dict(re.findall(r"^### `(.+)`\n\n(\w+)\.", GRADES, re.MULTILINE))

    assert {badge: level.lower() for badge, level in written.items()} == {
        str(badge): level.word for level, badges in LEVELS.items() for badge in badges
    }


def test_conformance_is_documented_as_it_is() -> None:
    assert f"### `conformance{inspect.signature(conformance, eval_str=True)}`" in TESTING


def test_the_red_case_that_is_shown_is_what_one_sees(tmp_path: Path) -> None:
    by_name = Mutant("by name", LOOK, "    found = await vendor(cards, to=contact.first_name)\n")
    with planted(PACKAGE, by_name, tmp_path) as addon, Bench(addon) as bench:
        case = next(case for case in cases_of(bench) if case.name == "mail_card: reset before the effect")
        said = "\n".join([case.name, *(f"  {sentence}" for sentence in findings(case, bench))])

    assert said in TESTING


# --- what is listed is what there is ------------------------------------------------------------------------------


def section(heading: str) -> str:
    """The text under a heading, to the next of the same depth or above."""
    depth = heading.partition(" ")[0]
    return re.split(rf"^#{{1,{len(depth)}}} ", TESTING.partition(f"{heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> list[list[str]]:
    """The cells of a table's rows, without its head."""
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines() if line.startswith("| ")
    ][2:]


def names(cells: Iterable[str]) -> set[str]:
    """What stands between backticks, without what a call is given."""
    return {name.partition("(")[0] for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def public(of: object, kind: type) -> set[str]:
    """Everything without an underscore."""
    return {name for name in (*dir(kind), *vars(of)) if not name.startswith("_")}


def test_everything_a_run_tells_is_listed() -> None:
    wanted = {field.name for field in fields(Run)} | {name for name in vars(Run) if not name.startswith("_")}

    assert names(row[0] for row in rows(section("### What a `Run` tells"))) == wanted


def test_the_states_of_a_run_are_those_there_are() -> None:
    (cell,) = [row[1] for row in rows(section("### What a `Run` tells")) if row[0] == "`state`"]

    assert names([cell]) == {str(state) for state in State}


def test_everything_the_fixture_has_is_listed() -> None:
    with Kit(postpigeon) as kit:
        text = section("### What `hub` has")
        listed = names(row[0] for row in rows(text))

        assert {name.removeprefix("hub.") for name in listed if not name.startswith("hub.vendor.")} == public(kit, Kit)
        assert {name.removeprefix("hub.vendor.") for name in listed if name.startswith("hub.vendor.")} <= public(
            kit.vendor, Simulator
        )


def test_every_name_of_a_simulation_is_listed() -> None:
    told = {"SEEDS", "IDS", "UPSERTS", "SETTINGS", "OPTIONS", "respond"}

    assert told <= names(row[0] for row in rows(section("## The simulated vendor")))


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Every case there is for the examples and for each class of effect, without the name before its colon."""
    classes = [(pigeons.made(name), {}) for name in pigeons.CLASSES]
    addons = [(postpigeon, {}), (hub_aviary.addon, {"simulation": simulation}), *classes]
    made = {name for addon, given in addons for name in cases(addon, **given)}
    with planted(larkline.PACKAGE, None, tmp_path_factory.mktemp("larkline")) as addon:
        return made | cases(addon)


def cases(addon: Any, **given: Any) -> set[str]:
    """What is played, without the name of the action before its colon."""
    with Bench(addon, **given) as bench:
        return {case.name.partition(": ")[2] for case in cases_of(bench)}


def test_every_case_in_the_table_of_troubles_is_one_that_is_played(played: set[str]) -> None:
    named = [name for row in rows(section("## Every trouble")) for name in re.findall(r"`([^`]+)`", row[-1])]

    assert len(named) > 90
    assert [name for name in named if name not in played] == []


def test_every_trouble_there_is_has_its_row() -> None:
    troubles = {
        name for name, it in vars(faults).items() if inspect.isfunction(it) and it.__module__ == faults.__name__
    }
    told = names(cell for row in rows(section("## Every trouble")) for cell in row[:2])

    assert troubles - told == set()
