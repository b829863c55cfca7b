"""A case: a sentence, the badge it counts for, and the story that proves it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hub.testing.proofs.bench import Bench


class Badge(StrEnum):
    """What a group of cases earns together. ``hub.testing.grading`` says which level needs which; ``docs/grades.md`` what
    each means."""

    LOADS = "loads"
    FORMS = "forms"
    CONNECTION = "connection test"
    LISTS = "lists"
    CLEAN = "clean run"
    FAULTS = "single faults"
    ONE_CALL = "one call"
    PAIRS = "faults in pairs"
    SECRETS = "secrets"
    WAYS_IN = "ways in"
    ALONE = "no person needed"
    PAPERS = "papers"


class Unproved(AssertionError):
    """The add-on did not do what the case says. The message is for its author."""


@dataclass(frozen=True)
class Case:
    """One thing to prove.

    Attributes:
        name: readable, and the id of the test: ``mail_card: reset after the effect, then 500 on look-up``.
        badge: what it counts for.
        prove: plays the story on a bench; raises :class:`Unproved`, or returns.
        for_grade: it decides about the level only; an add-on that cannot do it is no worse for it.
        echoes: the vendor repeats the secret in it, so that what the plugin hands on is judged only after the host cleaned it.
    """

    name: str
    badge: Badge
    prove: Callable[[Bench], None]
    for_grade: bool = False
    echoes: bool = False

    def __str__(self) -> str:
        return self.name


def unless(holds: object, sentence: str) -> None:
    """Raise the sentence unless it holds."""
    if not holds:
        raise Unproved(sentence)
