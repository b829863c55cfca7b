"""What a file is: CSV in which encoding, with which delimiter, with a header or not. Or something else, and then which. Pure."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hub.contacts import normalising

SAMPLE = 64 * 1024  # bytes looked at to tell what a file is
DELIMITERS = (",", ";", "\t", "|")
MOST_COLUMNS = 500

_AS_CSV = "Save it as CSV (in Excel: File, Save as, “CSV UTF-8”), then upload that file."
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "This is an Excel workbook or a ZIP archive, not a CSV file."),
    (b"\xd0\xcf\x11\xe0", "This is an old Excel or Word file, not a CSV file."),
    (b"%PDF", "This is a PDF, not a CSV file."),
    (b"\x1f\x8b", "This file is compressed with gzip. Unpack it first."),
    (b"Rar!", "This is a RAR archive. Unpack it first."),
    (b"7z\xbc\xaf", "This is a 7-Zip archive. Unpack it first."),
    (b"\x89PNG", "This is a picture, not a CSV file."),
    (b"\xff\xd8\xff", "This is a picture, not a CSV file."),
    (b"GIF8", "This is a picture, not a CSV file."),
    (b"{\\rtf", "This is a formatted text document, not a CSV file."),
    (b"SQLite format 3", "This is a database, not a CSV file."),
)
_MARKUP = re.compile(rb"\s*<(?:!doctype|html|\?xml|table|head|body)", re.IGNORECASE)
_SEP_LINE = re.compile(r"sep=(.)", re.IGNORECASE)


class NotCsv(ValueError):
    """The file cannot be read as CSV; the message says what it seems to be."""

    def __init__(self, what: str, next: str = _AS_CSV) -> None:
        super().__init__(what)
        self.what, self.next = what, next


@dataclass(frozen=True, slots=True)
class Layout:
    """How the text is laid out. ``header`` has a name for every column; ``skipped`` are physical lines before the data."""

    delimiter: str
    header: tuple[str, ...]
    skipped: int


def refuse_other_kinds(start: bytes) -> None:
    """Raise ``NotCsv`` when the first bytes are those of another kind of file."""
    for magic, what in _MAGIC:
        if start.startswith(magic):
            raise NotCsv(what)
    if _MARKUP.match(start.lstrip(codecs.BOM_UTF8)):
        raise NotCsv("This is a web page or an XML file, not a CSV file.")
    if not start.strip():
        raise NotCsv("The file is empty.", "Choose the file that holds your contacts.")


def encoding_of(start: bytes) -> str | None:
    """The encoding that the first bytes give away, or None: UTF-8 where all of it fits, else Windows-1252.

    Raises ``NotCsv`` for bytes that are no text at all.
    """
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    zeros = start.count(0)
    if not zeros:
        return None
    half = len(start) / 2
    first, second = start[0::2].count(0), start[1::2].count(0)
    if second > 0.6 * half > 3 * first:
        return "utf-16-le"
    if first > 0.6 * half > 3 * second:
        return "utf-16-be"
    if zeros > len(start) / 10:
        raise NotCsv("This file holds data that is not text.")
    return None  # a stray NUL or two: those rows will be broken, the others are fine


def layout_of(sample: str) -> Layout:
    """Delimiter and header from the first lines. Raises ``NotCsv`` when there is nothing to go by."""
    lines = sample.split("\n")
    skipped = 0
    named = _SEP_LINE.fullmatch(lines[0].strip("\ufeff \r"))
    if named:
        lines, skipped = lines[1:], 1
    while lines and not lines[0].strip():
        lines, skipped = lines[1:], skipped + 1
    if not lines:
        raise NotCsv("The file is empty.", "Choose the file that holds your contacts.")
    complete = lines[:-1] if len(lines) > 1 and len(sample) >= SAMPLE // 4 else lines
    delimiter = named.group(1) if named else _delimiter(complete[:30])
    return _with_header(complete, delimiter, skipped)


def _with_header(lines: list[str], delimiter: str, skipped: int) -> Layout:
    reader = _reader(lines, delimiter)
    try:
        cells = next(reader)
    except (csv.Error, StopIteration):
        raise NotCsv("The first row of this file cannot be read.") from None
    if len(cells) > MOST_COLUMNS:
        raise NotCsv(
            f"This file has {len(cells):,} columns; {MOST_COLUMNS} are allowed.", "Remove the columns you do not need."
        )
    if _looks_like_data(cells):
        return Layout(delimiter, _names([""] * len(cells)), skipped)
    return Layout(delimiter, _names(cells), skipped + reader.line_num)


def _delimiter(lines: list[str]) -> str:
    """The delimiter under which most rows have as many columns as the first; of those, the one with most columns."""
    scored = [(_agreement(lines, delimiter), -place, delimiter) for place, delimiter in enumerate(DELIMITERS)]
    best = max(scored)
    return best[2] if best[0] > (0, 0) else ","


def _agreement(lines: list[str], delimiter: str) -> tuple[float, int]:
    try:
        widths = [len(cells) for cells in _reader(lines, delimiter) if cells]
    except csv.Error:
        return (0, 0)
    if not widths or widths[0] < 2:
        return (0, 0)
    agreeing = sum(width == widths[0] for width in widths) / len(widths)
    return (round(agreeing, 1), widths[0])


def _looks_like_data(cells: list[str]) -> bool:
    """Whether the first row is a contact already. Nobody calls a column by an e-mail address."""
    return any("@" in cell and normalising.email_key(cell).count("@") == 1 and "." in cell for cell in cells)


def _names(cells: Iterable[str]) -> tuple[str, ...]:
    """A name for every column: as written, else its number; the second of one name gets a number, too."""
    names: list[str] = []
    for number, cell in enumerate(cells, start=1):
        name = normalising.line(cell)[:100] or f"Column {number}"
        names.append(f"{name} ({number})" if name in names else name)
    return tuple(names)


def _reader(lines: list[str], delimiter: str) -> Any:
    return csv.reader((line + "\n" for line in lines), delimiter=delimiter, skipinitialspace=True)
