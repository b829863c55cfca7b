"""What an add-on declares a status to mean, held against what the status itself says."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from hub.core.outcomes import Outcome, Verdict
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.case import Badge, Case, unless

TOO_MANY = 429

NO_PROOF = (401, 402, 403, 404, 410, TOO_MANY)
"""Statuses by which no vendor says that it has the thing already: a key, a bill or the pace is wrong, or a thing is missing."""


def cases(bench: Bench) -> Iterator[Case]:
    """One for every status with a meaning of the add-on's own, each said once."""
    info = bench.plain.info
    for status, meaning in info.errors.items():
        deletes = all(endpoint.method == "DELETE" for endpoint in info.endpoints if endpoint.writes)
        yield _case("the add-on", status, meaning, deletes=deletes)
    for endpoint in info.endpoints:
        for status, meaning in endpoint.errors.items():
            yield _case(endpoint.label, status, meaning, deletes=endpoint.method == "DELETE")


def _case(where: str, status: int, meaning: type[Outcome], *, deletes: bool) -> Case:
    story = partial(_may_mean, status=status, meaning=meaning, deletes=deletes)
    return Case(f"{where}: {status} means {meaning.__name__}", Badge.FAULTS, story)


def _may_mean(bench: Bench, status: int, meaning: type[Outcome], *, deletes: bool) -> None:
    unless(
        status != TOO_MANY or meaning.verdict is Verdict.WAIT,
        f"429 asks to come again later, and is declared as {meaning.__name__}: a step that only had to wait would be lost. "
        "Take it out of errors=; the hub waits as long as the vendor asks.",
    )
    unless(
        status not in NO_PROOF or meaning.verdict is not Verdict.DONE or deletes,
        f"{status} is declared as {meaning.__name__}, and does not prove that the vendor has it: with a wrong id the step would "
        "be reported done and nothing would have happened. Only DELETE may take what is missing for done; vendors say 409 or 422 "
        "of what they have already.",
    )
