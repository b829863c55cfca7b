"""A contact's history: read it, and write a note into it."""

from __future__ import annotations

from typing import Literal

from ninja import Router

from hub.api.door import operation
from hub.api.paging import Cursor, Limit, PathId
from hub.api.request import ApiRequest
from hub.api.shapes import notes as shapes
from hub.contacts import changes, reads

router = Router()


@operation(
    router, "GET", "/contacts/{contact_id}/notes", "notes.list", "read a contact's history by API",
    answers={200: shapes.NotePage}, tag="History",
)  # fmt: skip
def list_notes(
    request: ApiRequest,
    contact_id: PathId,
    about: Literal["all", "step", "plan", "note", "mail", "contact"] = "all",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> shapes.NotePage:
    """The history, newest first; of one group of kinds where `about` names it."""
    kinds = None if about == "all" else [about]
    page = reads.timeline(request.account, request.viewer, contact_id, kinds, cursor, limit)
    return shapes.NotePage(notes=[shapes.out(note) for note in page.rows], next=page.next)


@operation(
    router, "POST", "/contacts/{contact_id}/notes", "notes.write", "write notes by API",
    answers={201: shapes.NoteOut}, tag="History",
)  # fmt: skip
def write_note(request: ApiRequest, contact_id: PathId, body: shapes.NewNote) -> shapes.NoteOut:
    """Write a note into the history."""
    changes.write_note(request.account, request.viewer, contact_id, body.text, by=request.actor)
    (written,) = reads.timeline(request.account, request.viewer, contact_id, ["note.written"], size=1).rows
    return shapes.out(written)
