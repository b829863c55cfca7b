"""The files that people handed over, in a backup: what was uploaded and is still at work, or kept so that a row can be looked at.

They lie in the zip as they lie in the data folder. Coming back they are written to a place of their own first; only when all of
them are there do they take the others' place, which are kept beside.
"""

from __future__ import annotations

import os
import secrets
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

FOLDERS = ("imports", "files")
"""Of the data folder: the CSVs of imports, and whatever else is uploaded."""

PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Attached:
    """How many files, and how much."""

    number: int = 0
    size: int = 0

    def __add__(self, other: Attached) -> Attached:
        return Attached(self.number + other.number, self.size + other.size)


def pack(into: zipfile.ZipFile, home: Path) -> Attached:
    """Put every uploaded file of a data folder in. One that goes away meanwhile is one that nobody needs any more."""
    packed = Attached()
    for file in _files(home):
        try:
            into.write(file, file.relative_to(home).as_posix())
        except FileNotFoundError:
            continue
        packed += Attached(1, into.infolist()[-1].file_size)
    return packed


def _files(home: Path) -> Iterator[Path]:
    """Real files only: a link may point anywhere."""
    for name in FOLDERS:
        yield from (file for file in sorted((home / name).rglob("*")) if file.is_file() and not file.is_symlink())


def unpack(pack: zipfile.ZipFile, folder: Path) -> Attached:
    """Write the backup's uploaded files to a new folder, readable by its owner only.

    Raises:
        ValueError: a name in the backup points outside of it.
    """
    folder.mkdir(mode=0o700)
    written = Attached()
    for entry in pack.infolist():
        name = PurePosixPath(entry.filename)
        if name.parts[:1] and name.parts[0] in FOLDERS and not entry.is_dir():
            written += Attached(1, _write(pack, entry, folder.joinpath(*_inside(name))))
    return written


def _inside(name: PurePosixPath) -> tuple[str, ...]:
    if ".." in name.parts or any("\\" in part for part in name.parts):
        raise ValueError(f"it holds a file with the name {name}")
    return name.parts


def _write(pack: zipfile.ZipFile, entry: zipfile.ZipInfo, file: Path) -> int:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with pack.open(entry) as source, os.fdopen(descriptor, "wb") as target:
        shutil.copyfileobj(source, target, PIECE)
        os.fsync(target.fileno())
    return entry.file_size


def swap(fresh: Path, home: Path, stamp: str) -> list[Path]:
    """Put the new folders in the old ones' places; returns where the old ones lie now, of those that held anything."""
    aside = []
    for name in FOLDERS:
        folder = home / name
        if folder.is_dir() and any(folder.iterdir()):
            aside.append(folder.rename(home / f"{name}.before-restore-{stamp}-{secrets.token_hex(2)}"))
        elif folder.is_dir():
            folder.rmdir()
        if (fresh / name).is_dir():
            (fresh / name).rename(folder)
    return aside
