"""An export is text in every spreadsheet, and the same text."""

from __future__ import annotations

import csv
import io
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.contacts.exporting import csv_line, guarded

FORMULAS = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3+cmd",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\u00a0=1",
    "\ufeff=1",
    "＝1",
    "＋1x",
    "－1x",
    "＠x",
    "a\n=1",
    "a\r\n  @x",
    "a;=1",
    'a";  =cmd|1',
    "a;b;\t@x",
    "a\t-2+3",
    "\u2060=1",
    "\u202e\xad=1",
    "\x01@x",
    "a\v=1",
    "a\u2028=1",
    "\u22121+1",
    "\ufe661",
    "\ufe6bx",
]


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_formula_becomes_text(cell: str) -> None:
    for line in re.split("[\r\n\t;\v\u2028]", guarded(cell)):
        bare = line.strip(" \t\x01\u00a0\xad\ufeff\u2060\u202e")
        assert not bare.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠", "\u2212", "\ufe66", "\ufe6b"))


@pytest.mark.parametrize(
    "cell",
    ["", "Ada", "+18015550123", "-12.50", "a-b", "ada@example.com", "1 + 1", "a\n\nb", "it's", "a; b", "red;green"],
)
def test_what_does_no_harm_stays_as_it_is(cell: str) -> None:
    assert guarded(cell) == cell


@pytest.mark.parametrize("signs", ["\t", "\n", " \n", "; ", "\u2060", "=\n"])
def test_a_cell_of_very_many_blanks_costs_no_time(signs: str) -> None:
    begun = time.process_time()

    guarded(signs * 20_000)

    assert time.process_time() - begun < 0.5


@given(st.text(max_size=40))
def test_a_guard_only_adds(cell: str) -> None:
    assert guarded(cell).replace("'", "") == cell.replace("'", "")


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20),
        min_size=1,
        max_size=6,
    )
)
def test_a_row_is_read_back_as_it_was_written(cells: list[str]) -> None:
    (back,) = csv.reader(io.StringIO(csv_line(cells), newline=""))

    assert back == [guarded(cell) for cell in cells]
