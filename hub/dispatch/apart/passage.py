"""The door as one plugin's stand-ins know it: every question bears the plugin's name."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from hub.dispatch.apart.door import Door


@dataclass(frozen=True)
class Passage:
    """One plugin behind a door.

    Attributes:
        plugin: the name of its entry point.
    """

    door: Door
    plugin: str

    def ask(self, what: str, given: Mapping[str, Any], blob: bytes = b"", seconds: float | None = None) -> Any:
        """Have plain code of the plugin run; see :meth:`Door.ask`."""
        return self.door.ask(self.plugin, what, given, blob, seconds)

    @property
    def threads(self) -> Executor:
        """Where to wait for it from an event loop."""
        return self.door.threads
