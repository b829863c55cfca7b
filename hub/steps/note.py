"""Write a line into the contact's history."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hub.core import Contact, Done, Long, Settings, Vendor, WriteNote
from hub.steps.addon import addon


class Note(Settings):
    """What to write."""

    text: Annotated[str, Long(4)] = Field(title="Note", min_length=1, max_length=5_000)


@addon.action("note", Note, title="Write a note", changes=[WriteNote], icon="notebook-pen")
async def note(vendor: Vendor, step: Note, contact: Contact) -> Done:
    """Write it. The note is the change itself, so the step adds no line of its own."""
    return Done(changes=(WriteNote(text=step.text[:10_000]),))
