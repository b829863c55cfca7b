"""Carrying a case out: everything put back, the story played under watch, and then the rules that hold in every case."""

from __future__ import annotations

from asyncio import CancelledError

from hub.core import whereabouts
from hub.testing.proofs import rules
from hub.testing.proofs.bench import ACTION_SECONDS, Bench
from hub.testing.proofs.case import Case, Unproved
from hub.testing.proofs.watch import Watch

MASK = "•••"

MOST_HANGS = 3
"""Cases in which a plugin may hang before the rest is not played: some hundreds of time-outs would take half an hour."""


def carry_out(case: Case, bench: Bench) -> None:
    """Play one case.

    Raises:
        Unproved: what the plugin did not do, one sentence a line, without its secrets.
    """
    found = findings(case, bench)
    if found:
        raise Unproved("\n".join([case.name, *(f"  {sentence}" for sentence in found)]))


def findings(case: Case, bench: Bench) -> list[str]:
    """What is wrong, the surest first: what the plugin did, then what came of it. Nothing when all is well."""
    if bench.hung >= MOST_HANGS:
        return [
            f"Not played: in {bench.hung} cases before this one the plugin did not come back within {ACTION_SECONDS:g} s, "
            "or did not come to its end."
        ]
    bench.begin()
    found: list[str] = []
    with Watch() as watch:
        try:
            case.prove(bench)
        except Unproved as trouble:
            found += str(trouble).splitlines()
        except Exception as trouble:  # a plugin's own model, or a shape the kit cannot make up
            found.append(f"The case could not be played: {whereabouts.told(trouble)}")
    # A way out of its own, or a second call, is the cause of much that follows.
    found = [*rules.of_the_process(watch), *rules.of_the_plugin(bench.turns), *found]
    bench.hung += any(isinstance(turn.error, CancelledError) for turn in bench.turns)
    found += rules.of_what_gets_out(bench, watch, echoes=case.echoes)
    return [masked(sentence, bench.secrets) for sentence in dict.fromkeys(found)]


def masked(sentence: str, secrets: tuple[str, ...]) -> str:
    """A report is a way out too."""
    forms = {form for secret in secrets for form in rules.spellings(secret)}
    for form in sorted(forms, key=len, reverse=True):
        sentence = sentence.replace(form, MASK)
    return sentence
