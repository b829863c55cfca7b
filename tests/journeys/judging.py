"""The verdict over a journey, from the vendor's ledger first and the rows second.

Each contact was to get a note, a gift and a tag. *Twice*: the vendor acted twice for somebody. *Lost*: a run that is neither
done nor in front of a person, or that does not exist although the one before it is done. *False*: a gift called done that the
vendor knows nothing of, or one in doubt that nobody is asked about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tests.journeys.books import Books, effects

NOTE, GIFT, TAG = 0, 1, 2

EXPECTED_NOTES = Counter(
    {"contact.created": 1, "plan.started": 1, "note.written": 1, "step.done": 3, "plan.finished": 1}
)
"""What the history of a contact tells whose every step was done."""


def faults(books: Books, ledger: Path, emails: Iterable[str]) -> list[str]:
    """All that is wrong, one sentence each; none is a good journey."""
    gifts, runs, notes = effects(ledger), books.runs(), books.notes()
    found = [f"the vendor acted {number} times for {email}" for email, number in gifts.items() if number > 1]
    found += [f"a gift went to {email}, who is not on the plan" for email in gifts if email not in runs]
    for email in emails:
        found += _of_one(email, runs.get(email, {}), gifts[email])
        found += _of_history(email, runs.get(email, {}), notes.get(email, Counter()))
    return found


def _of_one(email: str, steps: dict[int, str], gifts: int) -> list[str]:
    before_a_person = False
    for step in (NOTE, GIFT, TAG):
        state = steps.get(step, "")
        if before_a_person and not state:
            continue  # it waits behind the step that a person is asked about
        if state not in ("done", "review"):
            return [f"lost: step {step} of {email} is {state or 'nowhere'}"]
        before_a_person = before_a_person or state == "review"
    if steps[GIFT] == "done" and not gifts:
        return [f"false: the gift for {email} is called done and the vendor has none"]
    return []


def _of_history(email: str, steps: dict[int, str], notes: Counter[str]) -> list[str]:
    if all(steps.get(step) == "done" for step in (NOTE, GIFT, TAG)):
        wrong = {kind: notes[kind] for kind in EXPECTED_NOTES if notes[kind] != EXPECTED_NOTES[kind]}
        return [f"the history of {email} has {wrong}"] if wrong else []
    return [] if notes["step.review"] else [f"the history of {email} does not say that a person is asked"]
