"""What happened with a contact is written in one statement and told in sentences.

Where statements are counted the host's clock is in force: PostgreSQL's is asked every five seconds, which is a statement more.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hub.db import clock
from hub.history import changes, reads, wording
from hub.history.changes import NewNote
from hub.history.models import Note


@pytest.mark.django_db
def test_fifty_notes_are_written_in_one_statement() -> None:
    notes = [NewNote(1, contact, "step.done", {"step": "Welcome"}) for contact in range(50)]

    with clock.use(clock.HostClock()), CaptureQueriesContext(connection) as queries:
        written = changes.add_many(iter(notes))

    assert written == 50
    assert len(queries) == 1, queries.captured_queries
    assert Note.objects.count() == 50


@pytest.mark.django_db
def test_no_notes_are_no_statement() -> None:
    with clock.use(clock.HostClock()), CaptureQueriesContext(connection) as queries:
        assert changes.add_many([]) == 0

    assert len(queries) == 0


@pytest.mark.django_db
def test_a_note_that_a_database_would_refuse_is_cleaned_and_cut() -> None:
    note = changes.add(NewNote(1, 1, "step.failed", {"text": "a\x00b\ud800" + "x" * 20_000, "deep": {"t": ["\x07y"]}}))

    note.refresh_from_db()

    assert note.data["text"].startswith("abx")
    assert len(note.data["text"]) <= 10_000
    assert note.data["deep"] == {"t": ["y"]}


@pytest.mark.django_db
def test_the_timeline_goes_backwards_page_by_page_and_shows_each_note_once() -> None:
    start = clock.now()
    changes.add_many(NewNote(1, 7, "step.done", {"n": n}, at=start + timedelta(seconds=n // 2)) for n in range(10))

    seen, cursor = [], None
    while True:
        page = reads.timeline(1, 7, cursor=cursor, size=3)
        seen += [note.data["n"] for note in page.rows]
        if (cursor := page.next) is None:
            break

    assert seen == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]


@pytest.mark.django_db
def test_the_timeline_is_filtered_by_kind_or_by_its_first_word() -> None:
    for kind in ("step.done", "step.failed", "plan.started", "stepmother.came"):
        changes.add(NewNote(1, 7, kind))

    assert {note.kind for note in reads.timeline(1, 7, ["step"]).rows} == {"step.done", "step.failed"}
    assert {note.kind for note in reads.timeline(1, 7, ["plan.started"]).rows} == {"plan.started"}
    assert len(reads.timeline(1, 7, []).rows) == 4


@pytest.mark.django_db
def test_another_accounts_notes_are_not_in_the_timeline() -> None:
    changes.add(NewNote(2, 7, "step.done"))

    assert reads.timeline(1, 7).rows == []


def note(kind: str, data: object = None, actor: str = "") -> Note:
    return Note(account_id=1, contact_id=1, kind=kind, data={} if data is None else data, actor_label=actor)


@pytest.mark.parametrize("kind", sorted(wording.KINDS))
def test_every_kind_has_a_sentence_even_when_its_data_is_missing(kind: str) -> None:
    sentence = wording.sentence(note(kind))

    assert sentence
    assert "%(" not in sentence
    assert "“”" not in sentence


def test_a_sentence_names_what_the_note_knows() -> None:
    assert wording.sentence(note("step.done", {"step": "Gift"})) == "Step “Gift” was done."
    assert wording.sentence(note("contact.tagged", {"tags": ["vip", "new"]})) == "Tags added: vip, new."
    assert wording.sentence(note("step.resolved", {"step": "Gift"}, "Ann")) == "Ann settled step “Gift”."


def test_a_name_with_a_percent_sign_is_no_format() -> None:
    assert wording.sentence(note("step.done", {"step": "100%(d)s off"})) == "Step “100%(d)s off” was done."


def test_an_unknown_kind_is_told_by_its_own_text() -> None:
    assert wording.sentence(note("gift.opened", {"text": "It was opened.\nTwice."})) == "It was opened."
    assert wording.sentence(note("gift.opened")) == "gift opened"
    assert wording.sentence(note("gift.opened", ["not", "a", "table"])) == "gift opened"


def test_the_vendors_answer_is_the_detail() -> None:
    assert wording.detail(note("step.failed", {"step": "Gift", "text": "The key is wrong."})) == "The key is wrong."
