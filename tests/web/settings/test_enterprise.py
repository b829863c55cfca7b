"""Enterprise settings: what is told before a lock is set, how far it reaches, and what is shown where it binds."""

from __future__ import annotations

from typing import Any

import pytest

from hub.accounts import changes as accounts
from hub.accounts import reads
from hub.accounts.models import Account, Lock
from hub.audit.actor import SYSTEM
from hub.contacts import list_changes, lists
from hub.engine import release
from tests.support.people import Tree, make_user

pytestmark = pytest.mark.django_db


def at(account: Account, more: str) -> str:
    return f"/a/{account.pk}/settings/{more}"


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_before_a_list_is_locked_people_read_what_is_lost_what_stays_and_for_how_many(tree: Tree, enter: Any) -> None:
    list_changes.add_lead_source(tree.a1, "Walk-in", by=SYSTEM)
    browser = enter(make_user(tree.e1, "owner"))

    asked = text(browser.get(at(tree.e1, "locks/lead_sources")))

    assert "Local flexibility is lost" in asked
    assert "Accounts beneath cannot add, rename or hide lead sources." in asked
    assert "1 lead source of their own stays in use, marked as local" in asked
    assert ("(2 accounts)" in asked, "(3 accounts)" in asked) == (True, True)
    assert not Lock.objects.exists()


def test_a_lock_reaches_as_far_as_was_chosen_and_otherwise_as_its_subject_proposes(tree: Tree, enter: Any) -> None:
    browser = enter(make_user(tree.e1, "admin"))

    told = text(browser.post(at(tree.e1, "locks/lead_sources"), {"on": "1", "reach": "children"}, follow=True))
    browser.post(at(tree.e1, "locks/sales_cycle"), {"on": "1"})
    browser.post(at(tree.e1, "locks/tags"), {"on": "1"})

    assert "Lead sources: locked for 2 accounts." in told
    assert "Locked for the accounts directly beneath" in told
    reaches = dict(Lock.objects.values_list("subject", "reach"))
    assert reaches == {"lead_sources": "children", "sales_cycle": "children", "tags": "subtree"}


def test_a_reach_that_is_none_locks_nothing(tree: Tree, enter: Any) -> None:
    answer = enter(make_user(tree.e1, "owner")).post(at(tree.e1, "locks/tags"), {"on": "1", "reach": "everybody"})

    assert answer.status_code == 422
    assert not Lock.objects.exists()


@pytest.mark.parametrize("role", ["standard", "sales"])
def test_only_owner_and_admins_see_and_set_them(tree: Tree, enter: Any, role: str) -> None:
    browser = enter(make_user(tree.e1, role))

    assert browser.get(at(tree.e1, "locks")).status_code == 403
    assert browser.post(at(tree.e1, "locks/tags"), {"on": "1"}).status_code == 403
    assert not Lock.objects.exists()


def test_the_tab_is_for_whoever_has_accounts_beneath(tree: Tree, enter: Any) -> None:
    shown = {
        account.name: "Enterprise settings" in text(enter(make_user(account, "owner")).get(at(account, "account")))
        for account in (tree.e1, tree.a, tree.a1)
    }

    assert shown == {"E1": True, "A": True, "a1": False}


# --- where it binds -----------------------------------------------------------------------------------------------


def test_a_locked_list_is_shown_with_who_may_change_it_and_cannot_be_changed(tree: Tree, enter: Any) -> None:
    list_changes.add_lead_source(tree.e1, "Fair", by=SYSTEM)
    mine = list_changes.add_lead_source(tree.a, "Walk-in", by=SYSTEM)
    accounts.lock(tree.e1, "lead_sources", by=SYSTEM)
    browser = enter(make_user(tree.a, "owner"))

    shown = text(browser.get(at(tree.a, "lists")))

    assert "E1 keeps this list for the accounts beneath; an admin there can change it." in shown
    assert ("Fair" in shown, "kept while the list is locked" in shown) == (True, True)
    assert "Add lead source" not in shown
    assert "Add stage" in shown  # the sales cycle is not locked
    for more, given in (("", {"name": "New"}), (f"/{mine.pk}", {"name": "Other"}), (f"/{mine.pk}", {"hidden": "1"})):
        assert browser.post(at(tree.a, f"lists/lead-sources{more}"), given).status_code == 403


def test_lists_are_kept_by_those_whose_they_are(tree: Tree, enter: Any) -> None:
    browser = enter(make_user(tree.a, "admin"))

    for name in ("Walk-in", "Web"):
        browser.post(at(tree.a, "lists/lead-sources"), {"name": name})
    for name in ("New", "Won"):
        browser.post(at(tree.a, "lists/sales-cycle"), {"name": name})
    twice = text(browser.post(at(tree.a, "lists/lead-sources"), {"name": "web"}, follow=True))
    in_force = lists_of(tree.a)
    alone = text(browser.get(at(tree.a, f"lists/sales-cycle/{in_force['Won']}")))
    browser.post(at(tree.a, f"lists/sales-cycle/{in_force['Won']}"), {"up": "1"})
    browser.post(at(tree.a, f"lists/sales-cycle/{in_force['Won']}"), {"name": "Client"})
    browser.post(at(tree.a, f"lists/lead-sources/{in_force['Web']}"), {"hidden": "1"})
    browser.post(at(tree.a, f"lists/sales-cycle/{in_force['New']}/remove"))

    assert "This is taken." in twice
    assert ('value="Won"' in alone, "0 contacts have it." in alone) == (True, True)
    assert list(lists_of(tree.a)) == ["Walk-in", "Web", "Client"]
    assert "Not offered" in text(browser.get(at(tree.a, "lists")))


def lists_of(account: Account) -> dict[str, int]:
    return {
        choice.name: choice.id for choice in (*lists.lead_sources(account, hidden=True), *lists.sales_cycles(account))
    }


def test_another_account_s_entry_is_not_found(tree: Tree, enter: Any) -> None:
    theirs = list_changes.add_lead_source(tree.b, "Walk-in", by=SYSTEM)

    browser, where = enter(make_user(tree.a, "owner")), at(tree.a, f"lists/lead-sources/{theirs.pk}")

    assert browser.post(where, {"name": "Mine"}).status_code == 404
    assert browser.get(where).status_code == 404


def test_a_value_that_waits_is_placed_for_all_its_contacts(tree: Tree, enter: Any) -> None:
    from hub.contacts.incoming import Incoming, Policy
    from hub.contacts.intake import intake
    from hub.contacts.models import Contact

    fair = list_changes.add_lead_source(tree.e1, "Fair", by=SYSTEM)
    accounts.lock(tree.e1, "lead_sources", by=SYSTEM)
    for name in ("ada", "bea"):
        who = Incoming({"first_name": name, "email": f"{name}@example.com"}, lead_source="Trade show")
        intake(tree.a, who, by=SYSTEM, policy=Policy(source="csv", told_as="people.csv"))
    browser = enter(make_user(tree.a, "admin"))

    waiting = text(browser.get(at(tree.a, "lists")))
    given = {"field": "lead_source", "value": "Trade show", "choice": str(fair.pk)}
    browser.post(at(tree.a, "lists/waiting"), given)

    assert ("Trade show" in waiting, "2 contacts" in waiting) == (True, True)
    assert set(Contact.objects.values_list("lead_source_id", flat=True)) == {fair.pk}
    assert "Trade show" not in text(browser.get(at(tree.a, "lists")))


# --- an account beneath is shut -----------------------------------------------------------------------------------


def test_before_an_account_beneath_is_locked_people_read_what_stops(tree: Tree, enter: Any) -> None:
    make_user(tree.a, "owner")
    browser = enter(make_user(tree.e1, "owner"))

    asked = text(browser.get(at(tree.e1, f"sub-accounts/{tree.a.pk}/lock")))

    assert "1 user cannot sign in any more" in asked
    assert "The same for 1 account beneath it." in asked
    assert not reads.get(tree.a.pk).is_locked


def test_a_locked_account_shuts_its_people_out_until_it_is_unlocked(tree: Tree, enter: Any) -> None:
    insider = enter(make_user(tree.a1, "owner"))
    browser = enter(make_user(tree.e1, "owner"))

    browser.post(at(tree.e1, f"sub-accounts/{tree.a.pk}/lock"))
    out = insider.get(f"/a/{tree.a1.pk}/").status_code
    shown = text(browser.get(at(tree.e1, "sub-accounts")))
    told = text(browser.post(at(tree.e1, f"sub-accounts/{tree.a.pk}/unlock"), follow=True))

    assert out != 200
    assert ("Unlock A" in shown, "Lock B…" in shown) == (True, True)
    assert "A is open again." in told
    assert insider.get(at(tree.a1, "account")).status_code == 200
    assert release.sweep() == 0


def test_what_an_operator_has_locked_is_not_unlocked_from_above(tree: Tree, enter: Any) -> None:
    accounts.lock_login(tree.a, by=SYSTEM)
    browser = enter(make_user(tree.e1, "owner"))

    assert "Unlock A" not in text(browser.get(at(tree.e1, "sub-accounts")))
    assert browser.post(at(tree.e1, f"sub-accounts/{tree.a.pk}/unlock")).status_code == 403
    assert reads.get(tree.a.pk).is_locked


@pytest.mark.parametrize("which", ["a1", "e2", "e1"])
def test_only_an_account_directly_beneath_can_be_locked_from_here(tree: Tree, enter: Any, which: str) -> None:
    other = getattr(tree, which)

    answer = enter(make_user(tree.e1, "owner")).post(at(tree.e1, f"sub-accounts/{other.pk}/lock"))

    assert answer.status_code == 404
    assert not reads.get(other.pk).is_locked
