"""From the bytes of an upload to a file we can read from any offset: UTF-8, one kind of line end, nothing else changed.

The bytes go to disk as they come and the text through a small window, so a file of fifty megabytes costs no more memory than
one of fifty lines.
"""

from __future__ import annotations

import codecs
import io
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from hub.db.errors import Problem
from hub.imports import files, sniffing

MOST_BYTES = 50 * 1024 * 1024
MOST_ROWS = 200_000
WINDOW = 256 * 1024  # bytes read at a time
FALLBACK = "cp1252"


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that lies ready. ``offset`` and ``line`` say where its data begins."""

    file: str
    size: int
    encoding: str
    layout: sniffing.Layout
    offset: int
    line: int
    rows: int
    """How many rows there are, near enough for a progress bar: broken quotation marks mislead it."""


def store(chunks: Iterable[bytes]) -> Stored:
    """Write an upload to disk and find out what it is. Raises ``Problem`` with a clear sentence, and leaves nothing behind."""
    name = files.new_name()
    raw, text = files.path_of(name + ".part"), files.path_of(name)
    try:
        _write(raw, chunks)
        return _understand(raw, text)
    except sniffing.NotCsv as error:
        text.unlink(missing_ok=True)
        raise Problem(error.what, next=error.next, code="imports.not_csv") from None
    except BaseException:
        text.unlink(missing_ok=True)
        raise
    finally:
        raw.unlink(missing_ok=True)


def _write(path: Path, chunks: Iterable[bytes]) -> None:
    size = 0
    with _new_file(path) as file:
        for chunk in chunks:
            size += len(chunk)
            if size > MOST_BYTES:
                raise Problem(
                    f"This file is larger than {MOST_BYTES // 1024 // 1024} MB.",
                    next="Split it and import the parts one after the other.",
                    code="imports.too_large",
                )
            file.write(chunk)


def _understand(raw: Path, text: Path) -> Stored:
    with raw.open("rb") as source:
        start = source.read(sniffing.SAMPLE)
        sniffing.refuse_other_kinds(start)
        encoding = sniffing.encoding_of(start) or _utf8_or_fallback(source)
        rows = _convert(source, text, encoding)
    if rows > MOST_ROWS:
        raise too_many_rows(rows)
    with text.open("rb") as file:
        layout = sniffing.layout_of(file.read(sniffing.SAMPLE).decode("utf-8", "ignore"))
        file.seek(0)
        for _ in range(layout.skipped):
            file.readline()
        offset = file.tell()
    return Stored(
        text.name, text.stat().st_size, encoding, layout, offset, layout.skipped + 1, max(0, rows - layout.skipped)
    )


def too_many_rows(rows: int) -> Problem:
    """More rows than one import takes."""
    return Problem(
        f"This file has about {rows:,} rows; {MOST_ROWS:,} are allowed.",
        next="Split it and import the parts one after the other.",
        code="imports.too_many_rows",
    )


def _utf8_or_fallback(source: BinaryIO) -> str:
    """UTF-8 if every byte of the file agrees, else what Windows programs write in the west."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        for window in _windows(source):
            decoder.decode(window)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return FALLBACK
    return "utf-8"


def _convert(source: BinaryIO, target: Path, encoding: str) -> int:
    """Copy the text as UTF-8 with plain line ends; say how many rows there seem to be."""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)("replace"), translate=True)
    rows = _RowCounter()
    with _new_file(target) as file:
        for window in _windows(source):
            piece = decoder.decode(window)
            rows.feed(piece)
            file.write(piece.encode("utf-8", "replace"))
        rest = decoder.decode(b"", final=True)
        rows.feed(rest)
        file.write(rest.encode("utf-8", "replace"))
    return rows.total


def _windows(source: BinaryIO) -> Iterator[bytes]:
    source.seek(0)
    while window := source.read(WINDOW):
        yield window


def _new_file(path: Path) -> BinaryIO:
    """A file that did not exist and that only the hub may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


class _RowCounter:
    """Counts line ends that are not inside quotation marks."""

    def __init__(self) -> None:
        self.ended = 0
        self._quoted = False
        self._last = "\n"

    def feed(self, text: str) -> None:
        if not text:
            return
        for number, part in enumerate(text.split('"')):
            if number:
                self._quoted = not self._quoted
            if not self._quoted:
                self.ended += part.count("\n")
        self._last = text[-1]

    @property
    def total(self) -> int:
        return self.ended + (self._last != "\n")
