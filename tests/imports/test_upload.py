"""What a file is, however it was saved; and clear words for what is no CSV file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hub.db.errors import Problem
from hub.imports import files, mapping, upload

TEXT = "First name;E-mail;City\nJosé;jose@example.com;Köln\nZoë;zoe@example.com;Ålesund\n"


def stored(raw: bytes) -> upload.Stored:
    return upload.store([raw[start : start + 7] for start in range(0, len(raw), 7)])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_usual_encoding_and_line_end_becomes_the_same_file(encoding: str, newline: str) -> None:
    found = stored(TEXT.replace("\n", newline).encode(encoding))

    assert files.path_of(found.file).read_text(encoding="utf-8").lstrip("\ufeff") == TEXT
    assert found.layout.header == ("First name", "E-mail", "City")
    assert (found.layout.delimiter, found.rows, found.line) == (";", 2, 2)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_even_when_others_stand_in_the_cells(delimiter: str) -> None:
    other = ";" if delimiter == "," else ","
    lines = [["Name", "Note", "City"], ["Ada", f"a{other} b{other} c", "X"], ["Bob", f"d{other}", "Y"]]

    found = stored("\n".join(delimiter.join(cells) for cells in lines).encode())

    assert found.layout.delimiter == delimiter
    assert found.layout.header == ("Name", "Note", "City")


def test_excels_own_first_line_names_the_delimiter() -> None:
    found = stored(b"sep=;\r\nName;City\r\nAda;Provo\r\n")

    assert (found.layout.header, found.line, found.rows) == (("Name", "City"), 3, 1)


def test_a_file_without_header_gets_numbered_columns_and_loses_no_row() -> None:
    found = stored(b"Ada,ada@example.com\nBob,bob@example.com\n")

    assert found.layout.header == ("Column 1", "Column 2")
    assert (found.offset, found.line, found.rows) == (0, 1, 2)


def test_nameless_and_repeated_columns_can_be_told_apart() -> None:
    assert stored(b"Name,,Name\na,b,c\n").layout.header == ("Name", "Column 2", "Name (3)")


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"PK\x03\x04rest", "Excel workbook"),
        (b"\xd0\xcf\x11\xe0rest", "old Excel"),
        (b"%PDF-1.7", "PDF"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"\x89PNG\r\n", "picture"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"\x01\x00\x00\x02\x00\x00\x00" * 50, "not text"),
        (b"", "empty"),
        (b"\n \n", "empty"),
        (b",".join([b"c"] * 600), "columns"),
    ],
)
def test_another_kind_of_file_is_named_and_nothing_is_kept(raw: bytes, says: str, imports_folder: Path) -> None:
    with pytest.raises(Problem) as refused:
        stored(raw)

    assert says in refused.value.what
    assert refused.value.next
    assert list(imports_folder.iterdir()) == []


def test_a_file_too_large_is_refused_while_it_arrives(imports_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "MOST_BYTES", 1_000)
    sent = []

    def chunks() -> Any:
        for number in range(100):
            sent.append(number)
            yield b"x" * 100

    with pytest.raises(Problem, match="larger than"):
        upload.store(chunks())

    assert len(sent) == 11
    assert list(imports_folder.iterdir()) == []


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "MOST_ROWS", 3)

    with pytest.raises(Problem, match="allowed"):
        stored(b"Name\n" + b"a\n" * 5)


def test_the_file_is_the_hubs_alone(imports_folder: Path) -> None:
    found = stored(TEXT.encode())

    assert (imports_folder / found.file).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in imports_folder.iterdir()] == [found.file]


@pytest.mark.parametrize("name", ["../../etc/passwd", "x.csv", "/etc/passwd", "", "a" * 32 + ".csv/../x"])
def test_no_name_leads_out_of_the_folder(name: str) -> None:
    with pytest.raises(ValueError):
        files.path_of(name)


def test_columns_are_guessed_by_their_names() -> None:
    header = [
        "Vorname",
        "Last Name",
        "E-Mail Address",
        "Mobile",
        "Home Phone",
        "Zip/Postal",
        "Shoe size",
        "Email",
        "Whatever",
    ]

    assert mapping.guess(header, ["Shoe Size"]) == [
        "first_name",
        "last_name",
        "email",
        "phone_cell",
        "phone_home",
        "",
        "custom:Shoe Size",
        "",
        "",
    ]


@pytest.mark.parametrize(
    ("whole", "parts"),
    [
        ("Ada King Lovelace", ("Ada King", "Lovelace")),
        ("Lovelace, Ada", ("Ada", "Lovelace")),
        ("Ada", ("Ada", "")),
        (" ", ("", "")),
    ],
)
def test_a_full_name_is_parted(whole: str, parts: tuple[str, str]) -> None:
    assert mapping.split_name(whole) == parts
