"""Tags themselves: a slip is renamed, two that mean the same become one, and one that goes is taken off everybody."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from hub.accounts import changes as accounts
from hub.accounts.models import Account
from hub.audit.models import AuditRow
from hub.contacts import changes, filters, lists, tag_changes, tagging
from hub.contacts.models import Contact, ContactTag, Tag
from hub.contacts.query import ContactQuery
from hub.contacts.visibility import EVERYTHING
from hub.db import clock
from hub.db.errors import Conflict, Invalid, NotFound, Refused
from hub.events.models import Event
from hub.history.models import Note
from tests.contacts.door import ANN
from tests.support.people import make_tree

pytestmark = pytest.mark.django_db


def people(account: Account, number: int) -> list[Contact]:
    now = clock.now()
    return Contact.objects.bulk_create(
        [Contact(account=account, first_name=f"P{n}", created_at=now, updated_at=now) for n in range(number)]
    )


def tagged(account: Account, name: str, contacts: list[Contact]) -> Tag:
    for contact in contacts:
        changes.add_tags(account, EVERYTHING, contact.pk, [name], by=ANN)
    return Tag.objects.get(account=account, name=name)


def having(name: str) -> list[str]:
    links = ContactTag.objects.filter(tag__name=name).order_by("contact_id")
    return list(links.values_list("contact__first_name", flat=True))


def last_audit() -> tuple[str, str, Any]:
    row = AuditRow.objects.latest("pk")
    return row.verb, row.object_kind, row.data


def test_a_slip_of_typing_is_renamed_and_its_contacts_keep_the_tag(account: Account) -> None:
    slip = tagged(account, "Prospekt", people(account, 2))

    tag_changes.rename_tag(account, slip.pk, "  Prospect ", by=ANN)

    assert having("Prospect") == ["P0", "P1"]
    assert [choice.name for choice in lists.tags(account)] == ["Prospect"]
    assert tagging.existing_by_key(account.pk, ["PROSPECT"]) == {"prospect": slip.pk}
    assert last_audit() == ("renamed", "tag", {"changed": {"name": ["Prospekt", "Prospect"]}})


def test_only_its_capitals_can_be_changed(account: Account) -> None:
    tag = tagged(account, "vip", people(account, 1))

    assert tag_changes.rename_tag(account, tag.pk, "VIP", by=ANN).name == "VIP"


@pytest.mark.parametrize("name", ["", "  ", "x" * 61])
def test_a_name_has_as_many_characters_as_everywhere(account: Account, name: str) -> None:
    tag = tag_changes.add_tag(account, "vip", by=ANN)

    with pytest.raises(Invalid):
        tag_changes.rename_tag(account, tag.pk, name, by=ANN)
    with pytest.raises(Invalid):
        tag_changes.add_tag(account, name, by=ANN)


def test_another_tags_name_is_refused_and_what_to_do_is_said(account: Account) -> None:
    slip, right = tag_changes.add_tag(account, "Prospekt", by=ANN), tag_changes.add_tag(account, "Prospect", by=ANN)

    with pytest.raises(Conflict) as refused:
        tag_changes.rename_tag(account, slip.pk, "prospect", by=ANN)

    assert refused.value.next == "Choose another name, or put both tags together."
    assert set(Tag.objects.values_list("pk", "name")) == {(slip.pk, "Prospekt"), (right.pk, "Prospect")}


def test_of_two_that_become_one_everybody_has_the_other_once(account: Account) -> None:
    ann, ben, cleo = people(account, 3)
    slip, right = tagged(account, "Prospekt", [ann, ben]), tagged(account, "Prospect", [ben, cleo])

    assert tag_changes.merge_tag(account, slip.pk, right.pk, by=ANN) == 2

    assert having("Prospect") == ["P0", "P1", "P2"]
    assert not Tag.objects.filter(name="Prospekt").exists()
    assert last_audit() == ("merged", "tag", {"name": "Prospekt", "into": "Prospect", "contacts": 2})


def test_a_tag_does_not_become_one_with_itself(account: Account) -> None:
    tag = tagged(account, "vip", people(account, 1))

    with pytest.raises(Conflict):
        tag_changes.merge_tag(account, tag.pk, tag.pk, by=ANN)

    assert having("vip") == ["P0"]


def test_saved_filters_follow_to_the_other_tag(account: Account, user: Callable[..., Any]) -> None:
    slip, right, other = (tag_changes.add_tag(account, name, by=ANN) for name in ("Prospekt", "Prospect", "Other"))
    ada = user("ada")
    filters.save(account, ada.pk, "Both", ContactQuery(tags=(slip.pk, other.pk, right.pk), text="x"), by=ANN)
    filters.save(account, ada.pk, "Other", ContactQuery(tags=(other.pk,)), by=ANN)
    assert [one.name for one in filters.naming_tag(account, slip.pk)] == ["Both"]

    tag_changes.merge_tag(account, slip.pk, right.pk, by=ANN)

    found = {one.name: filters.query_of(one) for one in filters.of(account, ada.pk)}
    assert found["Both"] == ContactQuery(tags=(right.pk, other.pk), text="x")
    assert found["Other"] == ContactQuery(tags=(other.pk,))


def test_a_tag_that_is_removed_is_taken_off_everybody_and_is_one_line_of_the_audit(account: Account) -> None:
    rows = people(account, 3)
    tag, other = tagged(account, "Prospekt", rows), tagged(account, "vip", rows[:1])
    before = list(Contact.objects.order_by("pk").values_list("version", "updated_at"))
    notes, events, audit = Note.objects.count(), Event.objects.count(), AuditRow.objects.count()

    assert tag_changes.delete_tag(account, tag.pk, by=ANN) == 3

    assert set(ContactTag.objects.values_list("contact_id", "tag_id")) == {(rows[0].pk, other.pk)}
    assert list(Tag.objects.all()) == [other]
    assert last_audit() == ("deleted", "tag", {"name": "Prospekt", "contacts": 3})
    assert list(Contact.objects.order_by("pk").values_list("version", "updated_at")) == before
    assert (Note.objects.count(), Event.objects.count(), AuditRow.objects.count()) == (notes, events, audit + 1)


def test_however_many_have_it_a_tag_goes_in_as_many_statements(
    account: Account, django_assert_max_num_queries: Any
) -> None:
    rows = people(account, 300)
    tag, into = (tag_changes.add_tag(account, name, by=ANN) for name in ("vip", "VIPs"))
    tagging.link((one.pk, tag.pk) for one in rows)

    with django_assert_max_num_queries(20):
        assert tag_changes.merge_tag(account, tag.pk, into.pk, by=ANN) == 300
    with django_assert_max_num_queries(20):
        assert tag_changes.delete_tag(account, into.pk, by=ANN) == 300


def test_under_a_lock_from_above_nothing_is_changed(account: Account) -> None:
    tree = make_tree()
    tag, other = tag_changes.add_tag(tree.a1, "vip", by=ANN), tag_changes.add_tag(tree.a1, "other", by=ANN)
    above = tag_changes.add_tag(tree.a, "vip", by=ANN)
    accounts.lock(tree.a, "tags", by=ANN)

    for change in (
        lambda: tag_changes.add_tag(tree.a1, "New", by=ANN),
        lambda: tag_changes.rename_tag(tree.a1, tag.pk, "New", by=ANN),
        lambda: tag_changes.merge_tag(tree.a1, tag.pk, other.pk, by=ANN),
        lambda: tag_changes.delete_tag(tree.a1, tag.pk, by=ANN),
    ):
        with pytest.raises(Refused):
            change()

    assert [choice.name for choice in lists.tags(tree.a1)] == ["other", "vip"]
    assert tag_changes.rename_tag(tree.a, above.pk, "VIPs", by=ANN).name == "VIPs"


def test_another_accounts_tag_is_not_found(account: Account) -> None:
    tree = make_tree()
    theirs, mine = tag_changes.add_tag(tree.b, "vip", by=ANN), tag_changes.add_tag(tree.a, "mine", by=ANN)

    for change in (
        lambda: tag_changes.rename_tag(tree.a, theirs.pk, "New", by=ANN),
        lambda: tag_changes.merge_tag(tree.a, mine.pk, theirs.pk, by=ANN),
        lambda: tag_changes.merge_tag(tree.a, theirs.pk, mine.pk, by=ANN),
        lambda: tag_changes.delete_tag(tree.a, theirs.pk, by=ANN),
    ):
        with pytest.raises(NotFound):
            change()

    assert Tag.objects.count() == 2


def test_tags_come_page_by_page_and_are_found_by_a_part_of_their_name(account: Account) -> None:
    rows = people(account, 2)
    for name in ("Bé", "a", "C", "abc"):
        tag_changes.add_tag(account, name, by=ANN)
    tagged(account, "a", rows)

    first = tagging.page(account, size=3)
    rest = tagging.page(account, cursor=first.next, size=3)

    assert [tag.name for tag in (*first.rows, *rest.rows)] == ["a", "abc", "Bé", "C"]
    assert rest.next is None
    assert [tag.name for tag in tagging.page(account, " BE ").rows] == ["Bé"]
    assert tagging.contacts_of(tag.pk for tag in first.rows) == {first.rows[0].pk: 2}


@pytest.mark.django_db(transaction=True)
def test_a_tag_that_is_removed_while_somebody_puts_it_on_is_on_nobody() -> None:
    account = accounts.create("Provo", by=ANN)
    (contact,) = people(account, 1)
    tag = tag_changes.add_tag(account, "vip", by=ANN)
    removed, linked = threading.Event(), threading.Event()

    def remove() -> None:
        with transaction.atomic():
            tag_changes.delete_tag(account, tag.pk, by=ANN)
            removed.set()
            linked.wait(timeout=0.5)  # it cannot be: it must wait for this transaction to end
        connection.close()

    def put_on() -> None:
        assert removed.wait(timeout=60)
        with transaction.atomic():
            if connection.vendor == "postgresql" or Tag.objects.filter(pk=tag.pk).exists():
                tagging.link([(contact.pk, tag.pk)])
        linked.set()
        connection.close()

    threads = [threading.Thread(target=remove), threading.Thread(target=put_on)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)

    assert linked.is_set()
    assert not ContactTag.objects.exists()
    assert not Tag.objects.exists()
