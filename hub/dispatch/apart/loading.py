"""Which plugins run apart, and how the registry gets to know them: by their papers, and never by an import of ours."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint
from typing import Any

from hub.core.guard import LOAD_SECONDS
from hub.core.registry import GROUP, Loader, NotLoaded, Registry, Source, discover
from hub.dispatch.apart.door import Died, Door
from hub.dispatch.apart.passage import Passage
from hub.dispatch.apart.rebuilding import rebuilt
from hub.dispatch.apart.spawning import Entry, Limits

HOUSE = "integration-hub"
"""The hub's own distribution. Its built-in steps are the hub's own code, and run in its process."""


@dataclass
class Apart:
    """The plugins of this process that run in processes of their own.

    Args:
        trusted: entry points or distributions that run in the hub's process all the same.
        died: hears of each death.

    Attributes:
        doors: distribution → its door.
    """

    trusted: Collection[str] = ()
    limits: Limits = field(default_factory=Limits)
    died: Died | None = None
    doors: dict[str, Door] = field(default_factory=dict)

    def registry(self, group: str = GROUP) -> Registry:
        """Find and load every installed plugin, those that run apart by their papers."""
        return discover(group, loaders=self.loaders)

    def loaders(self, found: Sequence[tuple[Source, EntryPoint]]) -> list[Loader]:
        """One for each, for a registry. All processes start at once, so that the hub waits for the slowest only."""
        for source, _entry in found:
            if self._runs_apart(source):
                self._open(source, found)
        for door in self.doors.values():
            door.warm()
        return [self._loader(source, entry) for source, entry in found]

    def _runs_apart(self, source: Source) -> bool:
        return source.distribution != HOUSE and not {source.name, source.distribution} & set(self.trusted)

    def _open(self, source: Source, found: Sequence[tuple[Source, EntryPoint]]) -> None:
        if _key(source) not in self.doors:
            entries = [
                _entry(one, entry) for one, entry in found if _key(one) == _key(source) and self._runs_apart(one)
            ]
            self.doors[_key(source)] = Door(entries, self.limits, self.died)

    def _loader(self, source: Source, entry: EntryPoint) -> Loader:
        door = self.doors.get(_key(source)) if self._runs_apart(source) else None
        return entry.load if door is None else loader(door, source.name)

    def close(self) -> None:
        """End every process."""
        for door in self.doors.values():
            door.close()


def _key(source: Source) -> str:
    return source.distribution or source.name


def _entry(source: Source, entry: EntryPoint) -> Entry:
    return Entry(source.name, entry.value, source.distribution, source.version, source.module)


def loader(door: Door, name: str, seconds: float = LOAD_SECONDS) -> Callable[[], Any]:
    """Loads one plugin behind a door; what comes of it has the hooks of any plugin."""

    def load() -> Any:
        said = door.papers(seconds)
        if name in said.troubles:
            return NotLoaded(str(said.troubles[name]))
        return rebuilt(said.papers[name], Passage(door, name))

    return load
