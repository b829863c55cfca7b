"""A client's history notes."""

from __future__ import annotations

from hub.api.request import ApiRequest
from hub.api.v2 import finding
from hub.api.v2.door import Rows, call
from hub.api.v2.parameters import Parameters
from hub.contacts import changes
from hub.history import wording
from hub.history.models import Note


@call("POST", "create_client_note", "v2.create_client_note", "write notes by API 2.0")
def create_client_note(request: ApiRequest, given: Parameters) -> Rows:
    """Write a note into a client's history."""
    given.required("client_id", "note")
    row = finding.client(request, given.id("client_id"))
    changes.write_note(request.account, request.viewer, row.pk, given.text("note"), by=request.actor)
    return Rows([finding.reference(row)])


@call("GET", "read_client_note_list", "v2.read_client_note_list", "read notes by API 2.0")
def read_client_note_list(request: ApiRequest, given: Parameters) -> Rows:
    """A client's history, the newest first."""
    given.required("client_id")
    limit, offset = given.number("limit", 100, 1, 100), given.number("offset", 0, 0, 999_999_999)
    row = finding.client(request, given.id("client_id"))
    notes = Note.objects.filter(account_id=row.account_id, contact_id=row.pk).order_by("-at", "-id")
    return Rows([_told(note) for note in notes[offset : offset + limit]], total=notes.count())


def _told(note: Note) -> dict[str, str]:
    text = wording.detail(note) if note.kind == "note.written" else wording.sentence(note)
    return {
        "note_id": str(note.pk),
        "note": text,
        "user": note.actor_label,
        "created": f"{note.at:%Y-%m-%d %H:%M:%S}",
    }
