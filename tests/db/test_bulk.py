"""Many rows at once: the values arrive as Django would have stored them, and ids are never given twice."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from hub.db import bulk
from hub.history.models import Note
from hub.notifications.models import Notification

AT = datetime(2026, 11, 21, 12, 30, 15, 123456, tzinfo=UTC)
COLUMNS = ("account_id", "contact_id", "at", "kind", "data", "run_id", "enrollment_id", "actor_label")


@pytest.mark.django_db
def test_every_kind_of_value_is_read_back_as_it_was_given() -> None:
    run = uuid4()
    data = {"text": "“ü”\n'\"", "list": [1, None, True]}

    bulk.insert(Note, COLUMNS, [(1, 2, AT, "a.b", data, run, None, "Ann"), (1, 3, AT, "a.b", {}, None, 7, "")])

    full, empty = Note.objects.order_by("contact_id")
    assert (full.at, full.data, full.run_id, full.enrollment_id) == (AT, data, run, None)
    assert (empty.data, empty.run_id, empty.enrollment_id) == ({}, None, 7)
    assert Note.objects.filter(at=AT, run_id=run).exists()  # also stored in the form in which Django looks for them


@pytest.mark.django_db
def test_rows_that_are_alike_in_all_columns_or_some_are_all_written() -> None:
    data, run = {"source": "a file"}, uuid4()
    alike = (1, 2, AT, "a.b", data, run, None, "Ann")

    bulk.insert(Note, COLUMNS, [alike, alike, alike])
    bulk.insert(Note, COLUMNS, [(1, 3, AT, "a.b", data, run, None, f"Ann {n}") for n in range(3)])
    bulk.insert(Note, COLUMNS, [(n, 4, AT, "a.b", {"n": 1} if n else data, run, None, "Ann") for n in range(3)])

    assert [note.data for note in Note.objects.filter(contact_id=2, run_id=run, at=AT, enrollment_id=None)] == [
        data
    ] * 3
    assert set(Note.objects.filter(contact_id=3).values_list("actor_label", flat=True)) == {"Ann 0", "Ann 1", "Ann 2"}
    assert [note.data for note in Note.objects.filter(contact_id=4).order_by("account_id")] == [
        data,
        {"n": 1},
        {"n": 1},
    ]


@pytest.mark.django_db
def test_nothing_is_no_statement() -> None:
    with CaptureQueriesContext(connection) as queries:
        bulk.insert(Note, COLUMNS, [])
        bulk.update(Notification, ("kind",), [])

    assert len(queries) == 0


@pytest.mark.django_db
def test_rows_are_updated_by_their_key() -> None:
    one, two = (Notification.objects.create(account_id=1, user_id=1, at=AT, kind="x") for _ in range(2))

    bulk.update(Notification, ("kind", "data"), [("y", {"n": 1}, two.pk)])

    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.kind, two.kind, two.data) == ("x", "y", {"n": 1})


@pytest.mark.django_db
def test_reserved_ids_are_fresh_and_the_next_row_comes_after_them() -> None:
    before = Notification.objects.create(account_id=1, user_id=1, at=AT, kind="x")

    ids = bulk.reserve_ids(Notification, 3)
    columns = ("id", "account_id", "user_id", "at", "kind", "data", "url")
    bulk.insert(Notification, columns, [(one, 1, 1, AT, "y", {}, "") for one in ids])
    after = Notification.objects.create(account_id=1, user_id=1, at=AT, kind="z")

    assert len({before.pk, *ids, after.pk}) == 5
    assert after.pk > max(ids)


@pytest.mark.django_db(transaction=True)
def test_ids_are_reserved_inside_a_transaction_only() -> None:
    with pytest.raises(RuntimeError):
        bulk.reserve_ids(Notification, 1)
    with transaction.atomic():
        assert len(bulk.reserve_ids(Notification, 2)) == 2
