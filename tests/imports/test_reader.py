"""A row that cannot be read is a row with a problem, and the next one follows."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.imports.reader import LONGEST_LINE, QUOTES, Row, read


def rows_of(text: str | bytes, width: int = 3, delimiter: str = ",", offset: int = 0, line: int = 1) -> list[Row]:
    raw = text.encode() if isinstance(text, str) else text
    return list(read(io.BytesIO(raw), offset, line, delimiter, width))


def outcome(text: str | bytes, width: int = 3) -> list[tuple[int, object]]:
    return [(row.line, row.cells or row.problem) for row in rows_of(text, width)]


def test_plain_rows_are_split_and_blank_ones_passed_over() -> None:
    assert outcome("a,b,c\n\n1,2,3\n  \n4,5,6") == [(1, ["a", "b", "c"]), (3, ["1", "2", "3"]), (5, ["4", "5", "6"])]


def test_quoted_cells_may_hold_delimiters_quotes_and_lines() -> None:
    assert outcome('"a,1","b ""x""","c\nd"\n1,2,3\n') == [(1, ["a,1", 'b "x"', "c\nd"]), (3, ["1", "2", "3"])]


def test_a_quotation_mark_inside_a_bare_cell_is_text() -> None:
    assert outcome('a,6" pipe,c\n') == [(1, ["a", '6" pipe', "c"])]


@pytest.mark.parametrize("bad", ['"never closed,b,c', 'a,"never closed,c', '"x"y,b,c'])
def test_bad_quoting_costs_its_own_line_only(bad: str) -> None:
    assert outcome(f'{bad}\n1,2,3\n"4",5,6\n7,8,9\n') == [
        (1, QUOTES),
        (2, ["1", "2", "3"]),
        (3, ["4", "5", "6"]),
        (4, ["7", "8", "9"]),
    ]


def test_bad_quoting_far_from_the_next_quotation_mark_costs_its_own_line_only() -> None:
    text = '"never closed,b,c\n' + "1,2,3\n" * 1_000

    found = rows_of(text)

    assert found[0].problem == QUOTES
    assert [row.line for row in found if row.cells] == list(range(2, 1_002))


def test_a_stray_quotation_mark_that_meets_another_swallows_no_row_in_between() -> None:
    assert outcome('"oops,b,c\n1,2,3\n4,5,6"\n7,8,9\n') == [
        (1, QUOTES),
        (2, ["1", "2", "3"]),
        (3, ["4", "5", '6"']),
        (4, ["7", "8", "9"]),
    ]


def test_wrong_column_counts_are_named_and_empty_surplus_forgiven() -> None:
    assert outcome("1,2\n1,2,3,4\n1,2,3,,\n") == [
        (1, "The row has 2 columns where the header has 3."),
        (2, "The row has 4 columns where the header has 3."),
        (3, ["1", "2", "3"]),
    ]


def test_a_nul_breaks_its_row() -> None:
    found = outcome(b"1,\x00,3\n4,5,6\n")

    assert "NUL" in str(found[0][1])
    assert found[1] == (2, ["4", "5", "6"])


def test_a_field_of_a_megabyte_breaks_its_row() -> None:
    text = f"1,{'x' * (LONGEST_LINE + 5)},3\n4,5,6\n" + f'1,"{"y" * 200_000}",3\n7,8,9\n'

    found = outcome(text)

    assert "longer than 1,000,000" in str(found[0][1])
    assert found[1] == (2, ["4", "5", "6"])
    assert "longer than 131,072" in str(found[2][1])
    assert found[3] == (4, ["7", "8", "9"])


def test_reading_goes_on_from_any_row() -> None:
    text = '1,2,3\n"4\n4",5,6\nbroken\n7,8,9\n'
    everything = rows_of(text)

    for before, row in enumerate(everything):
        assert rows_of(text, offset=row.next_offset, line=row.next_line) == everything[before + 1 :]


cells = st.text(st.characters(exclude_characters="\x00\r", exclude_categories=["Cs"]), max_size=12).map(
    lambda text: text.lstrip(" ")
)
records = st.lists(st.tuples(cells, cells, st.just("end")), min_size=1, max_size=8)


@given(records, st.sampled_from([",", ";", "\t"]))
def test_what_python_writes_is_read_back(written: list[tuple[str, ...]], delimiter: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(written)

    found = rows_of(text.getvalue(), delimiter=delimiter)

    assert [row.cells for row in found] == [list(row) for row in written]


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader_and_no_byte_is_read_twice(raw: bytes) -> None:
    found = rows_of(raw.replace(b"\r", b"\n"), width=2)

    offsets = [row.next_offset for row in found]
    assert offsets == sorted(set(offsets))
