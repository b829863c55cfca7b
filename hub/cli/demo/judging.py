"""The verdict over a demo: what the hub says, held against what the vendor and the web server say they did. Pure.

The hub's own word counts for nothing by itself. A step that it calls done must be in the ledger of whoever did it, exactly once;
one that it calls failed must not be there; one that waits for a person may be there once. And every contact on the plan must have
come to its end, or wait before somebody's eyes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

CLOSED = frozenset({"done", "failed", "skipped", "cancelled"})
WITH_PEOPLE = frozenset({"review", "held", "unknown"})


@dataclass(frozen=True, slots=True)
class Run:
    """One step run as the hub's database shows it.

    Attributes:
        enrollment: whose plan it belongs to.
        step: its place in the plan, from 0.
        key: by which the other side's ledger knows whom it is about.
        outside: the ledger it must show up in; empty for steps that stay in the house.
    """

    enrollment: int
    step: int
    state: str
    key: str
    outside: str = ""


@dataclass
class Verdict:
    """The numbers, and a sentence for each thing that is wrong."""

    expected: int = 0
    done: int = 0
    failed: int = 0
    held: int = 0
    behind: int = 0
    lost: int = 0
    twice: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not self.lost and not self.twice and not self.faults

    @property
    def line(self) -> str:
        return f"demo: {self.done:,} steps done, {self.held:,} held, {self.lost:,} lost, {self.twice:,} twice"


def judge(enrollments: Iterable[int], steps: int, runs: Sequence[Run], effects: Mapping[str, Sequence[str]]) -> Verdict:
    """Hold it all against each other.

    Args:
        enrollments: everybody who was put on the plan.
        steps: how many the plan has.
        runs: all there are.
        effects: ledger → the keys of its effects, as often as they happened.
    """
    verdict = Verdict()
    everybody = set(enrollments)
    verdict.expected = len(everybody) * steps
    _count(verdict, runs)
    _ends(verdict, everybody, steps, runs)
    for ledger, keys in effects.items():
        _against(verdict, ledger, Counter(keys), [run for run in runs if run.outside == ledger])
    return verdict


def _count(verdict: Verdict, runs: Iterable[Run]) -> None:
    states = Counter(run.state for run in runs)
    verdict.done = states["done"]
    verdict.failed = sum(states[state] for state in CLOSED - {"done"})
    verdict.held = sum(states[state] for state in WITH_PEOPLE)


def _ends(verdict: Verdict, everybody: set[int], steps: int, runs: Iterable[Run]) -> None:
    """Each plan has come to its end, or waits before somebody's eyes; nothing else."""
    by_enrollment: dict[int, list[Run]] = {enrollment: [] for enrollment in everybody}
    for run in runs:
        by_enrollment.setdefault(run.enrollment, []).append(run)
    for enrollment, mine in by_enrollment.items():
        _one_plan(verdict, enrollment, steps, mine)


def _one_plan(verdict: Verdict, enrollment: int, steps: int, mine: Sequence[Run]) -> None:
    seen = Counter(run.step for run in mine)
    verdict.twice += sum(number - 1 for number in seen.values())
    closed = sum(run.state in CLOSED for run in mine)
    waiting = [run for run in mine if run.state in WITH_PEOPLE]
    others = [run for run in mine if run.state not in CLOSED | WITH_PEOPLE]
    if others:
        verdict.lost += len(others)
        verdict.faults.append(f"enrollment {enrollment}: step {others[0].step + 1} is still {others[0].state}")
    left = steps - len(seen)
    if left and not waiting and not others:
        verdict.lost += left
        verdict.faults.append(f"enrollment {enrollment}: stopped after {closed} of {steps} steps, and nobody is told")
    elif waiting:
        verdict.behind += left


def _against(verdict: Verdict, ledger: str, effects: Counter[str], runs: Iterable[Run]) -> None:
    """One outside ledger against the runs that speak of it."""
    asked = set()
    for run in runs:
        asked.add(run.key)
        happened = effects[run.key]
        if happened > 1:
            verdict.twice += happened - 1
            verdict.faults.append(f"{ledger}: {happened} times for {run.key}")
        elif run.state == "done" and not happened:
            verdict.lost += 1
            verdict.faults.append(f"{ledger}: never for {run.key}, which the hub calls done")
        elif run.state in ("failed", "skipped", "cancelled") and happened:
            verdict.faults.append(f"{ledger}: it happened for {run.key}, which the hub calls {run.state}")
    for key in sorted(set(effects) - asked):
        verdict.twice += effects[key]
        verdict.faults.append(f"{ledger}: {effects[key]} for {key}, for whom there is no step")
