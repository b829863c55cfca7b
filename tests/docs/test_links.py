"""The papers are tested: a link from one to another leads somewhere, and so does the part after ``#``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAPERS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
_LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")


def links(paper: Path) -> Iterator[str]:
    """Links to files and headings of this repository."""
    return (link for link in _LINK.findall(paper.read_text()) if "://" not in link and not link.startswith("mailto:"))


def anchors(paper: Path) -> set[str]:
    """The headings of a paper as links name them."""
    headings = re.findall(r"^#+ (.+)$", paper.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: str(paper.relative_to(ROOT)))
def test_every_link_leads_somewhere(paper: Path) -> None:
    for link in links(paper):
        file, _, anchor = link.partition("#")
        target = (paper.parent / file).resolve() if file else paper
        assert target.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in anchors(target), f"{link}: no such heading"


def test_every_paper_can_be_reached_from_the_readme() -> None:
    reached, ahead = set(), [ROOT / "README.md"]
    while ahead:
        paper = ahead.pop()
        reached.add(paper)
        found = [(paper.parent / link.partition("#")[0]).resolve() for link in links(paper)]
        ahead += [one for one in found if one.suffix == ".md" and one.exists() and one not in reached]

    missing = [one for one in (ROOT / "docs").glob("*.md") if one not in reached]

    assert missing == []
