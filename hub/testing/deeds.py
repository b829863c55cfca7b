"""What happens at the simulated vendor: a call as a plugin's own simulation sees it, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hub.testing.faults import How
from hub.testing.wire import Item

if TYPE_CHECKING:
    from hub.testing.simulator import Simulator


class Hangup(Exception):
    """The vendor ended the connection without an answer, or there never was one."""

    def __init__(self, words: str, how: How = "reset") -> None:
        super().__init__(words)
        self.how = how


@dataclass(frozen=True, slots=True)
class Effect:
    """The vendor acted.

    Attributes:
        path: the collection that grew or changed.
        reference: the sender's own: the idempotency key, or a field of the body called *ref*, *reference* or *externalId*.
        body: what was asked for.
        id: what the vendor made of it.
    """

    method: str
    path: str
    reference: str
    body: Item
    id: str
    at: str = ""


@dataclass(slots=True)
class Call:
    """One call, as a plugin's own ``respond`` sees it."""

    method: str
    path: str
    query: dict[str, str]
    body: Item
    credential: str
    reference: str
    _simulator: Simulator

    def stored(self, path: str) -> list[Item]:
        """What the collection holds."""
        return self._simulator.stored(path)

    def visible(self, path: str) -> list[Item]:
        """What a list shows of the collection now: what was just done may lag behind."""
        return self._simulator._holdings.visible(path)

    def store(self, path: str, item: Mapping[str, Any]) -> Item:
        """Put an item into a collection; counted as an effect of this call."""
        return self._simulator._holdings.add(self, path, dict(item))


def as_line(effect: Effect) -> dict[str, Any]:
    """For the ledger file."""
    return {name: getattr(effect, name) for name in ("method", "path", "reference", "body", "id", "at")}
