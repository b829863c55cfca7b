"""Bulk changes: who is meant is frozen, each portion commits with its number, and whatever dies, nobody is done twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from hub.accounts import changes as accounts
from hub.accounts.models import Account
from hub.audit.actor import SYSTEM, Actor
from hub.audit.models import AuditRow
from hub.contacts import changes as contact_changes
from hub.contacts import list_changes, lists
from hub.contacts.acts import ACTS
from hub.contacts.bulk import changes, ending, portions, reads
from hub.contacts.bulk.models import BulkChange, BulkPortion
from hub.contacts.models import Contact, ContactTag
from hub.contacts.query import ContactQuery
from hub.contacts.reads import selection
from hub.contacts.visibility import EVERYTHING, Viewer
from hub.db import clock
from hub.db.errors import Conflict, Invalid, NotFound, Problem
from hub.history.models import Note
from hub.notifications import wording
from hub.notifications.models import Notification
from hub.users.models import Grant, User
from tests.contacts.door import ANN

pytestmark = pytest.mark.django_db

Make = Callable[..., Any]


@pytest.fixture(autouse=True)
def _small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "PORTION", 2)
    monkeypatch.setattr(portions, "SLICE", 1)


@pytest.fixture
def ada(user: Make) -> User:
    admin: User = user("ada", template="admin")
    return admin


@pytest.fixture
def by(ada: User) -> Actor:
    return Actor.person(ada.pk, ada.label)


def people(account: Account, number: int, **values: Any) -> list[Contact]:
    now = clock.now() - timedelta(days=1)
    rows = [
        Contact(account=account, first_name=f"P{n}", created_at=now, updated_at=now, **values) for n in range(number)
    ]
    return Contact.objects.bulk_create(rows)


def start(account: Account, by: Actor, act: str = "tag", choice: Any = ("vip",), token: str = "t", **query: Any) -> Any:
    rows = selection(account, EVERYTHING, ContactQuery(**query))
    return changes.start(account, rows, act, list(choice) if isinstance(choice, tuple) else choice, token=token, by=by)


def work(row: BulkChange) -> list[int]:
    """What the bell does until it rings no more; the answer is the portions that were done."""
    done, number = list[int](), BulkChange.objects.get(pk=row.pk).portion
    while portions.begin(row.pk, number):
        done.append(number)
        following = portions.run(row.pk, number)
        if following is None:
            break
        number = following
    row.refresh_from_db()
    return done


def told(row: BulkChange) -> tuple[str, int, int, int, int]:
    row.refresh_from_db()
    return row.state, row.asked, row.changed, row.unchanged, row.gone


def tagged() -> list[int]:
    return sorted(ContactTag.objects.values_list("contact_id", flat=True))


def test_everybody_meant_is_changed_with_a_note_each_and_one_audit_row(account: Account, by: Actor) -> None:
    rows = people(account, 5)
    contact_changes.add_tags(account, EVERYTHING, rows[0].pk, ["vip"], by=ANN)
    Note.objects.all().delete()
    before = AuditRow.objects.filter(verb="tagged").count()

    row = start(account, by)
    assert work(row) == [0, 1, 2]

    assert told(row) == ("done", 5, 4, 1, 0)
    assert tagged() == [one.pk for one in rows]
    assert sorted(Note.objects.values_list("contact_id", flat=True)) == [one.pk for one in rows[1:]]
    audit = AuditRow.objects.filter(verb="tagged").order_by("-id")
    assert audit.count() == before + 1
    kept = audit[0].data
    assert (kept["contacts"], kept["asked"], kept["unchanged"], kept["tags"]) == (4, 5, 1, ["vip"])
    assert audit[0].actor_id == by.id
    assert not BulkPortion.objects.exists()


def test_who_started_it_is_told_what_became_of_it(account: Account, ada: User, by: Actor) -> None:
    people(account, 3)

    row = start(account, by)
    work(row)

    notification = Notification.objects.get()
    assert (notification.user_id, notification.url) == (ada.pk, f"/a/{account.pk}/contacts/changes/{row.pk}")
    assert wording.sentence(notification) == "“Add tags” is done: 3 changed."


@pytest.mark.parametrize("dying", [0, 1, 2])
def test_a_worker_that_dies_in_a_portion_leaves_no_trace_and_the_portion_is_done_again(
    account: Account, by: Actor, dying: int
) -> None:
    class Dies(Exception):
        """Stands for the end of a process within the transaction."""

    def dies_within() -> None:
        with transaction.atomic():
            portions.run(row.pk, dying)
            raise Dies

    rows = people(account, 5)
    row = start(account, by)
    for number in range(dying):
        assert portions.begin(row.pk, number)
        portions.run(row.pk, number)
    assert portions.begin(row.pk, dying)
    with pytest.raises(Dies):
        dies_within()
    assert tagged() == [one.pk for one in rows[: dying * 2]]

    work(row)

    assert told(row) == ("done", 5, 5, 0, 0)
    assert sorted(Note.objects.filter(kind="contact.tagged").values_list("contact_id", flat=True)) == tagged()
    assert AuditRow.objects.filter(verb="tagged").count() == 1
    assert Notification.objects.count() == 1


def test_a_message_that_comes_twice_does_nothing_the_second_time(account: Account, by: Actor) -> None:
    people(account, 5)
    row = start(account, by)
    portions.begin(row.pk, 0)
    portions.run(row.pk, 0)

    assert not portions.begin(row.pk, 0)
    assert portions.run(row.pk, 0) is None

    assert told(row) == ("running", 5, 2, 0, 0)
    assert Note.objects.filter(kind="contact.tagged").count() == 2


def test_the_same_answer_given_twice_starts_one(account: Account, by: Actor) -> None:
    people(account, 3)

    first, second = start(account, by), start(account, by)

    assert first.pk == second.pk
    assert BulkPortion.objects.count() == 2


def test_two_tabs_that_start_the_same_write_no_history_twice(account: Account, by: Actor) -> None:
    people(account, 3)
    first, second = start(account, by, token="one"), start(account, by, token="two")

    work(first)
    work(second)

    assert told(first) == ("done", 3, 3, 0, 0)
    assert told(second) == ("done", 3, 0, 3, 0)
    assert Note.objects.filter(kind="contact.tagged").count() == 3


def test_who_comes_later_is_not_meant(account: Account, by: Actor) -> None:
    rows = people(account, 3)
    row = start(account, by)
    people(account, 2)

    work(row)

    assert tagged() == [one.pk for one in rows]


def test_who_is_archived_or_gone_meanwhile_is_left_alone_and_counted(account: Account, by: Actor) -> None:
    rows = people(account, 4)
    row = start(account, by)
    contact_changes.archive(account, EVERYTHING, rows[0].pk, by=ANN)
    rows[2].delete()

    work(row)

    assert told(row) == ("done", 4, 2, 0, 2)
    assert tagged() == [rows[1].pk, rows[3].pk]


def test_archived_contacts_that_were_chosen_as_such_are_changed(account: Account, by: Actor) -> None:
    old = people(account, 2, archived_at=clock.now() - timedelta(days=3))
    people(account, 1)

    row = start(account, by, archived="yes")
    work(row)

    assert told(row) == ("done", 2, 2, 0, 0)
    assert tagged() == [one.pk for one in old]


def test_who_is_given_to_somebody_else_meanwhile_is_no_longer_theirs_to_change(account: Account, user: Make) -> None:
    sally, bob = user("sally", template="sales"), user("bob")
    rows = people(account, 3, assigned_user=sally)
    hers = selection(account, Viewer("own", sally.pk), ContactQuery())
    row = changes.start(account, hers, "tag", ["vip"], token="t", by=Actor.person(sally.pk, "Sally"))
    contact_changes.assign(account, EVERYTHING, rows[1].pk, bob.pk, by=ANN)

    work(row)

    assert told(row) == ("done", 3, 2, 0, 1)
    assert tagged() == [rows[0].pk, rows[2].pk]


def test_while_somebody_acts_as_another_the_other_ones_rights_count(account: Account, ada: User, user: Make) -> None:
    sally = user("sally", template="sales")
    people(account, 1)
    rows = people(account, 3, assigned_user=sally)
    by = Actor.person(ada.pk, ada.label).shown_as(sally.pk)
    row = changes.start(account, selection(account, EVERYTHING, ContactQuery()), "tag", ["vip"], token="t", by=by)

    work(row)

    assert told(row) == ("done", 4, 3, 0, 1)
    assert tagged() == [one.pk for one in rows]
    assert row.owner_id == sally.pk
    assert Notification.objects.get().user_id == ada.pk


def test_the_hub_itself_reaches_everybody_and_tells_nobody(account: Account) -> None:
    people(account, 3)
    row = start(account, SYSTEM)

    work(row)

    assert told(row) == ("done", 3, 3, 0, 0)
    assert not Notification.objects.exists()


def test_cancelled_it_stops_and_what_was_changed_stays(account: Account, by: Actor, user: Make) -> None:
    rows = people(account, 5)
    row = start(account, by)
    portions.begin(row.pk, 0)
    portions.run(row.pk, 0)

    boss = user("boss", template="admin")
    changes.cancel(account, row.pk, by=Actor.person(boss.pk, boss.label))

    assert work(row) == []
    assert portions.run(row.pk, 1) is None
    assert told(row) == ("cancelled", 5, 2, 0, 0)
    assert ending.summary(row) == "2 changed, 3 not reached."
    assert tagged() == [one.pk for one in rows[:2]]
    assert AuditRow.objects.get(verb="tagged").data["cancelled_by"] == "Boss"
    assert wording.sentence(Notification.objects.get()) == "Boss cancelled “Add tags”: 2 changed, 3 not reached."
    with pytest.raises(Conflict):
        changes.cancel(account, row.pk, by=by)


def test_who_cancels_their_own_is_not_told_what_they_know(account: Account, by: Actor) -> None:
    people(account, 3)
    row = start(account, by)

    changes.cancel(account, row.pk, by=by)

    assert not Notification.objects.exists()


@pytest.mark.parametrize("how", ["role", "blocked"])
def test_who_may_no_longer_do_it_has_it_stopped_and_the_report_says_so(
    account: Account, ada: User, by: Actor, how: str
) -> None:
    people(account, 4)
    row = start(account, by)
    portions.begin(row.pk, 0)
    portions.run(row.pk, 0)
    if how == "role":
        Grant.objects.filter(user=ada).delete()
    else:
        User.objects.filter(pk=ada.pk).update(state="blocked")

    work(row)

    assert told(row) == ("failed", 4, 2, 0, 0)
    assert row.problem.startswith("Ada may no longer")
    assert Note.objects.filter(kind="contact.tagged").count() == 2


def test_a_stage_that_is_deleted_meanwhile_stops_it_with_a_sentence(account: Account, by: Actor) -> None:
    people(account, 4)
    stage = list_changes.add_sales_cycle(account, "Trial", by=ANN)
    row = start(account, by, "cycle", stage.pk)
    portions.begin(row.pk, 0)
    portions.run(row.pk, 0)
    stage.delete()

    work(row)

    assert row.state == "failed"
    assert row.problem == "This stage of the sales cycle is gone. Choose another one."


def test_a_portion_that_cannot_be_done_is_not_tried_for_ever(account: Account, by: Actor) -> None:
    people(account, 3)
    row = start(account, by)

    tries = [portions.begin(row.pk, 0) for _ in range(portions.MOST_TRIES + 1)]

    assert tries == [True] * portions.MOST_TRIES + [False]
    assert told(row)[0] == "failed"
    assert "5 times over" in row.problem


def test_one_whose_worker_is_lost_is_found_when_its_lease_is_over(account: Account, by: Actor) -> None:
    people(account, 3)
    row = start(account, by)
    portions.begin(row.pk, 0)
    portions.run(row.pk, 0)

    assert reads.stuck(clock.now()) == []
    assert reads.stuck(clock.now() + changes.LEASE + timedelta(seconds=1)) == [(row.pk, 1)]

    work(row)
    assert reads.stuck(clock.now() + timedelta(days=1)) == []


def test_nobody_to_change_is_a_problem_and_no_row(account: Account, by: Actor) -> None:
    with pytest.raises(Problem, match="nobody"):
        start(account, by)

    assert not BulkChange.objects.exists()


def test_a_choice_that_cannot_be_is_refused_at_the_start(account: Account, by: Actor) -> None:
    people(account, 3)
    with pytest.raises(Invalid):
        start(account, by, "tag", ())
    with pytest.raises(NotFound):
        start(account, by, "assign", 999_999)


def test_each_act_does_what_it_says(account: Account, by: Actor, ada: User) -> None:
    rows = people(account, 3)
    trial = list_changes.add_sales_cycle(account, "Trial", by=ANN)
    web = list_changes.add_lead_source(account, "Web", by=ANN)
    asked: dict[str, Any] = {
        "assign": ada.pk, "cycle": trial.pk, "source": web.pk, "tag": ["vip"], "untag": ["vip"], "archive": None,
        "restore": None,
    }  # fmt: skip
    assert set(asked) == set(ACTS)

    seen = {}
    for act, choice in asked.items():
        row = start(account, by, act, choice, token=act, archived="any")
        work(row)
        assert told(row) == ("done", 3, 3, 0, 0), act
        one = Contact.objects.get(pk=rows[1].pk)
        seen[act] = (one.assigned_user_id, one.sales_cycle_id, one.lead_source_id, len(tagged()), bool(one.archived_at))

    assert seen["cycle"][:2] == (ada.pk, trial.pk)
    assert seen["tag"][2:4] == (web.pk, 3)
    assert seen["archive"][3:] == (0, True)
    assert seen["restore"][4] is False
    assert Note.objects.filter(contact_id=rows[1].pk).count() == len(ACTS)


def test_while_the_account_is_locked_it_waits_and_then_it_goes_on(account: Account, by: Actor) -> None:
    people(account, 5)
    row = start(account, by)
    assert portions.begin(row.pk, 0)
    following = portions.run(row.pk, 0)
    assert portions.begin(row.pk, 1)
    accounts.lock_login(account, by=SYSTEM)

    assert portions.run(row.pk, 1) is None
    assert work(row) == []
    later = clock.now() + timedelta(days=1)
    assert (row.state, row.changed, reads.stuck(later)) == ("running", 2, [])

    accounts.unlock_login(account, by=SYSTEM)
    assert reads.stuck(later) == [(row.pk, following)]
    work(row)
    assert (row.state, row.changed) == ("done", 5)


def test_a_lock_from_above_that_comes_meanwhile_stops_an_archiving(enterprise: Account, user: Make) -> None:
    branch = accounts.create("Branch", parent=enterprise, by=ANN, values={"country": "US"})
    admin = user("ada", at=branch, template="admin")
    people(branch, 4)
    row = start(branch, Actor.person(admin.pk, "Ada"), "archive", None)
    portions.begin(row.pk, 0)
    portions.run(row.pk, 0)
    accounts.lock(enterprise, "contact_deletion", by=ANN)
    assert lists.of(branch).locked("contact_deletion")

    work(row)

    assert told(row) == ("failed", 4, 2, 0, 0)


def test_another_accounts_bulk_change_does_not_exist(account: Account, by: Actor, ada: User) -> None:
    people(account, 3)
    row = start(account, by)
    elsewhere = accounts.create("Elsewhere", by=ANN, values={"country": "US"})

    for asking in (
        lambda: reads.get(elsewhere, row.pk),
        lambda: reads.get(account, row.pk, owner_id=ada.pk + 1),
        lambda: changes.cancel(elsewhere, row.pk, by=by),
    ):
        with pytest.raises(NotFound):
            asking()
    assert [one.pk for one in reads.listing(account, ada.pk).rows] == [row.pk]
    assert reads.listing(elsewhere).rows == []


def test_what_ended_long_ago_is_forgotten_and_what_runs_is_not(account: Account, by: Actor) -> None:
    people(account, 3)
    old, running = start(account, by, token="old"), start(account, by, token="new")
    work(old)
    BulkChange.objects.update(created_at=clock.now() - timedelta(days=200))
    BulkChange.objects.filter(pk=old.pk).update(ended_at=clock.now() - timedelta(days=100))

    assert changes.forget_old(by=ANN) == 1

    assert BulkChange.objects.get().pk == running.pk
