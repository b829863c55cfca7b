"""The verdict over a history (:mod:`tests.faults.history`): the vendor's own words first, the hub's only where they must agree.

======================= ============================================================================================ =======
fault                   means                                                                                        promise
======================= ============================================================================================ =======
*lost*                  accepted, and neither ended nor in front of a person; or it does not exist                   P1
*twice*                 more than one effect of a step that nobody asked to be sent again, or of one reference       P2
*unannounced*           the vendor was called before an intent was durable                                           P2
*false*                 done without an effect, failed with one                                                      P3
*untold*                an ending without its one note in the contact's history, or with two                         P3
*stolen*                taken from a worker that lived                                                               P4
*out of order*          it began before the step before it was over                                                  P16
*late*                  due for a minute after the last trouble, and nobody took it                                  P1
*after the pause*       an intent that was begun after the account's pause was committed                             P17
*after the lock*        the same with a lock, of the account or of one above                                         P17
======================= ============================================================================================ =======

``python -m tests.faults.verdict FILE`` judges a history that was kept.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf
from pathlib import Path

from tests.faults import history, sequence
from tests.faults.history import Line

ENDED = ("done", "failed", "skipped", "cancelled")
"""States that let the next step come."""

STOPPED = "stopped"
"""An enrollment whose contact was taken off the plan."""


@dataclass
class Run:
    """A step as the hub tells it in the end, and what the lines before say of it.

    Attributes:
        effects: at which lines the vendor acted, by reference.
        calls, intents: how often the vendor was called for it, and how many intents were durable before.
        began: the line before its first intent; closed: the line before its end was first offered.
        again: how often a person had it sent again; settled: a person said what became of it.
    """

    id: str
    enrollment: int
    seq: int
    klass: str
    state: str
    reason: str = ""
    account: int = 0
    notes: Counter[str] = field(default_factory=Counter)
    effects: dict[str, list[int]] = field(default_factory=dict)
    began: int | None = None
    closed: int | None = None
    again: int = 0
    settled: bool = False

    @property
    def acted(self) -> list[int]:
        """All lines at which the vendor acted for it."""
        return sorted(at for lines in self.effects.values() for at in lines)

    def __str__(self) -> str:
        return f"{self.klass} step {self.seq} of enrollment {self.enrollment} ({self.state} {self.reason})"


@dataclass
class Story:
    """All that is to be judged.

    Attributes:
        accepted: enrollment → its number of steps.
        plans: enrollment → the state of it, and how often its end is told.
        strangers: references of effects that belong to no run.
        wrong: faults in the order of the lines.
    """

    runs: list[Run]
    accepted: Mapping[int, int]
    plans: Mapping[int, tuple[str, int]]
    strangers: Sequence[str] = ()
    wrong: Sequence[str] = ()
    rested: bool = True

    def figures(self) -> str:
        """What became of the steps, in a line."""
        states = Counter(run.state for run in self.runs)
        happened = sum(1 for run in self.runs if run.state == "review" and run.effects)
        done = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
        return f"{len(self.runs)} steps: {done} (of those in review {happened} had happened)"


def read(lines: Iterable[Line]) -> Story:
    """What the lines say, put together by run."""
    lines = list(lines)
    runs = {line["run"]: _run(line) for line in lines if line["what"] == "told"}
    strangers: list[str] = []
    for at, line in enumerate(lines):
        if line["what"] == "effect" and _owner(line["ref"]) not in runs:
            strangers.append(line["ref"])
        run = runs.get(line.get("run") or _owner(line.get("ref", "")))
        if run is not None:
            _note(run, at, line)
    accepted = {line["enrollment"]: line["steps"] for line in lines if line["what"] == "enrol"}
    plans = {line["enrollment"]: (line["state"], line["finished"]) for line in lines if line["what"] == "told plan"}
    accounts = {run.id: run.account for run in runs.values()}
    rested = any(line["what"] == "rest" for line in lines)
    return Story(list(runs.values()), accepted, plans, strangers, list(sequence.faults(lines, accounts)), rested)


def _run(line: Line) -> Run:
    names = ("run", "enrollment", "seq", "klass", "state", "reason", "account")
    return Run(*(line[name] for name in names), notes=Counter(line["notes"]))


def _owner(reference: str) -> str:
    """The run of a reference: ``hub-<installation>-<run>-<epoch>``."""
    parts = reference.split("-")
    return parts[2] if len(parts) > 2 else ""


def _note(run: Run, at: int, line: Line) -> None:
    what = line["what"]
    if what == "effect":
        run.effects.setdefault(line["ref"], []).append(at)
    elif what == "intent" and run.began is None:
        run.began = at
    elif what == "offers" and line["to"] in ENDED and run.closed is None:
        run.closed = at
    elif what == "person" and line["choice"] == "send again":
        run.again += 1
    elif what == "person":
        run.settled, run.closed = True, at if run.closed is None else run.closed


def faults(story: Story) -> list[str]:
    """All that is wrong, one sentence each. None is a good end."""
    found = [f"stranger: the vendor acted for {reference}, which is no step of ours" for reference in story.strangers]
    found += [] if story.rested else ["lost: the storm never came to rest"]
    by_enrollment: defaultdict[int, list[Run]] = defaultdict(list)
    for run in story.runs:
        by_enrollment[run.enrollment].append(run)
        found += _of_run(run)
    for id_, steps in story.accepted.items():
        found += _of_enrollment(id_, steps, story.plans.get(id_), by_enrollment[id_])
    return [*found, *story.wrong]


def _of_run(run: Run) -> Iterator[str]:
    for reference, lines in run.effects.items():
        if len(lines) > 1:
            yield f"twice: {run} has {len(lines)} effects under {reference}"
    if len(run.effects) > 1 + run.again:
        yield f"twice: {run} has effects under {len(run.effects)} references, and {run.again} were asked for by a person"
    if run.state not in (*ENDED, "review"):
        yield f"lost: {run} has not ended, and nobody is asked"
    if run.state == "done" and not run.effects and not run.settled:
        yield f"false: {run} is called done and has no effect"
    if run.state == "failed" and run.effects and not run.settled:
        yield f"false: {run} is called failed and has an effect"
    if not (run.settled or run.again) and _untold(run):
        yield f"untold: {run} has the notes {dict(run.notes)}"


def _untold(run: Run) -> bool:
    """What was taken off the plan is told once for the enrollment, and not for each step."""
    if run.state == "cancelled":
        return False
    return run.notes[f"step.{run.state}"] != 1 or (run.state != "done" and bool(run.notes["step.done"]))


def _of_enrollment(id_: int, steps: int, plan: tuple[str, int] | None, all_runs: Sequence[Run]) -> Iterator[str]:
    if plan is None:
        yield f"lost: enrollment {id_} was accepted and does not exist"
        return
    runs = _first_runs(all_runs)
    for seq in range(steps):
        run, before = runs.get(seq), runs.get(seq - 1)
        if run is None:
            if before is None or (before.state in ENDED and plan[0] != STOPPED):
                yield f"lost: enrollment {id_} has no step {seq}"
            break
        if before is not None:
            yield from _of_order(before, run)
    if plan[0] == STOPPED:
        return
    over = steps - 1 in runs and all(run.state in ENDED for run in all_runs)
    beside = len(all_runs) - len(runs)  # each may have opened the plan again, and have ended it once more
    if (plan[0] == "finished") != over or not over <= plan[1] <= over + beside:
        yield f"untold: enrollment {id_} is {plan[0]} and its end is told {plan[1]} times"


def _first_runs(runs: Iterable[Run]) -> dict[int, Run]:
    """Step → its run in the plan's order. What a person has sent or tried again is a run beside it, begun when that was over."""
    first: dict[int, Run] = {}
    for run in sorted(runs, key=lambda run: inf if run.closed is None else run.closed):
        first.setdefault(run.seq, run)
    return first


def _of_order(before: Run, run: Run) -> Iterator[str]:
    if before.closed is None:
        yield f"out of order: {run} exists and {before} has not ended"
    elif run.began is not None and run.began < before.closed:
        yield f"out of order: {run} began before {before} ended"
    by_a_person = before.again or before.settled  # what was given up, or called done, may still have been on its way
    if run.acted and before.acted and run.acted[0] < before.acted[-1] and not by_a_person:
        yield f"out of order: {run} acted before {before}"


def main(file: Path) -> int:
    """Judge a file, and say what was found."""
    lines = list(history.read(file))
    story = read(lines)
    found = faults(story)
    sys.stdout.write("\n".join([story.figures(), *sequence.figures(lines), f"faults: {len(found)}", *found]) + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
