"""The verdict over a storm: the vendor's ledger first, and the hub's rows only where they must agree with it.

*Twice*: more than one effect of a step. *Lost*: a step that neither ended nor is in front of a person, or that does not exist
although the one before it is done. *False*: done without an effect, or failed with one. *Out of order*: a step that acted
before the one before it had ended. *Untold*: an ending without its one note in the history, or with two.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tests.journeys.books import Books
from tests.support.fourclasses import CLASSES

BLUR = timedelta(seconds=1)
"""By how much two processes may read the fast clock apart."""

LAST = len(CLASSES) - 1


@dataclass
class Run:
    """A step as the hub tells it, and what the vendor did for it."""

    id: str
    enrollment: int
    seq: int
    klass: str
    state: str
    reason: str = ""
    began: datetime | None = None
    closed: datetime | None = None
    effects: list[int] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        return f"{self.klass} step {self.seq} of enrollment {self.enrollment} ({self.state} {self.reason})"


@dataclass
class Story:
    """All that is to be judged. ``enrollments``: id → its state and its number of *finished* notes."""

    runs: list[Run]
    enrollments: Mapping[int, tuple[str, int]]
    strangers: Sequence[str] = ()
    """References of effects that belong to no step."""

    def figures(self) -> str:
        """What became of the steps, in a line."""
        states = Counter(run.state for run in self.runs)
        happened = sum(1 for run in self.runs if run.state == "review" and run.effects)
        done = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
        return f"{len(self.runs)} steps: {done} (of those in review {happened} had happened)"


def read(books: Books, references: Iterable[str]) -> Story:
    """Read it from the hub's rows and the vendor's ledger, which is the references in the order of its deeds."""
    runs = {run.id: run for run in _runs(books)}
    strangers = []
    for at, reference in enumerate(references):
        owner = runs.get(reference.split("-")[2])
        if owner is None:
            strangers.append(reference)
        else:
            owner.effects.append(at)
    finished: Counter[int] = Counter()
    for run_id, enrollment, kind in books.read("SELECT run_id, enrollment_id, kind FROM history_note"):
        if kind == "plan.finished":
            finished[enrollment] += 1
        elif run_id is not None:
            runs[_hex(run_id)].notes[kind] += 1
    states = books.read("SELECT id, state FROM plans_enrollment")
    return Story(list(runs.values()), {id_: (state, finished[id_]) for id_, state in states}, strangers)


def faults(story: Story) -> list[str]:
    """All that is wrong, one sentence each. None is a good end."""
    found = [f"the vendor acted for {reference}, which is no step of ours" for reference in story.strangers]
    by_enrollment: defaultdict[int, dict[int, Run]] = defaultdict(dict)
    for run in story.runs:
        by_enrollment[run.enrollment][run.seq] = run
        found += _of_run(run)
    for id_, (state, told) in story.enrollments.items():
        found += _of_enrollment(id_, state, told, by_enrollment[id_])
    return found


def _of_run(run: Run) -> Iterator[str]:
    if len(run.effects) > 1:
        yield f"twice: {run} has {len(run.effects)} effects"
    if run.state not in ("done", "review", "failed"):
        yield f"lost: {run} has not ended, and nobody is asked"
    if run.state == "done" and not run.effects:
        yield f"false: {run} is called done and has no effect"
    if run.state == "failed" and run.effects:
        yield f"false: {run} is called failed and has an effect"
    if run.notes[f"step.{run.state}"] != 1 or (run.state != "done" and run.notes["step.done"]):
        yield f"untold: {run} has the notes {dict(run.notes)}"


def _of_enrollment(id_: int, state: str, told: int, runs: Mapping[int, Run]) -> Iterator[str]:
    for seq in range(LAST + 1):
        run, before = runs.get(seq), runs.get(seq - 1)
        if run is None:
            if before is None or before.state in ("done", "failed"):
                yield f"lost: enrollment {id_} has no step {seq}"
            break
        if before is not None:
            yield from _of_order(before, run)
    over = LAST in runs and runs[LAST].state in ("done", "failed")
    if (state == "finished") != over or told != over:
        yield f"untold: enrollment {id_} is {state} and its end is told {told} times"


def _of_order(before: Run, run: Run) -> Iterator[str]:
    if before.closed is None:
        yield f"out of order: {run} exists and {before} has not ended"
    elif run.began is not None and run.began + BLUR < before.closed:
        yield f"out of order: {run} began before {before} ended"
    if run.effects and before.effects and run.effects[0] < before.effects[-1]:
        yield f"out of order: {run} acted before {before}"


_RUNS = """
SELECT r.id, r.enrollment_id, r.seq, r.action_type, r.state, r.hold_reason, r.closed_at,
       (SELECT MIN(a.intent_at) FROM engine_attempt a WHERE a.run_id = r.id)
  FROM plans_steprun r
"""


def _runs(books: Books) -> Iterator[Run]:
    for id_, enrollment, seq, action, state, reason, closed, began in books.read(_RUNS):
        klass = action.partition(".")[2]
        yield Run(_hex(id_), enrollment, seq, klass, state, reason, moment(began), moment(closed))


def _hex(id_: Any) -> str:
    return UUID(str(id_)).hex


def moment(value: Any) -> datetime | None:
    """SQLite keeps times as text, in UTC."""
    if not isinstance(value, str):
        found: datetime | None = value
        return found
    read = datetime.fromisoformat(value)
    return read if read.tzinfo else read.replace(tzinfo=UTC)
