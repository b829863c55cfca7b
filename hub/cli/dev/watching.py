"""Has somebody saved a file? Asked by looking: a plugin's folder is small, and no library need be had for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

SUFFIXES = frozenset({".py", ".toml", ".json"})
LEFT_OUT = frozenset({"build", "dist", "node_modules", "__pycache__"})


class Watch:
    """The files of a folder that matter, and when they were written."""

    EVERY = 0.7
    """Seconds between two looks."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen = self._times()

    def changed(self) -> str:
        """The name of a file that is new, gone or written since the last look; empty when there is none."""
        now = self._times()
        differing = [file for file in now.keys() | self._seen.keys() if now.get(file) != self._seen.get(file)]
        self._seen = now
        return str(min(differing).relative_to(self._folder)) if differing else ""

    def _times(self) -> dict[Path, int]:
        found = {}
        for file in self._files(self._folder):
            try:
                found[file] = file.stat().st_mtime_ns
            except OSError:  # an editor puts a file aside and another in its place
                continue
        return found

    def _files(self, folder: Path) -> Iterator[Path]:
        for entry in folder.iterdir():
            if entry.name.startswith(".") or entry.name in LEFT_OUT or entry.name.endswith(".egg-info"):
                continue
            if entry.is_dir() and not entry.is_symlink():
                yield from self._files(entry)
            elif entry.suffix in SUFFIXES:
                yield entry
