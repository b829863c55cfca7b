"""The tree and its switch."""

from __future__ import annotations

import pytest

from hub.accounts import changes, reads
from hub.accounts.models import Account, Switch
from hub.audit.actor import SYSTEM
from hub.audit.models import AuditRow
from hub.db.errors import Invalid, NotFound
from tests.support.people import Tree, make_account, make_tree

pytestmark = pytest.mark.django_db


def test_the_tree_grows_to_any_depth_and_knows_its_ways() -> None:
    deepest = make_account("0")
    for number in range(1, 40):
        deepest = make_account(str(number), deepest)

    assert deepest.depth == 39
    assert [one.name for one in reads.ancestors(deepest)] == [str(number) for number in range(39)]
    root = reads.get(deepest.ancestor_ids[0])
    assert reads.subtree(root).count() == 40
    assert reads.subtree(deepest).get() == deepest


def test_an_account_is_new_for_thirty_days_unless_it_is_established() -> None:
    new, old = (changes.create("A", by=SYSTEM, established=established) for established in (False, True))

    assert new.link_screening_until == new.created_at + changes.NEW
    assert old.link_screening_until is None


def test_a_subtree_is_not_confused_by_ids_that_begin_alike() -> None:
    """Path /1/ must not find /12/; twelve roots and one child each."""
    roots = [make_account(f"r{number}") for number in range(12)]
    for root in roots:
        make_account("child", root)

    assert all(reads.subtree(root).count() == 2 for root in roots)


def test_a_new_account_is_active_and_takes_zone_and_country_from_above() -> None:
    root = make_account("Root", time_zone="America/Denver", country="US")

    child = make_account("Child", root)

    assert (child.time_zone, child.country) == ("America/Denver", "US")
    assert reads.is_active(child.pk)
    assert AuditRow.objects.filter(verb="created", account_id=child.pk).exists()


def test_what_changed_is_written_with_before_and_after() -> None:
    account = make_account("Acme")

    changes.edit(account, {"company": "Acme Inc.", "email": ""}, by=SYSTEM)

    row = AuditRow.objects.get(verb="edited")
    assert row.data == {"changed": {"company": ["", "Acme Inc."]}}
    assert reads.get(account.pk).company == "Acme Inc."


def test_a_wrong_field_changes_nothing() -> None:
    account = make_account("Acme")

    with pytest.raises(Invalid):
        changes.edit(account, {"company": "New", "phone": "1"}, by=SYSTEM)

    assert reads.get(account.pk).company == ""
    assert not AuditRow.objects.filter(verb="edited").exists()


def test_what_operators_set_is_not_set_by_a_form() -> None:
    account = make_account("Acme")

    with pytest.raises(Invalid) as refused:
        changes.edit(account, {"secure": False, "locked_at": None, "parent_id": 7}, by=SYSTEM)

    assert set(refused.value.fields) == {"secure", "locked_at", "parent_id"}


def test_pausing_moves_the_switch_once_and_unpausing_moves_it_back() -> None:
    account = reads.get(make_account("Acme").pk)

    assert changes.pause(account, by=SYSTEM)
    assert not changes.pause(account, by=SYSTEM)
    assert account.is_paused
    assert not reads.is_active(account.pk)

    assert changes.unpause(account, by=SYSTEM)
    assert reads.is_active(account.pk)
    verbs = AuditRow.objects.filter(account_id=account.pk).order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["created", "paused", "unpaused"]


def test_pausing_leaves_the_account_row_alone(django_assert_num_queries) -> None:
    """The engine's barrier is the switch row; the account row is edited freely meanwhile."""
    account = make_account("Acme")
    before = Account.objects.values().get(pk=account.pk)

    changes.pause(account, by=SYSTEM)

    assert Account.objects.values().get(pk=account.pk) == before
    assert Switch.objects.get(account=account).status == "paused"


def test_a_lock_reaches_as_far_as_its_subject_does_unless_told_otherwise() -> None:
    tree = make_tree()

    assert changes.lock(tree.e1, "sales_cycle", by=SYSTEM).reach == "children"
    assert changes.lock(tree.e1, "lead_sources", by=SYSTEM).reach == "subtree"
    assert changes.lock(tree.e1, "sales_cycle", by=SYSTEM, reach="subtree").reach == "subtree"
    assert reads.own_locks(tree.e1).count() == 2


@pytest.mark.parametrize(("subject", "reach"), [("weather", None), ("tags", "galaxy")])
def test_a_lock_of_nothing_or_to_nowhere_is_refused(subject: str, reach: str | None) -> None:
    with pytest.raises(Invalid):
        changes.lock(make_account(), subject, by=SYSTEM, reach=reach)


def test_unlocking_gives_it_back() -> None:
    tree = make_tree()
    changes.lock(tree.e1, "tags", by=SYSTEM)

    assert changes.unlock(tree.e1, "tags", by=SYSTEM)
    assert not changes.unlock(tree.e1, "tags", by=SYSTEM)
    assert reads.place(tree.a).locks == ()


def closed(tree: Tree) -> str:
    """Which of the tree's accounts are closed: their names."""
    rows = [tree.e1, tree.a, tree.a1, tree.b, tree.e2]
    shut = reads.closed(row.pk for row in rows)
    return " ".join(row.name for row in rows if row.pk in shut)


def test_a_lock_shuts_all_that_lies_beneath_and_nothing_beside() -> None:
    tree = make_tree()

    changes.lock_login(tree.a, by=SYSTEM)
    assert closed(tree) == "A a1"
    assert reads.get(tree.a1.pk).is_locked
    assert reads.get(tree.a1.pk).locked_at is None

    changes.unlock_login(tree.a, by=SYSTEM)
    assert closed(tree) == ""


def test_of_two_locks_one_above_the_other_each_lasts_until_it_is_taken_away() -> None:
    tree = make_tree()
    changes.lock_login(tree.a1, by=SYSTEM)
    changes.lock_login(tree.e1, by=SYSTEM)
    assert closed(tree) == "E1 A a1 B"

    changes.unlock_login(tree.a1, by=SYSTEM)
    assert closed(tree) == "E1 A a1 B"

    changes.lock_login(tree.a, by=SYSTEM)
    changes.unlock_login(tree.e1, by=SYSTEM)
    assert closed(tree) == "A a1"
    assert reads.locked_at_account(tree.a1.pk) == tree.a.pk


def test_an_account_beneath_a_locked_one_is_born_locked() -> None:
    tree = make_tree()
    changes.lock_login(tree.a, by=SYSTEM)

    beneath, beside = make_account("new", tree.a1), make_account("new", tree.b)

    assert reads.closed([beneath.pk, beside.pk]) == {beneath.pk}
    changes.unlock_login(tree.a, by=SYSTEM)
    assert reads.closed([beneath.pk]) == set()


def test_a_pause_and_a_lock_do_not_take_each_other_away() -> None:
    tree = make_tree()
    changes.pause(tree.a1, by=SYSTEM)
    changes.lock_login(tree.a, by=SYSTEM)

    changes.unlock_login(tree.a, by=SYSTEM)

    assert closed(tree) == "a1"
    assert reads.get(tree.a1.pk).is_paused


def test_who_locks_with_an_old_row_in_hand_keeps_the_first_lock() -> None:
    account = make_account()
    old = reads.get(account.pk)
    changes.lock_login(account, by=SYSTEM)
    first = reads.get(account.pk).locked_at

    changes.lock_login(old, by=SYSTEM)
    assert reads.get(account.pk).locked_at == first

    never_seen_locked = make_account()
    changes.lock_login(reads.get(never_seen_locked.pk), by=SYSTEM)
    changes.unlock_login(never_seen_locked, by=SYSTEM)
    assert reads.closed([never_seen_locked.pk]) == set()


def test_a_place_is_the_account_as_the_checks_see_it(django_assert_num_queries) -> None:
    tree = make_tree()
    changes.lock(tree.e1, "tags", by=SYSTEM)
    changes.lock(tree.e1, "brand", by=SYSTEM)
    changes.lock_login(tree.a, by=SYSTEM)

    with django_assert_num_queries(2):
        place = reads.place(tree.a1.pk)

    assert place.ancestors == (tree.e1.pk, tree.a.pk)
    assert {(lock.subject, lock.account_name) for lock in place.locks} == {("tags", "E1"), ("brand", "E1")}
    assert place.locked
    assert not place.paused
    assert not reads.place(tree.b).locked
    assert reads.place(tree.e1).enterprise


@pytest.mark.parametrize("account_id", [0, -5, 10**40, 424_242])
def test_an_account_that_is_not_there_is_not_found(account_id: int) -> None:
    with pytest.raises(NotFound):
        reads.get(account_id)
