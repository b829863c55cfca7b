"""One embedded hub a data folder: a locked file that the system frees when the process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO

from hub.db import forking


class Lock:
    """The lock of a data folder's running hub. ``taken`` is whether we have it."""

    def __init__(self, home: Path) -> None:
        self._path = home / "run" / "hub.lock"
        self._file: IO[str] | None = None

    @property
    def taken(self) -> bool:
        return self._file is not None

    def take(self) -> bool:
        """Try to become the one."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = self._path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._file = file
        forking.close_in_children(self._close)
        return True

    def holder(self) -> str:
        """The process id of who has it, as far as the file tells."""
        try:
            return self._path.read_text().strip()
        except OSError:
            return ""

    def release(self) -> None:
        """Let the next one in."""
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)  # closing alone leaves it to a child that was forked meanwhile
            self._close()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def is_running(home: Path) -> bool:
    """Whether an embedded hub runs on this folder."""
    file = home / "run" / "hub.lock"
    return file.exists() and is_locked(file)


def is_locked(file: Path) -> bool:
    """Whether some process holds the lock of a file. Asking takes it for a moment and gives it back."""
    with file.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False
