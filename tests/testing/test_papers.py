"""The kit's papers are tested: every badge and level is explained, and what is shown as a report is one."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from hub.testing import conformance
from hub.testing.grading import LEVELS
from hub.testing.proofs.all import cases_of
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.carry import findings
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
