"""The last lines of a history: what the hub says in the end of every run and every enrollment, read from its rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from tests.faults.history import History, Line
from tests.journeys.books import Books

_RUNS = "SELECT id, enrollment_id, account_id, seq, action_type, state, hold_reason FROM plans_steprun"
_NOTES = "SELECT run_id, enrollment_id, kind FROM history_note"
_PLANS = "SELECT id, account_id, state FROM plans_enrollment"


def tell(books: Books, history: History) -> None:
    """Write them."""
    notes, finished = _notes(books)
    lines = [("told", line) for line in _runs(books, notes)]
    plans = books.read(_PLANS)
    lines += [
        ("told plan", {"enrollment": id_, "account": account, "state": state, "finished": finished[id_]})
        for id_, account, state in plans
    ]
    history.write_all(lines)


def _runs(books: Books, notes: dict[str, Counter[str]]) -> Iterator[Line]:
    for id_, enrollment, account, seq, action, state, reason in books.read(_RUNS):
        run = hex_of(id_)
        yield {
            "run": run, "enrollment": enrollment, "account": account, "seq": seq, "klass": action.partition(".")[2],
            "state": state, "reason": reason, "notes": dict(notes[run]),
        }  # fmt: skip


def _notes(books: Books) -> tuple[dict[str, Counter[str]], Counter[int]]:
    """Of each run, by kind; and how often an enrollment's end is told."""
    of_runs: defaultdict[str, Counter[str]] = defaultdict(Counter)
    finished: Counter[int] = Counter()
    for run_id, enrollment, kind in books.read(_NOTES):
        if kind == "plan.finished":
            finished[enrollment] += 1
        elif run_id is not None:
            of_runs[hex_of(run_id)][kind] += 1
    return of_runs, finished


def hex_of(id_: Any) -> str:
    """A run's id as the lines have it."""
    return UUID(str(id_)).hex
