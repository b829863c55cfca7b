"""The papers are tested: every heading of the hook reference is in the code, and everything in the code has its heading."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hub.core import __all__ as front_page
from tests.core.hook_reference import headings

EVERYBODY_S = {"Any", "Awaitable", "Callable", "Iterable", "Literal", "None", "AnswerT", "T"}
"""Names of Python's typing, and type variables."""

PAPER = (Path(__file__).parents[2] / "docs" / "hooks.md").read_text()


def written() -> dict[str, set[str]]:
    """Section → the headings beneath it."""
    sections = re.split(r"^## ", PAPER, flags=re.MULTILINE)[1:]
    return {
        section.partition("\n")[0].strip(): set(re.findall(r"^### `(.+)`$", section, re.MULTILINE))
        for section in sections
    }


@pytest.mark.parametrize("section", headings())
def test_every_heading_is_what_the_code_takes_and_nothing_is_left_out(section: str) -> None:
    assert written().get(section) == headings()[section]


def test_every_name_of_the_front_page_has_a_heading() -> None:
    named = {heading.partition("(")[0] for section in written().values() for heading in section}

    assert set(front_page) - named == {"AddOn"}, "and that one has a section of its own"


def test_every_type_that_a_signature_names_has_a_heading_or_is_everybody_s() -> None:
    words = {heading.partition("(")[0] for section in written().values() for heading in section}
    types = {
        word
        for section, names in written().items()
        for heading in names
        for part in re.findall(r"(?:: |-> )([^=]+)", heading)
        for word in re.findall(r"(?<![\w'.])[A-Z]\w*(?!')", part)
    }

    assert {"LeadTime", "Tls", "Send", "Read"} <= types
    assert types - words <= EVERYBODY_S


def test_there_is_no_section_about_something_else() -> None:
    assert set(written()) == set(headings())


def test_every_heading_has_words_beneath_it() -> None:
    bodies = re.split(r"^### .+$", PAPER, flags=re.MULTILINE)[1:]

    assert all(body.partition("\n## ")[0].strip() for body in bodies)


@pytest.mark.parametrize(
    "name", [name for name in front_page if name[0].isupper() and name.endswith(("Key", "Login", "Auth"))]
)
def test_every_credential_on_the_front_page_is_explained(name: str) -> None:
    assert f"{name}" in PAPER
