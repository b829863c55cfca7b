"""The bell tells people once, counts to ninety-nine, and forgets when it is told to."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hub.db import clock
from hub.notifications import changes, reads, wording
from hub.notifications.changes import NewNotification
from hub.notifications.models import Notification


@pytest.mark.django_db
def test_many_people_are_told_in_one_statement() -> None:
    with CaptureQueriesContext(connection) as queries:
        told = changes.tell_many(NewNotification(1, user, "step.failed", {"step": "Gift"}) for user in range(40))

    inserts = [query["sql"] for query in queries if query["sql"].startswith("INSERT")]
    assert (told, len(inserts)) == (40, 1)


@pytest.mark.django_db
def test_reading_one_leaves_the_others_and_other_people_alone() -> None:
    changes.tell_many(
        [NewNotification(1, 5, "step.failed"), NewNotification(1, 5, "step.done"), NewNotification(1, 6, "step.done")]
    )
    first = reads.page(5, 1).rows[0]

    assert changes.mark_read(5, 1, [first.pk], now=clock.now()) == 1

    assert reads.unread_count(5, 1) == 1
    assert reads.unread_count(6, 1) == 1
    assert [row.kind for row in reads.page(5, 1, unread_only=True).rows] == ["step.failed"]


@pytest.mark.django_db
def test_nobody_marks_another_persons_notification() -> None:
    changes.tell_many([NewNotification(1, 6, "step.done")])
    theirs = Notification.objects.get()

    assert changes.mark_read(5, 1, [theirs.pk], now=clock.now()) == 0
    assert changes.mark_read(6, 2, None, now=clock.now()) == 0

    assert reads.unread_count(6, 1) == 1


@pytest.mark.django_db
def test_counting_stops_where_the_bell_says_plus() -> None:
    changes.tell_many(NewNotification(1, 5, "step.done") for _ in range(150))

    assert reads.unread_count(5, 1) == reads.SHOWN_AT_MOST + 1


@pytest.mark.django_db
def test_old_ones_are_forgotten_by_each_accounts_own_days() -> None:
    now = clock.now()
    for account in (1, 2, 3):
        changes.tell_many(
            [NewNotification(account, 5, "step.done", at=now - timedelta(days=8)), NewNotification(account, 5, "x")]
        )

    gone = changes.forget_old({1: 7, 2: 0, 3: 30}, now=now)

    assert gone == 1
    assert [reads.unread_count(5, account) for account in (1, 2, 3)] == [1, 2, 2]


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_a_notification_never_leads_out_of_the_hub(url: str) -> None:
    changes.tell_many([NewNotification(1, 5, "step.done", {"step": "a\x00b"}, url)])

    row = Notification.objects.get()
    assert row.url == ""
    assert row.data == {"step": "ab"}


@pytest.mark.parametrize("kind", sorted(wording.KINDS))
def test_every_kind_has_a_sentence(kind: str) -> None:
    full = dict.fromkeys(("step", "contact", "plan", "addon", "text", "user", "name", "count"), "something")

    assert "%(" not in wording.sentence(Notification(kind=kind, data=full))
    assert "%(" not in wording.sentence(Notification(kind=kind, data={}))


def test_an_unknown_kind_is_told_by_its_text() -> None:
    assert wording.sentence(Notification(kind="gift.opened", data={"text": "Opened."})) == "Opened."
    assert wording.sentence(Notification(kind="gift.opened", data=None)) == "gift opened"
