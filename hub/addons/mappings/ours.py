"""What of an account's own a vendor's choice may become: one shelf for lead sources, one for plans, and so on.

This room knows the shelves and not what stands on them: lead sources, plans and users belong to rooms beside it and above. The
floor that knows them all says how to look (:func:`use`), once, when the apps are loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Trouble(StrEnum):
    """Why something of ours is there and cannot be mapped to."""

    HIDDEN = "hidden"
    ARCHIVED = "archived"
    NOT_READY = "not_ready"
    PRIVATE = "private"
    LOCKED = "locked"
    """It is the account's own, and a list from above counts in its place."""


@dataclass(frozen=True, slots=True)
class Thing:
    """One lead source, plan, stage, tag or user.

    Attributes:
        key: its id as text; of a tag, the folded name.
        folded: what it is known by in another account: the name folded for comparing, or whatever stays the same there.
        trouble: why it cannot be used; None when it can.
    """

    key: str
    name: str
    folded: str
    trouble: Trouble | None = None


@dataclass(frozen=True)
class Shelf:
    """Everything of one sort.

    Attributes:
        things: by key, in the order in which people choose.
        open: a name that is not here may be used too, and comes to be when it is (tags).
        locked_by: the account above that holds this list; empty when the account keeps its own.
    """

    things: Mapping[str, Thing] = field(default_factory=dict)
    open: bool = False
    locked_by: str = ""

    def usable(self) -> list[Thing]:
        """What can be chosen."""
        return [thing for thing in self.things.values() if thing.trouble is None]

    def holds(self, key: str) -> bool:
        """Whether a row may point to this key and be followed."""
        found = self.things.get(key)
        return found.trouble is None if found else self.open

    def alike(self, other: Thing) -> list[Thing]:
        """What another account's thing is called here: one as a rule, none, or several of one name. Unusable ones included."""
        return [thing for thing in self.things.values() if thing.folded == other.folded]


Look = Callable[[Any, Iterable[str]], Mapping[str, Shelf]]
"""``(account or its id, rights)`` → a shelf for each right."""


_look: Look | None = None


def use(look: Look) -> None:
    """Say how to look at an account's shelves."""
    global _look
    _look = look


def of(account: Any, rights: Iterable[str]) -> Mapping[str, Shelf]:
    """The shelves of an account (a row or an id) for these rights: a few queries each."""
    wanted = sorted(set(rights))
    if not wanted:
        return {}
    if _look is None:
        raise LookupError("nobody has said how to look at an account's own lists")
    return _look(account, wanted)
