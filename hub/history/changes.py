"""Writing notes. Nobody changes a note later; there is nothing here but adding.

A note says itself who did what, so it has no audit row of its own; what a person *changed* is audited where it was changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.db import clock
from hub.history import cleaning
from hub.history.models import Note

PER_STATEMENT = 500  # rows of one INSERT, far under either database's limit of parameters


@dataclass(frozen=True, slots=True)
class NewNote:
    """A note to be written. ``at`` empty means now; ``actor_label`` is the name of who did it, as people know them."""

    account_id: int
    contact_id: int
    kind: str
    data: dict[str, Any] = field(default_factory=dict)
    run_id: UUID | None = None
    enrollment_id: int | None = None
    actor_label: str = ""
    at: datetime | None = None


def add_many(notes: Iterable[NewNote]) -> int:
    """Write notes in one statement (for each five hundred) and say how many. Texts are cleaned and cut."""
    now = clock.now()
    rows = [_row(note, now) for note in notes]
    Note.objects.bulk_create(rows, batch_size=PER_STATEMENT)
    return len(rows)


def add(note: NewNote) -> Note:
    """Write one note and return it."""
    row = _row(note, clock.now())
    row.save(force_insert=True)
    return row


def _row(note: NewNote, now: datetime) -> Note:
    return Note(
        account_id=note.account_id,
        contact_id=note.contact_id,
        at=note.at or now,
        kind=note.kind[:40],
        data=cleaning.data(note.data),
        run_id=note.run_id,
        enrollment_id=note.enrollment_id,
        actor_label=cleaning.text(note.actor_label)[:200],
    )
