"""Writing notes. Nobody changes a note later; there is nothing here but adding.

A note says itself who did what, so it has no audit row of its own; what a person *changed* is audited where it was changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.db import bulk, clock
from hub.history import cleaning
from hub.history.models import Note

_COLUMNS = ("account_id", "contact_id", "at", "kind", "data", "run_id", "enrollment_id", "actor_label")


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
    """Write notes with one statement and say how many. Texts are cleaned and cut."""
    now, data, text = clock.now(), bulk.alike(cleaning.data), bulk.alike(cleaning.text)  # a batch mostly says the same
    rows = [_values(note, now, data, text) for note in notes]
    bulk.insert(Note, _COLUMNS, rows)
    return len(rows)


def add(note: NewNote) -> Note:
    """Write one note and return it."""
    return Note.objects.create(
        **dict(zip(_COLUMNS, _values(note, clock.now(), cleaning.data, cleaning.text), strict=True))
    )


def _values(note: NewNote, now: datetime, data: Callable[[Any], Any], text: Callable[[str], str]) -> tuple[Any, ...]:
    return (
        note.account_id,
        note.contact_id,
        note.at or now,
        note.kind[:40],
        data(note.data),
        note.run_id,
        note.enrollment_id,
        text(note.actor_label)[:200],
    )
