"""A vendor's id for a contact is remembered, and belongs to one contact of the account."""

from __future__ import annotations

import pytest

from hub.accounts.models import Account
from hub.audit.models import AuditRow
from hub.contacts import facts, linking
from hub.contacts.incoming import Incoming, Policy
from hub.contacts.intake import intake
from hub.contacts.models import Contact, ExternalId
from tests.contacts.door import ANN, CSV
from tests.support.people import make_account

pytestmark = pytest.mark.django_db

CLUB = Policy(source="clubready", told_as="ClubReady")


def somebody(account: Account, name: str) -> int:
    return intake(
        account, Incoming({"first_name": name, "email": f"{name}@example.com"}), by=ANN, policy=CSV
    ).contact_id


def links() -> set[tuple[int, str, str]]:
    return set(ExternalId.objects.values_list("contact_id", "source", "value"))


def test_who_was_linked_is_known_when_the_vendor_brings_them_in(account: Account) -> None:
    ada = somebody(account, "ada")

    assert linking.link(account, "clubready", [(ada, "604")], by=ANN) == [""]
    came = intake(account, Incoming({"first_name": "Ada", "email": "new@example.com"}, "604"), by=ANN, policy=CLUB)

    assert (came.contact_id, Contact.objects.count()) == (ada, 1)
    assert AuditRow.objects.filter(verb="linked").count() == 1


def test_linking_twice_changes_nothing(account: Account) -> None:
    ada = somebody(account, "ada")

    problems = [linking.link(account, "clubready", [(ada, "604")], by=ANN) for _ in range(2)]

    assert problems == [[""], [""]]
    assert links() == {(ada, "clubready", "604")}


def test_an_id_stays_with_whom_it_belongs_to_and_the_answer_names_them(account: Account) -> None:
    ada, bea = somebody(account, "ada"), somebody(account, "bea")
    linking.link(account, "clubready", [(ada, "604")], by=ANN)

    (problem,) = linking.link(account, "clubready", [(bea, "604")], by=ANN)

    assert f"knows contact {ada} of this account under the same id" in problem
    assert links() == {(ada, "clubready", "604")}


def test_two_of_one_batch_with_one_id_are_not_both_linked(account: Account) -> None:
    ada, bea = somebody(account, "ada"), somebody(account, "bea")

    problems = linking.link(account, "clubready", [(ada, "604"), (bea, "604")], by=ANN)

    assert [bool(problem) for problem in problems] == [False, True]


def test_a_contact_that_is_gone_or_another_account_s_is_not_linked(account: Account) -> None:
    elsewhere = make_account("Elsewhere")
    theirs = somebody(elsewhere, "ada")

    problems = linking.link(account, "clubready", [(theirs, "604"), (999_999, "605")], by=ANN)

    assert problems == ["The contact is gone."] * 2
    assert links() == set()


def test_another_add_on_s_link_is_its_own(account: Account) -> None:
    ada = somebody(account, "ada")
    linking.link(account, "clubready", [(ada, "604"), (ada, "700")], by=ANN)

    assert facts.linked([(ada, "clubready"), (ada, "larkline")]) == {(ada, "clubready"): "700"}
