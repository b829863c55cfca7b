"""A salesperson sees her own contacts and nobody else's, wherever contacts are shown, counted, handed out or changed."""

from __future__ import annotations

from typing import Any

import pytest

from hub.contacts.models import Contact
from hub.history.changes import NewNote, add
from hub.plans import changes, enrollment
from hub.users.models import Grant
from tests.plans.company import ADA, contact, make_plan
from tests.support.people import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def mine(denver: Any, sally: Any) -> Contact:
    return found(denver, "Cleo", sally)


@pytest.fixture
def theirs(denver: Any, admin: Any) -> Contact:
    return found(denver, "Dora", admin)


def found(denver: Any, name: str, owner: Any) -> Contact:
    return contact(denver, name, assigned_user=owner, search_text=name.lower(), name_key=name.lower())


def grant(user: Any, *permissions: str) -> None:
    Grant.objects.filter(user=user).update(extra=list(permissions))


def test_the_list_and_its_count(denver: Any, hers: Any, mine: Contact, theirs: Contact) -> None:
    page = hers.get(f"/a/{denver.pk}/contacts").content.decode()

    assert "Cleo" in page
    assert "Dora" not in page
    assert "1 of 1" in page


def test_a_search(denver: Any, hers: Any, mine: Contact, theirs: Contact) -> None:
    page = hers.get(f"/a/{denver.pk}/contacts", {"q": "dora"}).content.decode()

    assert "Nobody matches" in page
    assert theirs.email not in page


@pytest.mark.parametrize("more", ["", "/edit", "/archive"])
def test_the_pages_of_one_contact(denver: Any, hers: Any, mine: Contact, theirs: Contact, more: str) -> None:
    foreign = hers.get(f"/a/{denver.pk}/contacts/{theirs.pk}{more}")
    missing = hers.get(f"/a/{denver.pk}/contacts/987654321{more}")

    assert foreign.status_code == missing.status_code == 404
    assert "Dora" not in foreign.content.decode()


def test_the_history(denver: Any, hers: Any, mine: Contact, theirs: Contact) -> None:
    add(NewNote(denver.pk, theirs.pk, "note.written", {"text": "a secret wish"}))

    answer = hers.get(f"/a/{denver.pk}/contacts/{theirs.pk}", {"kind": "note"})
    written = hers.post(f"/a/{denver.pk}/contacts/{theirs.pk}/notes", {"text": "hello"})

    assert (answer.status_code, written.status_code) == (404, 404)
    assert "a secret wish" not in answer.content.decode()


def test_an_export(denver: Any, sally: Any, hers: Any, mine: Contact, theirs: Contact) -> None:
    refused = hers.post(f"/a/{denver.pk}/contacts/export")
    grant(sally, "contacts.export")

    whole = b"".join(hers.post(f"/a/{denver.pk}/contacts/export").streaming_content).decode()
    marked = hers.post(f"/a/{denver.pk}/contacts/act", {"act": "export", "ids": [mine.pk, theirs.pk]})

    assert refused.status_code == 403
    assert "Cleo" in whole
    assert "Dora" not in whole
    assert "Dora" not in b"".join(marked.streaming_content).decode()


def test_a_change_of_many_by_their_ids(denver: Any, hers: Any, mine: Contact, theirs: Contact) -> None:
    given = {"act": "tag", "ids": [mine.pk, theirs.pk], "choice": "vip"}

    asked = hers.post(f"/a/{denver.pk}/contacts/act", given).content.decode()
    hers.post(f"/a/{denver.pk}/contacts/act", given | {"confirmed": "1"})

    assert "This concerns 1 contact." in asked
    assert "Dora" not in asked
    assert mine.contact_tags.count() == 1
    assert theirs.contact_tags.count() == 0


def test_a_change_of_all_that_match(denver: Any, hers: Any, mine: Contact, theirs: Contact) -> None:
    given = {"act": "tag", "all_matching": "1", "choice": "vip"}

    asked = hers.post(f"/a/{denver.pk}/contacts/act", given).content.decode()
    hers.post(f"/a/{denver.pk}/contacts/act", given | {"confirmed": "1"})

    assert "This concerns 1 contact." in asked
    assert (mine.contact_tags.count(), theirs.contact_tags.count()) == (1, 0)


def test_a_change_may_reach_fewer_than_are_seen(
    denver: Any, sally: Any, hers: Any, mine: Contact, theirs: Contact
) -> None:
    """Somebody who sees all but edits only her own is told how many stay as they are."""
    Grant.objects.filter(user=sally).update(withdrawn=["contacts.edit"], visibility="all")
    from hub.db import clock

    Grant.objects.create(
        user=sally,
        account=denver,
        template="affiliate",
        visibility="own",
        extra=["contacts.edit"],
        created_at=clock.now(),
    )

    asked = hers.post(f"/a/{denver.pk}/contacts/act", {"act": "tag", "all_matching": "1"}).content.decode()
    hers.post(f"/a/{denver.pk}/contacts/act", {"act": "tag", "all_matching": "1", "choice": "vip", "confirmed": "1"})

    assert "1 of those you marked stays as it is" in asked
    assert (mine.contact_tags.count(), theirs.contact_tags.count()) == (1, 0)


def test_putting_on_a_plan(denver: Any, hers: Any, mine: Contact, theirs: Contact) -> None:
    plan = make_plan(denver)

    chosen = hers.post(f"/a/{denver.pk}/contacts/act", {"act": "plan", "all_matching": "1"}).url
    key = chosen.partition("chosen=")[2]
    counted = hers.get(f"/a/{denver.pk}/plans/{plan.pk}/enroll", {"chosen": key}).content.decode()

    assert "1 contact would start" in counted


def test_who_is_on_a_private_plan_of_somebody_else(denver: Any, hers: Any, sally: Any, mine: Contact) -> None:
    plan = make_plan(denver)
    enrollment.enroll(plan, [mine.pk], by=ADA)
    changes.edit_plan(plan, {"visibility": "private", "owner": make_user(denver, "member", "olga")}, by=ADA)
    given = {"all_matching": "1", "plan": str(plan.pk), "choice": "found out"}

    page = hers.get(f"/a/{denver.pk}/contacts", {"plan": plan.pk}).content.decode()
    tagged = hers.post(f"/a/{denver.pk}/contacts/act", {"act": "tag", "confirmed": "1", **given})
    handed = hers.post(f"/a/{denver.pk}/contacts/act", {"act": "plan", **given})

    assert "Nobody matches" in page
    assert (tagged.status_code, handed.status_code) == (400, 404)
    assert mine.contact_tags.count() == 0


def test_a_double_of_somebody_elses_contact_is_not_told_of(denver: Any, hers: Any, sally: Any, theirs: Contact) -> None:
    Contact.objects.filter(pk=theirs.pk).update(email_key=theirs.email)

    answer = hers.post(f"/a/{denver.pk}/contacts/new", {"first_name": "Dora", "email": theirs.email, "email_ok": "on"})

    assert answer.status_code == 302
    made = Contact.objects.exclude(pk=theirs.pk).get()
    assert made.assigned_user == sally
    assert hers.get(answer.url).status_code == 200


@pytest.mark.parametrize("path", ["contacts/import", "imports", "imports/1", "imports/1/problems.csv"])
def test_imports_and_their_reports(denver: Any, sally: Any, hers: Any, path: str) -> None:
    without = hers.get(f"/a/{denver.pk}/{path}")
    grant(sally, "contacts.import")

    with_it = hers.get(f"/a/{denver.pk}/{path}")

    assert (without.status_code, with_it.status_code) == (403, 403)
    assert "Only somebody who sees all contacts" in with_it.content.decode()


def test_saved_filters_are_ones_own(denver: Any, browser: Any, hers: Any) -> None:
    browser.post(f"/a/{denver.pk}/contacts/filters?q=gold", {"name": "Gold members"})

    assert "Gold members" in browser.get(f"/a/{denver.pk}/contacts").content.decode()
    assert "Gold members" not in hers.get(f"/a/{denver.pk}/contacts").content.decode()
    assert "Gold members" not in hers.get(f"/a/{denver.pk}/contacts/filters").content.decode()
