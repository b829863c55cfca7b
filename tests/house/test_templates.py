"""Templates are read by people, too: a line holds one thing, and what it holds can be seen without scrolling."""

from __future__ import annotations

import re
from pathlib import Path

WEB = Path(__file__).parents[2] / "hub" / "web"
TEMPLATES = WEB / "templates"

LONGEST = 160
"""Characters of a line, besides the sentences in it: what is translated stays in one piece, for it is looked up as it stands."""

SENTENCES = re.compile(r"\{% *blocktranslate.*?endblocktranslate *%\}|\{% *translate .*?%\}|\{#.*?#\}")
ONE_TAG = re.compile(r"\{% *\w+ [^%]*%\}(\{% *end\w+ *%\})?")
"""A component with many arguments. Django's tags cannot be broken."""

BY_NATURE = {
    "components/button.html": "an element without blanks in it, in two shapes",
    "components/code.html": "what stands in a <pre> is shown as it stands",
    "components/diff.html": "blanks in a cell are shown as they stand",
    "components/messages.html": "one attribute",
    "base_head.html": "one attribute",
}
"""Template → why one of its lines is long."""


def too_long(template: Path) -> list[int]:
    """The lines of a template that hold too much."""
    lines = enumerate(template.read_text().splitlines(), 1)
    without = ((number, SENTENCES.sub("", line).strip()) for number, line in lines)
    return [number for number, line in without if len(line) > LONGEST and not ONE_TAG.fullmatch(line)]


def test_no_line_of_a_template_holds_more_than_can_be_seen() -> None:
    found = {str(path.relative_to(TEMPLATES / "web")): too_long(path) for path in TEMPLATES.rglob("*.html")}
    crowded = {name for name, lines in found.items() if lines}

    assert len(found) > 200
    assert crowded == set(BY_NATURE)


def test_no_line_of_the_stylesheets_does() -> None:
    sheets = [WEB / "static" / "hub" / name for name in ("hub.css", "rich.css")]

    assert [
        (sheet.name, len(line)) for sheet in sheets for line in sheet.read_text().splitlines() if len(line) > 130
    ] == []
