"""For whoever wants to see a case fail: a bug is planted into an add-on, and the cases that should find it say what they find.

A bug that is caught for another reason than its own is not understood, so a test of it names words of the reason, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hub.testing.proofs.all import cases_of
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.carry import findings


def caught(addon: Any, words: str, says: str, *, simulation: Any = None) -> bool:
    """Whether a case with these words in its name finds something, for a reason that says so.

    Args:
        simulation: as for :func:`hub.testing.conformance`.

    Raises:
        LookupError: no case has these words in its name.
    """
    with Bench(addon, simulation=simulation) as bench:
        return any(says in reason for reason in _reasons(bench, words))


def reasons(addon: Any, words: str, *, simulation: Any = None) -> list[str]:
    """Everything that the cases with these words in their names find; nothing where the add-on is good.

    Raises:
        LookupError: no case has these words in its name.
    """
    with Bench(addon, simulation=simulation) as bench:
        return list(_reasons(bench, words))


def _reasons(bench: Bench, words: str) -> Iterator[str]:
    cases = [case for case in cases_of(bench) if words in case.name]
    if not cases:
        raise LookupError(f"No case has {words!r} in its name.")
    for case in cases:
        yield from findings(case, bench)
