"""The papers are tested: each tag of `{% load ui %}` has its line in the paper, and is shown on the style guide."""

import re
from pathlib import Path

import pytest

from hub.web.templatetags.ui import register

ROOT = Path(__file__).parents[2]
PAPER = (ROOT / "docs/design-system.md").read_text()
SOURCES = "".join(path.read_text() for path in (ROOT / "hub/web/templates/web").rglob("*.html"))

TAGS = sorted(register.tags)


@pytest.mark.parametrize("tag", TAGS)
def test_each_tag_is_in_the_paper(tag: str) -> None:
    assert f"`{tag}`" in PAPER


@pytest.mark.parametrize("tag", TAGS)
def test_each_tag_is_shown_somewhere(tag: str) -> None:
    assert re.search(rf"{{%\s*{tag}\s", SOURCES)


def test_no_template_carries_an_inline_style_or_handler() -> None:
    assert not re.search(r"<[^>]+\s(style|on[a-z]+)=", SOURCES)


def test_the_stylesheet_names_its_colours_once_among_the_tokens() -> None:
    css = (ROOT / "hub/web/static/hub/hub.css").read_text()
    after_tokens = css.split("@layer base {", 1)[1]

    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", after_tokens)) <= {"#fff", "#000", "#ffffff26", "#0000004d"}
