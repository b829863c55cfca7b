"""The papers are tested: each report of others' users names a test that is named after it, or says why it cannot happen."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "mail-failures.md").read_text()
REPORTS, _, MET = PAGE.partition("## What was met here")
ROWS = [
    tuple(cell.strip() for cell in line.strip("|").split("|")) for line in REPORTS.splitlines() if line.startswith("| ")
][2:]
_TEST = re.compile(r"`([\w/]+\.py)::(\w+)(?:\[(\w+)\])?`")


@cache
def standing_in(path: str) -> dict[str, str]:
    """The tests of a file with their text."""
    text = (ROOT / path).read_text()
    lines = text.splitlines()
    return {
        node.name: "\n".join(lines[(node.decorator_list or [node])[0].lineno - 1 : node.end_lineno])
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def named(path: str, test: str, id_: str) -> str:
    """The whole name of a test that is there."""
    assert test in standing_in(path), f"{path} has no {test}"
    assert f'"{id_}"' in standing_in(path)[test] or not id_, f"{test} has no {id_}"
    return f"{test} {id_}"


@pytest.mark.parametrize(("report", "what", "held"), ROWS, ids=[row[0] for row in ROWS])
def test_each_report_has_a_test_that_is_named_after_it(report: str, what: str, held: str) -> None:
    found = [named(*test) for test in _TEST.findall(held)]
    assert what
    assert found or held.startswith("does not apply: "), "neither a test nor a reason"
    for system in report.split(";"):
        words = re.findall(r"[a-z0-9]+", system.partition(", ")[0] if "emailengine" in system else system)
        together = " ".join(found)
        assert not found or all(re.search(rf"(?:^|[_ ]){word}(?:[_ ]|$)", together) for word in words), (
            f"none is named {system}"
        )


def test_what_was_met_here_is_held_by_tests_that_exist() -> None:
    found = [named(*test) for test in _TEST.findall(MET)]

    assert len(found) >= 8


def test_no_report_is_listed_twice_and_none_of_the_tests_named_after_one_is_missing() -> None:
    systems = (
        r"chatwoot|freescout|zammad|znuny|odoo|nylas|emailengine|frappe|osticket|twenty_\d+|itop|imapclient|imapsync"
    )
    there = {
        name
        for path in (*(ROOT / "tests").rglob("test_*.py"), *(ROOT / "plugins").rglob("test_*.py"))
        if "mail" in str(path) or "oauth" in str(path) or "sign" in str(path)
        for name in standing_in(str(path.relative_to(ROOT)))
        if re.match(rf"test_(?:{systems})_", name)
    }
    listed = [test for _, test, _ in _TEST.findall(PAGE)]

    assert there - set(listed) == set()
    assert len(ROWS) == len({row[0] for row in ROWS}) >= 50
