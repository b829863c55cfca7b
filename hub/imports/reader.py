"""Rows of a CSV file from any offset on. A row that cannot be read is a row with a problem, and the next one follows.

Most lines have no quotation mark and are simply split. The others go through Python's ``csv`` in strict mode, which may take
several lines for one row; if that ends badly, only the first of them is given up and reading goes on at the second, so that
one stray quotation mark does not swallow the rest of the file.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

LONGEST_LINE = 1_000_000  # bytes
LONGEST_RECORD = 200  # lines of one row
LONGEST_RAW = 2_000  # characters kept for the report

QUOTES = "A quotation mark is missing, or stands where it should not."


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its cells, or the problem with it. ``next_offset`` and ``next_line`` are where the row after it begins."""

    line: int
    cells: list[str] | None
    problem: str
    raw: str
    next_offset: int
    next_line: int


@dataclass(slots=True)
class _Place:
    offset: int
    line: int


def read(file: BinaryIO, offset: int, line: int, delimiter: str, width: int) -> Iterator[Row]:
    """Rows from ``offset`` (which is physical line ``line``) to the end. Blank lines are passed over."""
    file.seek(offset)
    at = _Place(offset, line)
    while first := file.readline(LONGEST_LINE + 1):
        if len(first) > LONGEST_LINE:
            yield _too_long(file, first, at)
        elif not first.strip():
            _pass(at, first)
        else:
            yield _row(file, first, at, delimiter, width)


def _row(file: BinaryIO, first: bytes, at: _Place, delimiter: str, width: int) -> Row:
    if b"\x00" in first:
        return _broken(first, at, "The row holds a NUL character; it is not text.")
    if b'"' not in first:
        cells = first.decode("utf-8", "replace").rstrip("\n").split(delimiter)
        return _checked(cells, first, at, width)
    return _quoted(file, first, at, delimiter, width)


def _quoted(file: BinaryIO, first: bytes, at: _Place, delimiter: str, width: int) -> Row:
    """A row with quotation marks, which may go on over several lines."""
    lines = _More(file, first)
    try:
        cells = next(csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True))
    except (csv.Error, StopIteration) as error:
        file.seek(at.offset + len(first))
        return _broken(first, at, _csv_problem(error))
    if len(lines.taken) == 1:
        return _checked(cells, first, at, width)
    if _fitted(cells, width) is None or any(b"\x00" in taken for taken in lines.taken):
        # Several lines and still not a row: the quotation mark in the first one was a mistake.
        file.seek(at.offset + len(first))
        return _broken(first, at, QUOTES)
    return _checked(cells, b"".join(lines.taken), at, width, len(lines.taken))


class _More:
    """The first line and, when ``csv`` asks, those behind it, up to a limit."""

    def __init__(self, file: BinaryIO, first: bytes) -> None:
        self._file = file
        self._first: bytes | None = first
        self.taken: list[bytes] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._first if self._first is not None else self._another()
        self._first = None
        if not line:
            raise StopIteration
        self.taken.append(line)
        return line.decode("utf-8", "replace")

    def _another(self) -> bytes:
        return b"" if len(self.taken) >= LONGEST_RECORD else self._file.readline(LONGEST_LINE)


def _checked(cells: list[str], raw: bytes, at: _Place, width: int, lines: int = 1) -> Row:
    fitted = _fitted(cells, width)
    problem = "" if fitted is not None else f"The row has {_columns(len(cells))} where the header has {width}."
    return _make(at, fitted, problem, raw, lines)


def _fitted(cells: list[str], width: int) -> list[str] | None:
    """The cells, if they are as many as the header's; empty ones too many at the end do no harm."""
    if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
        return cells[:width]
    return cells if len(cells) == width else None


def _broken(raw: bytes, at: _Place, problem: str) -> Row:
    return _make(at, None, problem, raw, 1)


def _too_long(file: BinaryIO, first: bytes, at: _Place) -> Row:
    """A line without end: passed over in windows, its beginning kept for the report."""
    length, piece = len(first), first
    while piece and not piece.endswith(b"\n"):
        piece = file.readline(LONGEST_LINE)
        length += len(piece)
    line = at.line
    at.offset, at.line = at.offset + length, at.line + 1
    raw = first[: LONGEST_RAW * 4].decode("utf-8", "ignore")[:LONGEST_RAW]
    return Row(line, None, f"The row is longer than {LONGEST_LINE:,} characters.", raw, at.offset, at.line)


def _make(at: _Place, cells: list[str] | None, problem: str, raw: bytes, lines: int) -> Row:
    line = at.line
    at.offset, at.line = at.offset + len(raw), at.line + lines
    shown = raw[: LONGEST_RAW * 4].decode("utf-8", "replace").rstrip("\n")[:LONGEST_RAW]
    return Row(line, cells, problem, shown, at.offset, at.line)


def _pass(at: _Place, blank: bytes) -> None:
    at.offset, at.line = at.offset + len(blank), at.line + 1


def _columns(number: int) -> str:
    return "1 column" if number == 1 else f"{number:,} columns"


def _csv_problem(error: Exception) -> str:
    if "field larger than field limit" in str(error):
        return f"A field is longer than {csv.field_size_limit():,} characters."
    return QUOTES
