"""The papers are tested: every state, verdict, effect class and hold has its row in the concepts, and no row is about another."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hub.core.effects import EffectClass
from hub.core.outcomes import Verdict
from hub.dispatch.gate import Hold
from hub.dispatch.states import State
from hub.web.design.badges import STEP_STATES

PAPER = (Path(__file__).parents[2] / "docs" / "concepts.md").read_text()

VOCABULARIES = {
    "States of a step run": State,
    "Verdicts": Verdict,
    "Effect classes": EffectClass,
    "Holds": Hold,
}


def rows(section: str) -> dict[str, list[str]]:
    """The first cell of each row of a section's table, as code → the other cells."""
    body = PAPER.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    lines = re.findall(r"^\| `(\w+)` \|(.+)\|$", body, re.MULTILINE)
    return {code: [cell.strip() for cell in rest.split("|")] for code, rest in lines}


@pytest.mark.parametrize("section", VOCABULARIES)
def test_every_code_has_a_row_and_every_row_is_a_code(section: str) -> None:
    assert set(rows(section)) == {str(code) for code in VOCABULARIES[section]}


@pytest.mark.parametrize("section", VOCABULARIES)
def test_no_cell_is_empty(section: str) -> None:
    assert all(cell for cells in rows(section).values() for cell in cells)


def test_a_state_is_called_as_on_the_screen() -> None:
    called = {code: cells[0] for code, cells in rows("States of a step run").items()}

    assert called == {code: str(badge.text) for code, badge in STEP_STATES.items()}
