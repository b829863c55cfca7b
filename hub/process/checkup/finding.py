"""One line of the doctor's report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warn", "bad"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found.

    Attributes:
        about: the subject, two or three words.
        what: how it stands, a sentence.
        who: who acts; empty when nobody must.
        next: what to do.
    """

    level: Level
    about: str
    what: str
    who: str = ""
    next: str = ""

    @property
    def line(self) -> str:
        """For the terminal."""
        return " ".join(part for part in (f"{self.level:<4} {self.about}: {self.what}", self.who, self.next) if part)


OPERATOR = "The operator acts:"
ADMIN = "An admin of the account acts:"


def ok(about: str, what: str) -> Finding:
    """Nothing to do."""
    return Finding("ok", about, what)


def warn(about: str, what: str, next: str, who: str = OPERATOR) -> Finding:
    """It works, and should be looked after."""
    return Finding("warn", about, what, who, next)


def bad(about: str, what: str, next: str, who: str = OPERATOR) -> Finding:
    """It does not work, or something may be lost."""
    return Finding("bad", about, what, who, next)


def run(checks: Iterable[tuple[str, Callable[[], Iterable[Finding]]]]) -> list[Finding]:
    """Do them all; one that fails is a finding, and stops none."""
    found: list[Finding] = []
    for about, check in checks:
        try:
            found += check()
        except Exception as error:
            words = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            found.append(
                bad(about, f"this could not be looked at: {words}", "mend what is named before, then look again.")
            )
    return found
