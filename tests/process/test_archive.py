"""A backup's file: what is in its way, told as what it is."""

from __future__ import annotations

import errno
import os
import resource
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from hub.db import clock
from hub.process import archive, restoring
from hub.process.start import Refusal

ABOUT = archive.About("2026-03-02T09:00:00+00:00", "ref", "1.0")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database in a folder whose name has the signs that addresses use."""
    home = tmp_path / "hub #1? 100%25"
    home.mkdir()
    with closing(sqlite3.connect(home / "hub.sqlite3")) as file:
        file.execute("CREATE TABLE gift (name TEXT)")
        file.execute("INSERT INTO gift VALUES ('a card'), (hex(randomblob(200000)))")
        file.commit()
    return home / "hub.sqlite3"


@pytest.fixture
def backup(database: Path) -> Path:
    file = database.with_name("monday.backup")
    archive.write(file, database, ABOUT, home=database.parent)
    return file


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file of this process may be larger."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_backup_from_tomorrow_is_not_restored_by_a_clock_that_is_behind() -> None:
    tomorrow = clock.real_now() + timedelta(days=1)
    soon = clock.real_now() + timedelta(minutes=4)  # two clocks that disagree as usual

    with pytest.raises(Refusal, match=r"Nothing was changed: set it right, then restore\."):
        restoring.see_that_the_clock_is_right(replace(ABOUT, made_at=tomorrow.isoformat()))

    restoring.see_that_the_clock_is_right(replace(ABOUT, made_at=soon.isoformat()))


def test_a_folder_of_any_name_is_saved(backup: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.sqlite3"

    archive.unpack(backup, copy)

    with closing(sqlite3.connect(copy)) as file:
        assert file.execute("SELECT name FROM gift LIMIT 1").fetchone() == ("a card",)


def test_a_file_that_a_clock_without_a_battery_dated_is_saved_too(database: Path) -> None:
    upload = database.parent / "imports" / "people.csv"
    upload.parent.mkdir()
    upload.write_text("email")
    os.utime(upload, (0, 0))

    written = archive.write(database.with_name("monday.backup"), database, ABOUT, home=database.parent)

    assert written.files.number == 1


@pytest.mark.parametrize(
    "full", [sqlite3.OperationalError("database or disk is full"), OSError(errno.ENOSPC, "No space left on device")]
)
def test_a_full_disk_leaves_no_half_of_a_backup(
    database: Path, monkeypatch: pytest.MonkeyPatch, full: Exception
) -> None:
    def no_room(*_: object) -> None:
        raise full

    monkeypatch.setattr(archive, "snapshot", no_room)

    with pytest.raises(Refusal, match=r"no room left for it in .*free some, then try again"):
        archive.write(database.with_name("monday.backup"), database, ABOUT, home=database.parent)

    assert [file.name for file in database.parent.iterdir()] == ["hub.sqlite3"]


def test_a_full_disk_is_not_told_as_a_damaged_backup(backup: Path, tmp_path: Path) -> None:
    with room_for(100_000), pytest.raises(Refusal, match="no room left"):
        archive.unpack(backup, tmp_path / "copy.sqlite3")

    archive.unpack(backup, tmp_path / "again.sqlite3")


def test_bytes_that_are_no_longer_what_they_were_are_a_damaged_backup(backup: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(backup) as pack:
        begins = pack.getinfo(archive.DATABASE).header_offset + 30 + len(archive.DATABASE)
    told = bytearray(backup.read_bytes())
    told[begins : begins + 50] = b"\xff" * 50
    backup.write_bytes(told)

    with pytest.raises(archive.BadBackup, match="is damaged"):
        archive.unpack(backup, tmp_path / "copy.sqlite3")
