"""The papers are tested: every `HUB_…` variable that the code reads has its heading, and no heading is about another."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
BETWEEN_OURSELVES = {"HUB_BEAT_FD", "HUB_CRASH_POINT", "HUB_PARENT"}
"""What one process of the hub tells another it has started; nobody else sets them."""


def named_in(folder: Path) -> set[str]:
    """The variables' names in the code, wherever a text is nothing but such a name."""
    texts = (
        node.value
        for file in folder.rglob("*.py")
        if "tests" not in file.relative_to(folder).parts
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return {text for text in texts if re.fullmatch(r"HUB_[A-Z_]*[A-Z]", text)}


def headed() -> set[str]:
    settings = OPERATIONS.partition("\n## Settings\n")[2].partition("\n## ")[0]
    return set(re.findall(r"^### `(\w+)`\n\n\S", settings, re.MULTILINE))


def test_every_variable_has_its_heading_and_every_heading_is_a_variable() -> None:
    assert headed() == named_in(ROOT / "hub") - BETWEEN_OURSELVES


def test_what_the_settings_list_of_themselves_is_what_there_is() -> None:
    docstring = ast.get_docstring(ast.parse((ROOT / "hub" / "db" / "settings.py").read_text())) or ""

    assert set(re.findall(r"^(HUB_\w+)", docstring, re.MULTILINE)) == headed()


def test_a_plugins_own_variables_stand_in_some_paper() -> None:
    papers = "".join(paper.read_text() for paper in (ROOT / "docs").glob("*.md"))

    assert [name for name in named_in(ROOT / "plugins") if name not in papers] == []


def test_a_plugins_own_variables_have_headings_beside_the_hubs() -> None:
    section = OPERATIONS.partition("\n## Settings of plugins\n")[2].partition("\n## ")[0]

    assert set(re.findall(r"^### `(\w+)`\n\n\S", section, re.MULTILINE)) == named_in(ROOT / "plugins")


@pytest.mark.parametrize("line", ['os.environ["HUB_SONG"]', '_text("HUB_SONG", "la")', 'NAME = "HUB_SONG"'])
def test_a_variable_that_nobody_wrote_down_is_missed(tmp_path: Path, line: str) -> None:
    (tmp_path / "singing.py").write_text(line)

    assert named_in(tmp_path) - headed() == {"HUB_SONG"}
