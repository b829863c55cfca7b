"""The papers are tested: every command, what it does and every word it takes has its place, and nothing else has."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from hub.cli import main
from tests.docs import commands

PAPER = (Path(__file__).parents[2] / "docs" / "commands.md").read_text()


def parts(page: str) -> dict[str, str]:
    """Heading → what stands beneath it."""
    pieces = re.split(r"^### (.+)$", page, flags=re.MULTILINE)
    return dict(zip(pieces[1::2], pieces[2::2], strict=True))


@pytest.mark.parametrize("heading", parts(commands.page()), ids=lambda heading: heading.partition(" [")[0].strip("`"))
def test_every_command_has_its_exact_signature_and_a_line_for_each_word(heading: str) -> None:
    assert parts(PAPER).get(heading) == parts(commands.page())[heading]


def test_the_page_is_what_the_code_says_and_no_more() -> None:
    assert commands.page() == PAPER, "run: python -m tests.docs.commands > docs/commands.md"


def test_no_word_is_without_its_meaning() -> None:
    assert re.findall(r"^\* `[^`]+`: *$", PAPER, re.MULTILINE) == []


def test_a_command_a_deed_and_a_flag_that_nobody_wrote_down_are_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("planted")
    monkeypatch.setitem(sys.modules, "planted", module)

    def arguments(parser: argparse.ArgumentParser) -> None:
        deeds = parser.add_subparsers(dest="what")
        deeds.add_parser("again", help="once more").add_argument("--loud", action="store_true", help="to be heard")

    module.arguments = arguments  # type: ignore[attr-defined]
    planted = {**main.GROUPS, "More": {"sing": ("planted", "sing a song")}}

    new = parts(commands.page(planted)).keys() - parts(PAPER).keys()

    assert new == {"`hub sing again [--loud]`"}
