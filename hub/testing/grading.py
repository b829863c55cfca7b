"""The grade of an add-on, computed from what it does and from nothing else.

Every case of the conformance suite counts for a badge, every badge for a level. A level is reached when its badges and all those
below it are earned; nothing can be argued and nothing bought. ``docs/grades.md`` says what each means to an admin.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from hub.testing.proofs import believed
from hub.testing.proofs.all import cases_of
from hub.testing.proofs.bench import Bench, NotLoaded
from hub.testing.proofs.carry import findings
from hub.testing.proofs.case import Badge


class Level(IntEnum):
    """How far it can be trusted. Compare them: ``grade.level >= Level.GOLD``."""

    NONE = 0
    BRONZE = 1
    SILVER = 2
    GOLD = 3
    PLATINUM = 4

    @property
    def word(self) -> str:
        """In small letters; ``no grade`` for none."""
        return self.name.lower() if self else "no grade"


LEVELS: dict[Level, tuple[Badge, ...]] = {
    Level.BRONZE: (Badge.LOADS, Badge.FORMS, Badge.CONNECTION, Badge.LISTS, Badge.CLEAN),
    Level.SILVER: (Badge.FAULTS, Badge.ONE_CALL),
    Level.GOLD: (Badge.PAIRS, Badge.SECRETS, Badge.WAYS_IN),
    Level.PLATINUM: (Badge.ALONE, Badge.PAPERS),
}
"""Which badges a level needs, on top of those below it."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A case that was not proved.

    Attributes:
        reasons: one sentence each, for the author; no secrets.
    """

    case: str
    badge: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Earned:
    """One badge: how many cases counted for it, and the first that failed."""

    badge: str
    level: str
    cases: int
    failure: Failure | None = None

    @property
    def earned(self) -> bool:
        return self.failure is None


@dataclass(frozen=True, slots=True)
class Grade:
    """What an add-on has shown.

    Attributes:
        badges: all of them, in the order of the levels.
        cases: how many were carried out.
        failures: every case that was not proved.
        seconds: real time it took.
        believed: what the add-on says of its vendor and the cases could not try.
    """

    addon: str
    level: Level
    badges: tuple[Earned, ...]
    cases: int
    failures: tuple[Failure, ...]
    seconds: float
    believed: tuple[str, ...] = ()

    @property
    def conformant(self) -> bool:
        """Whether the tests of :func:`hub.testing.conformance` are green: all but what decides about the highest level."""
        return all(failure.badge == Badge.ALONE for failure in self.failures)


def grade(
    addon: Any,
    *,
    simulation: Any = None,
    settings: Mapping[str, Any] | None = None,
    options: Mapping[str, Mapping[str, Any]] | None = None,
) -> Grade:
    """Carry out every case and say what it comes to. The arguments are those of :func:`hub.testing.conformance`."""
    begun = time.perf_counter()
    try:
        with Bench(addon, simulation=simulation, settings=settings, options=options) as bench:
            counted, failures = _carried_out(bench)
            name, told = bench.info.name, tuple(believed.of(bench.plain))
    except NotLoaded as trouble:
        name = str(getattr(addon, "name", None) or getattr(addon, "__name__", "the plugin"))
        failures = [Failure("the hub loads it", Badge.LOADS, (str(trouble),))]
        return Grade(
            name, Level.NONE, _badges({Badge.LOADS: 1}, failures), 1, tuple(failures), time.perf_counter() - begun
        )
    badges = _badges(counted, failures)
    total = sum(counted.values())
    return Grade(name, level_of(badges), badges, total, tuple(failures), time.perf_counter() - begun, told)


def _carried_out(bench: Bench) -> tuple[dict[Badge, int], list[Failure]]:
    counted, failures = {Badge.LOADS: 1}, []
    for case in cases_of(bench):
        counted[case.badge] = counted.get(case.badge, 0) + 1
        reasons = findings(case, bench)
        if reasons:
            failures.append(Failure(case.name, case.badge, tuple(reasons)))
    return counted, failures


def _badges(counted: Mapping[Badge, int], failures: Iterable[Failure]) -> tuple[Earned, ...]:
    """A badge nothing counts for (no lists, no ways in) is earned: there is nothing to get wrong."""
    first: dict[str, Failure] = {}
    for failure in failures:
        first.setdefault(failure.badge, failure)
    return tuple(
        Earned(badge, level.word, counted.get(badge, 0), first.get(badge))
        for level, badges in LEVELS.items()
        for badge in badges
    )


def level_of(badges: Iterable[Earned]) -> Level:
    """The highest level of which, and of all below which, every badge is earned."""
    missing = {badge.level for badge in badges if not badge.earned}
    reached = Level.NONE
    for level in LEVELS:
        if level.word in missing:
            return reached
        reached = level
    return reached


# --- the report --------------------------------------------------------------------------------------------------


def report(grade: Grade) -> str:
    """The grade for a terminal: the level, the badges, and the failing case behind each that is missing."""
    lines = [f"{grade.addon}: {grade.level.word}", f"{grade.cases} cases in {grade.seconds:.1f} s", ""]
    for badge in grade.badges:
        mark = "·" if not badge.cases else "+" if badge.earned else "-"
        lines.append(f"  {mark} {badge.level:<9} {badge.badge:<17} {_count(badge)}")
        if badge.failure is not None:
            lines.append(f"      {badge.failure.case}")
            lines += [f"        {reason}" for reason in badge.failure.reasons]
    more = len(grade.failures) - sum(not badge.earned for badge in grade.badges)
    if more > 0:
        where = "they count for the level alone" if grade.conformant else "run the tests to see them all"
        lines += ["", f"{more} more {'case' if more == 1 else 'cases'} failed; {where}."]
    if grade.believed:
        lines += ["", "Believed, for only the vendor can tell:", *(f"  {sentence}" for sentence in grade.believed)]
    return "\n".join(lines) + "\n"


def _count(badge: Earned) -> str:
    if not badge.cases:
        return "nothing to prove"
    return f"{badge.cases} {'case' if badge.cases == 1 else 'cases'}"
