"""The audit log: written with the change, read in pages, never rewritten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from hub.audit import reads
from hub.audit.actor import SYSTEM, Actor
from hub.audit.changes import forget_before, record
from hub.audit.models import AuditRow
from hub.core import redact
from hub.db import clock
from hub.db.clock import VirtualClock

pytestmark = pytest.mark.django_db

ANN = Actor.person(7, "Ann", "192.0.2.1")


def test_a_row_says_who_what_when_from_where_and_as_whom() -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)

    with clock.use(VirtualClock(now)):
        record("paused", "account", 3, by=ANN.shown_as(8), account_id=3, data={"why": "holiday"})

    row = AuditRow.objects.get()
    assert (row.at, row.actor_kind, row.actor_id, row.actor_label) == (now, "person", "7", "Ann")
    assert (row.acting_as_id, row.ip, row.verb, row.object_kind, row.object_id) == (
        "8", "192.0.2.1", "paused", "account", "3",
    )  # fmt: skip
    assert row.data == {"why": "holiday"}


def test_a_known_secret_is_not_written_down() -> None:
    redact.register("sk-live-123456789")

    record("saved", "connection", 1, by=ANN, data={"note": ["key is sk-live-123456789"]})

    assert "sk-live-123456789" not in str(AuditRow.objects.values().get())


def test_the_code_does_not_rewrite_a_row() -> None:
    row = record("paused", "account", 3, by=SYSTEM)

    for rewrite in (row.save, row.delete, AuditRow.objects.all().delete, lambda: AuditRow.objects.update(verb="x")):
        with pytest.raises(TypeError):
            rewrite()


def test_the_database_does_not_let_anybody_rewrite_a_row() -> None:
    record("paused", "account", 3, by=SYSTEM)

    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE audit_auditrow SET verb = 'unpaused'")

    assert AuditRow.objects.get().verb == "paused"


def test_a_change_that_is_rolled_back_takes_its_row_with_it() -> None:
    with transaction.atomic():
        record("paused", "account", 3, by=SYSTEM)
        transaction.set_rollback(True)

    assert not AuditRow.objects.exists()


def test_pages_show_the_newest_first_and_each_row_once() -> None:
    for number in range(7):
        record("edited", "account", number, by=ANN, account_id=1)
    record("edited", "account", 99, by=ANN, account_id=2)

    first = reads.of_account(1, size=3)
    second = reads.of_account(1, first.next, size=3)
    third = reads.of_account(1, second.next, size=3)

    assert [row.object_id for page in (first, second, third) for row in page.rows] == list("6543210")
    assert third.next is None


def test_one_thing_and_one_actor_have_their_own_history() -> None:
    record("edited", "user", 5, by=ANN, account_id=1)
    record("edited", "user", 5, by=SYSTEM, account_id=2)

    assert len(reads.of_object(1, "user", 5).rows) == 1
    assert len(reads.of_actor("person", 7).rows) == 1


def test_retention_deletes_what_is_old_and_says_so() -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    with clock.use(VirtualClock(now - timedelta(days=200))):
        record("edited", "account", 1, by=ANN, account_id=1)
        record("edited", "account", 2, by=ANN, account_id=2)
    record("edited", "account", 3, by=ANN, account_id=1)

    gone = forget_before(now - timedelta(days=183), by=SYSTEM, account_id=1)

    assert gone == 1
    assert set(AuditRow.objects.values_list("verb", "account_id")) == {("edited", 2), ("edited", 1), ("forgotten", 1)}
    assert forget_before(now - timedelta(days=183), by=SYSTEM, account_id=1) == 0


@pytest.mark.django_db
def test_an_id_that_is_too_long_for_its_column_breaks_no_change() -> None:
    """Some ids are typed by people: what they ask for must not end in a mistake of ours on PostgreSQL."""
    row = record("asked_for", "addon", "ü" * 5_000, by=SYSTEM)

    assert len(AuditRow.objects.get(pk=row.pk).object_id) == 100
