"""A page of memory that a command shares with its witness: it outlives the process that wrote it, however that one ended."""

from __future__ import annotations

import json
import mmap
import struct
from typing import Any

SIZE = 8192
BEATS = struct.Struct("=Q")
MOST = 1_000
"""Characters of a single entry."""


class Notes:
    """Written by one process, read by another."""

    def __init__(self) -> None:
        self._page = mmap.mmap(-1, SIZE)
        self._entries: dict[str, Any] = {}

    def write(self, **entries: Any) -> None:
        """Add entries, or change them."""
        self._entries |= {name: value[:MOST] if isinstance(value, str) else value for name, value in entries.items()}
        data = json.dumps(self._entries).encode()
        self._page[BEATS.size : BEATS.size + len(data) + 1] = data + b"\0"

    def written(self) -> dict[str, Any]:
        """What stands there; nothing while it is being written."""
        data = bytes(self._page[BEATS.size :]).partition(b"\0")[0]
        try:
            return dict(json.loads(data)) if data else {}
        except ValueError:
            return {}

    def beat(self) -> None:
        """A sign of life."""
        self._page[: BEATS.size] = BEATS.pack(self.beats() + 1)

    def beats(self) -> int:
        """How many there were."""
        return int(BEATS.unpack(self._page[: BEATS.size])[0])


_current: Notes | None = None


def use(notes: Notes | None) -> None:
    """Name the page of this process."""
    global _current
    _current = notes


def current() -> Notes | None:
    """The page of this process; None where nobody watches."""
    return _current
