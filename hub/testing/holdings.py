"""What the vendor has and what it has done: collections of things, and the effects that are counted.

Whatever the dispatcher, the network and the clock did, ``effects`` says how often the vendor really acted. A thing may be there
and not yet be shown: vendors' own lists lag behind.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hub.testing.deeds import Call, Effect, as_line
from hub.testing.faults import Fault
from hub.testing.identity import PLAIN, Identity
from hub.testing.routes import pattern
from hub.testing.wire import Item


class Holdings:
    """One vendor's.

    Args:
        identity: by which field things are known.
        ledger: a file to which every effect is appended as a line of JSON, and from which the collections are filled again.
        wall: what time it is.
    """

    def __init__(self, identity: Identity, ledger: Path | None, wall: Callable[[], datetime]) -> None:
        self.effects: list[Effect] = []
        self._identity, self._ledger, self._wall = identity, ledger, wall
        self._collections: dict[str, list[Item]] = {}
        self._templates: dict[str, list[Item]] = {}
        self._hidden: dict[tuple[str, str], int] = {}
        self._hidden_until: dict[tuple[str, str], datetime] = {}

    def begin(self, holdings: Mapping[str, Iterable[Item]]) -> None:
        """Hold this and nothing else, and have done nothing yet."""
        self.effects.clear()
        self._hidden.clear()
        self._hidden_until.clear()
        begins = copy.deepcopy(dict(holdings))
        self._templates = {path: list(items) for path, items in begins.items() if "{" in path}
        self._collections = {
            path: self._named(path, items) for path, items in begins.items() if path not in self._templates
        }

    def _named(self, path: str, items: Iterable[Item]) -> list[Item]:
        first = path.rstrip("/").rpartition("/")[2][:1] or "i"
        return [self._identity.named(path, item, f"{first}{n}") for n, item in enumerate(items, 1)]

    def remember(self) -> None:
        """Fill the collections from the ledger."""
        if self._ledger is None or not self._ledger.exists():
            return
        for line in self._ledger.read_text(encoding="utf-8").splitlines():
            effect = Effect(**json.loads(line))
            self.effects.append(effect)
            self.stored(effect.path).append(dict(effect.body))

    def stored(self, path: str) -> list[Item]:
        """What a collection holds, oldest first."""
        if path not in self._collections:
            fits = (items for template, items in self._templates.items() if pattern(template).fullmatch(path))
            self._collections[path] = self._named(path, copy.deepcopy(next(fits, [])))
        return self._collections[path]

    def copied(self) -> dict[str, list[Item]]:
        """Everything, for :meth:`begin`."""
        return copy.deepcopy(self._collections | self._templates)

    def by_id(self, path: str, name: str, wanted: str) -> Item | None:
        """The thing that a path's placeholder of this name asks for."""
        found = (item for item in self.stored(path) if wanted in (str(item[PLAIN]), str(item.get(name))))
        return next(found, None)

    # --- acting ------------------------------------------------------------------------------------------------

    def add(self, call: Call, path: str, item: Item) -> Item:
        """Put a thing into a collection; the vendor has acted."""
        number = sum(effect.path == path for effect in self.effects) + 1
        self._identity.named(path, item, f"id-{number}")
        self.stored(path).append(item)
        self.record(call, path, item)
        return item

    def record(self, call: Call, path: str, item: Item) -> None:
        """The vendor has acted on this thing."""
        effect = Effect(call.method, path, call.reference, dict(item), str(item[PLAIN]), self._wall().isoformat())
        self.effects.append(effect)
        if self._ledger is not None:
            with self._ledger.open("a", encoding="utf-8") as file:
                file.write(json.dumps(as_line(effect)) + "\n")

    # --- lagging -----------------------------------------------------------------------------------------------

    def hide(self, fault: Fault, done: Iterable[Effect]) -> None:
        """What was done is not shown yet."""
        for effect in done:
            thing = effect.path, effect.id
            if fault.hidden_reads:
                self._hidden[thing] = fault.hidden_reads
            if fault.hidden_for:
                self._hidden_until[thing] = self._wall() + timedelta(seconds=fault.hidden_for)

    def visible(self, path: str) -> list[Item]:
        """What a list shows now: what lags behind becomes visible after so many reads, or at its time."""
        return [item for item in self.stored(path) if self._shows(path, str(item[PLAIN]))]

    def _shows(self, path: str, id_: str) -> bool:
        left, until = self._hidden.get((path, id_), 0), self._hidden_until.get((path, id_))
        if left > 0:
            self._hidden[path, id_] = left - 1
            return False
        return until is None or until <= self._wall()


def matches(item: Item, query: Mapping[str, Any]) -> bool:
    """Whether a query's own words, as far as the thing has such fields, are the thing's."""
    return all(str(item[name]) == value for name, value in query.items() if name in item)
