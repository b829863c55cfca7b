"""A backup file: a zip with the database as it was at one moment, the uploaded files, a page about it, and the keys only when
asked for."""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from hub.db.room import is_full
from hub.process import attached
from hub.process.attached import Attached
from hub.process.start import Refusal

FORMAT = 2
"""1 had no uploaded files."""

DATABASE, ABOUT, KEYS = "hub.sqlite3", "backup.json", "sealing.key"
LARGEST_ABOUT = 64 * 1024
PIECE = 1024 * 1024


class BadBackup(Exception):
    """The file cannot be used. The message is for the person who named it."""


@dataclass(frozen=True, slots=True)
class About:
    """What a backup says of itself.

    Attributes:
        made_at: when, ISO 8601 with the offset.
        ref: the installation's reference then.
        version: of the hub that made it.
        keys: whether the keys of the sealed columns are in it.
    """

    made_at: str
    ref: str
    version: str
    keys: bool = False
    format: int = FORMAT

    @property
    def made(self) -> datetime:
        """As a moment."""
        return datetime.fromisoformat(self.made_at)


@dataclass(frozen=True, slots=True)
class Written:
    """What came of a backup: the size of the file and of the database in it, in bytes, and the uploaded files in it."""

    size: int
    database: int
    files: Attached


def write(file: Path, database: Path, about: About, keys: Sequence[str] = (), *, home: Path) -> Written:
    """Make a backup of a living SQLite database and of the uploaded files in the data folder ``home``. An unfinished one is never
    left under this name."""
    folder = file.parent
    draft = folder / f".{file.name}.{secrets.token_hex(4)}"
    copy = folder / f".{file.name}.{secrets.token_hex(4)}.sqlite3"
    try:
        with _room(folder):
            for path in (draft, copy):
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            snapshot(database, copy)
            size, packed = copy.stat().st_size, _pack(draft, copy, about, keys, home)
        os.replace(draft, file)
    finally:
        for path in (draft, copy):
            path.unlink(missing_ok=True)
    return Written(file.stat().st_size, size, packed)


def snapshot(database: Path, copy: Path) -> None:
    """SQLite's online backup, in one go: writers go on meanwhile, and what is copied is one moment."""
    source, target = sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True), sqlite3.connect(copy)
    try:
        source.backup(target)
    finally:
        source.close()
        target.close()


def _pack(draft: Path, copy: Path, about: About, keys: Sequence[str], home: Path) -> Attached:
    """The files come after the database: one that it names and that goes away in between is named by an import that has ended."""
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=3, strict_timestamps=False) as pack:
        pack.writestr(ABOUT, json.dumps(asdict(about), indent=2))
        pack.write(copy, DATABASE)
        if keys:
            pack.writestr(KEYS, "\n".join(keys) + "\n")
        packed = attached.pack(pack, home)
    with draft.open("rb") as done:
        os.fsync(done.fileno())
    return packed


def about(file: Path) -> About:
    """What the backup says of itself.

    Raises:
        BadBackup: it is none, or of a newer kind.
    """
    try:
        with zipfile.ZipFile(file) as pack:
            if pack.getinfo(ABOUT).file_size > LARGEST_ABOUT:
                raise BadBackup(f"{file} is not a backup of the hub.")
            told = About(**json.loads(pack.read(ABOUT)))
            if told.made.tzinfo is None:
                raise ValueError("a moment without its offset")
            pack.getinfo(DATABASE)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, TypeError, ValueError):
        raise BadBackup(f"{file} is not a backup of the hub.") from None
    if told.format > FORMAT:
        raise BadBackup(f"{file} was made by a newer hub ({told.version}). Update this one first.")
    return told


def keys(file: Path) -> tuple[str, ...]:
    """The keys in the backup; none when it was made without."""
    with zipfile.ZipFile(file) as pack:
        return tuple(pack.read(KEYS).decode().split()) if KEYS in pack.namelist() else ()


def unpack(file: Path, database: Path) -> None:
    """Write the backup's database to a new file, and see that it is whole.

    Raises:
        BadBackup: it is damaged.
    """
    descriptor = os.open(database, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with _room(database.parent), os.fdopen(descriptor, "wb") as target, zipfile.ZipFile(file) as pack:
            with pack.open(DATABASE) as source:
                while piece := source.read(PIECE):
                    target.write(piece)
            target.flush()
            os.fsync(target.fileno())
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as trouble:
        raise BadBackup(f"{file} is damaged: {trouble}.") from None
    if state(database) != "ok":
        raise BadBackup(f"The database in {file} is damaged: {state(database)}.")


def unpack_files(file: Path, folder: Path) -> Attached | None:
    """Write the backup's uploaded files to a new folder. None for a backup of a hub that did not save them yet.

    Raises:
        BadBackup: it is damaged, or one of its names points elsewhere.
    """
    if about(file).format < 2:
        return None
    try:
        with _room(folder.parent), zipfile.ZipFile(file) as pack:
            return attached.unpack(pack, folder)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as trouble:
        raise BadBackup(f"{file} is damaged: {trouble}.") from None


@contextmanager
def _room(folder: Path) -> Iterator[None]:
    """A disk that is full says nothing about the backup.

    Raises:
        Refusal: there is no room in the folder.
    """
    try:
        yield
    except (OSError, sqlite3.Error) as trouble:
        if not is_full(trouble):
            raise
        raise Refusal(
            f"There is no room left for it in {folder}. Nothing was changed: free some, then try again."
        ) from None


def state(database: Path) -> str:
    """SQLite's own verdict over a file: ``ok``, or what is wrong with it."""
    connection = sqlite3.connect(database)
    try:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])
    except sqlite3.DatabaseError as trouble:
        return str(trouble)
    finally:
        connection.close()
