"""The newest notes of an account: found by its own index, however busy the other accounts are."""

from __future__ import annotations

import pytest
from django.db import connection

from hub.contacts.models import Contact
from hub.history import reads
from hub.history.changes import NewNote, add_many
from hub.history.models import Note

pytestmark = pytest.mark.django_db

QUIET, BUSY = 1, 2


@pytest.fixture
def notes() -> None:
    """A few notes of a quiet account, then very many of another one, each of whose contacts has a few."""
    add_many(NewNote(QUIET, 7, "note.written", {"text": str(n)}) for n in range(3))
    add_many(NewNote(BUSY, 100 + n % 500, "step.done") for n in range(3_000))


def test_a_quiet_accounts_notes_are_found_behind_those_of_a_busy_one(
    notes: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reads, "LATEST_WITHIN", 10)

    assert [note.data["text"] for note in reads.latest(QUIET, 2)] == ["2", "1"]
    assert len(reads.latest(BUSY, 8)) == 8
    assert reads.latest(3) == []


def test_those_of_some_contacts_are_looked_for_among_the_accounts_newest_only(
    notes: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reads, "LATEST_WITHIN", 100)
    rows = Note.objects.filter(account_id=BUSY)
    newest, old = rows.latest("id"), rows.earliest("id")

    for meant, found in ((newest, 1), (old, 0)):
        among = Note.objects.filter(pk=meant.pk).values("contact_id")
        assert len(reads.latest(BUSY, 8, among)) == found
    assert reads.latest(BUSY, 8, Contact.objects.none().values("pk")) == []


def test_the_database_goes_by_the_index_of_the_account(notes: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE history_note")
    rows = Note.objects.filter(account_id=QUIET).order_by("-id")[:8]

    assert "note_latest" in rows.explain()
