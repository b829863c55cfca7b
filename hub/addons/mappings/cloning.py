"""What passing an account's mappings on would do in each account beneath. Pure: lines and shelves come in as values.

Every row of the account above has one fate in an account beneath: it is *added*, *kept* because it is there already, in
*conflict* with another word for the same choice, or it *cannot* be, with the reason. Things are known by name, for the ids are
another's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from django.utils.translation import gettext as _

from hub.addons.mappings import rules
from hub.addons.mappings.ours import Shelf, Thing
from hub.addons.mappings.rules import WORDS, Line

Shelves = Mapping[str, Shelf]
Choice = Literal["keep", "take"]
"""In a conflict: the account beneath keeps its own word, or takes the one from above."""


class Fate(StrEnum):
    """What becomes of a row in an account beneath."""

    ADDED = "added"
    KEPT = "kept"
    CONFLICT = "conflict"
    CANNOT = "cannot"


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the account above, for one account beneath.

    Attributes:
        line: as it stands above.
        wanted: as it would stand beneath; None when it cannot.
        there: what stands beneath: the same, or what is in conflict.
        why: why it cannot be.
    """

    fate: Fate
    line: Line
    wanted: Line | None = None
    there: Line | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Skip:
    """Whether imports leave out records that no row is for: as the account above has it, and what becomes of it beneath."""

    fate: Fate
    wanted: bool

    def todo(self, choice: Choice) -> bool:
        """Whether it would be written."""
        return self.fate is Fate.ADDED or (self.fate is Fate.CONFLICT and choice == "take")


def skip(above: bool, there: bool, any_rows: bool) -> Skip:
    """The fate of that choice. Where it is another it was chosen, or rows were made with it in mind; then it is theirs.

    Args:
        any_rows: the account beneath has mapped something.
    """
    if above == there:
        return Skip(Fate.KEPT, above)
    return Skip(Fate.CONFLICT if there or any_rows else Fate.ADDED, above)


@dataclass(frozen=True, slots=True)
class Beneath:
    """One account beneath, and what would become of each row.

    Attributes:
        skip: what would become of its choice to leave out what no row is for.
        refused: why nothing can be done there at all.
        note: what the mapping still waits for there, such as a key.
    """

    account_id: int
    name: str
    steps: tuple[Step, ...] = ()
    refused: str = ""
    note: str = ""
    skip: Skip | None = None

    def of(self, fate: Fate) -> list[Step]:
        """Its steps of one fate."""
        return [step for step in self.steps if step.fate is fate]

    @property
    def added(self) -> list[Step]:
        return self.of(Fate.ADDED)

    @property
    def kept(self) -> list[Step]:
        return self.of(Fate.KEPT)

    @property
    def conflicts(self) -> list[Step]:
        return self.of(Fate.CONFLICT)

    @property
    def impossible(self) -> list[Step]:
        return self.of(Fate.CANNOT)

    def todo(self, choice: Choice) -> list[Step]:
        """What would be written: what is new, and what is taken from above in place of another word."""
        return [*self.added, *(self.conflicts if choice == "take" else [])]

    @property
    def differs(self) -> int:
        """How many conflicts there are, that of what is left out among them."""
        return len(self.conflicts) + bool(self.skip and self.skip.fate is Fate.CONFLICT)

    def skip_todo(self, choice: Choice) -> bool | None:
        """What would be written of what is left out; None: nothing."""
        return self.skip.wanted if self.skip and self.skip.todo(choice) else None


@dataclass(frozen=True, slots=True)
class Preview:
    """What passing on would do everywhere."""

    beneath: tuple[Beneath, ...] = ()

    @property
    def conflicts(self) -> int:
        """In all accounts together."""
        return sum(one.differs for one in self.beneath)

    @property
    def possible(self) -> bool:
        """Something could be written, whatever is chosen in conflicts."""
        return any(one.todo("take") or one.skip_todo("take") is not None for one in self.beneath)

    @property
    def digest(self) -> str:
        """Another one as soon as anything of it is another."""
        told = [
            (
                one.account_id,
                one.refused,
                [(step.fate, _words(step.wanted), _words(step.there)) for step in one.steps],
                [one.skip.fate, one.skip.wanted] if one.skip else [],
            )
            for one in self.beneath
        ]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def _words(line: Line | None) -> list[str]:
    return [*line.identity, line.label, str(line.id)] if line else []


def steps(
    lines: Iterable[Line], mine: Shelves, there: Iterable[Line], theirs: Shelves, several: Callable[[Line], bool]
) -> tuple[Step, ...]:
    """The fate of every line in one account.

    Args:
        lines, mine: of the account above.
        there, theirs: of the account beneath.
        several: whether a choice may have several of what this line names.
    """
    standing = list(there)
    return tuple(_step(line, mine[line.right], standing, theirs[line.right], several(line)) for line in lines)


def _step(line: Line, mine: Shelf, there: list[Line], theirs: Shelf, several: bool) -> Step:
    thing = mine.things.get(line.key) or (Thing(line.key, line.name, line.key) if mine.open else None)
    if thing is None or thing.trouble:
        return Step(Fate.CANNOT, line, why=_("It points to something that is gone or hidden here. Mend it here first."))
    found = _found(line.right, thing, theirs)
    if isinstance(found, str):
        return Step(Fate.CANNOT, line, why=found)
    wanted = replace(line, key=found.key, name=found.name, id=0)
    same = [one for one in there if one.place == line.place]
    if kept := next((one for one in same if one.key == wanted.key), None):
        return Step(Fate.KEPT, line, wanted, kept)
    if same and not several:
        return Step(Fate.CONFLICT, line, wanted, same[0])
    return Step(Fate.ADDED, line, wanted)


def _found(right: str, thing: Thing, theirs: Shelf) -> Thing | str:
    """What our thing is there, or why there is none."""
    alike = theirs.alike(thing)
    usable = [one for one in alike if one.trouble is None]
    named = {"thing": WORDS[right], "name": thing.name, "account": theirs.locked_by}
    if len(usable) == 1:
        return usable[0]
    if usable:
        return _("More than one %(thing)s is called “%(name)s” there. Give them different names.") % named
    if alike and alike[0].trouble:
        return rules.told(right, alike[0].name, alike[0].trouble, theirs.locked_by)
    if theirs.open:
        return thing
    if right == "user":
        return _("%(name)s does not work there.") % named
    if theirs.locked_by:
        return _("%(account)s has locked that list, and there is no %(thing)s “%(name)s” on it.") % named
    return _("There is no %(thing)s “%(name)s” there.") % named
