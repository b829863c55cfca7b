"""A contact's history as programs see it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from hub.api.shapes.base import Incoming, Outgoing, Page
from hub.history import wording
from hub.history.models import Note


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("write something first")
    return text


class NewNote(Incoming):
    text: Annotated[str, Field(min_length=1, max_length=10_000, pattern=r"\S"), AfterValidator(_not_blank)]


class NoteOut(Outgoing):
    """One line of the history."""

    id: int
    at: datetime
    kind: str = Field(description="Dotted and stable, such as step.done; sentences may be worded anew.")
    sentence: str
    text: str = Field(description="The note itself, a vendor's answer, a reason; may be empty.")
    by: str
    run_id: str | None


class NotePage(Page):
    notes: list[NoteOut]


def out(note: Note) -> NoteOut:
    """A note as it is answered."""
    return NoteOut(
        id=note.pk, at=note.at, kind=note.kind, sentence=wording.sentence(note), text=wording.detail(note),
        by=note.actor_label, run_id=str(note.run_id) if note.run_id else None,
    )  # fmt: skip
