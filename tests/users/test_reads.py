"""Who holds what, and where it reaches."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from hub.accounts import changes as account_changes
from hub.accounts import reads as accounts
from hub.audit.actor import SYSTEM
from hub.db import clock
from hub.db.errors import NotFound, Refused
from hub.users import changes, guard, reads
from hub.users.facts import Record
from hub.users.models import Grant, User
from hub.web import context
from tests.support.people import Tree, make_user


def test_a_principal_is_drawn_in_one_query(tree: Tree, django_assert_num_queries) -> None:
    user = make_user(tree.a, "admin")
    shown = make_user(tree.a, "sales")

    with django_assert_num_queries(1):
        principal = reads.principal_of(user, shown=shown)

    assert [grant.template for grant in principal.grants] == ["admin"]
    assert principal.shown is not None
    assert [grant.template for grant in principal.shown.grants] == ["sales"]


def test_reachable_accounts_are_the_tree_of_the_switcher(tree: Tree) -> None:
    enterprise = make_user(tree.e1, "admin", reach="subtree")
    above = make_user(tree.e1, "admin", reach="children")
    branch = make_user(tree.a, "standard")
    nobody = make_user(tree.a)
    changes.take(Grant.objects.get(user=nobody), by=SYSTEM)

    def names(user: User) -> list[str]:
        return [one.name for one in reads.reachable_accounts(reads.principal_of(user))]

    assert names(enterprise) == ["E1", "A", "a1", "B"]
    assert names(above) == ["E1", "A", "B"]
    assert names(branch) == ["A"]
    assert names(nobody) == []


def test_the_switcher_costs_a_page_one_question_and_its_lines_none(tree: Tree, django_assert_num_queries) -> None:
    principal = reads.principal_of(make_user(tree.e1, "admin", reach="subtree"))
    request: Any = SimpleNamespace(principal=principal, now=clock.now(), account=accounts.get(tree.e1.pk))

    with django_assert_num_queries(1):
        nodes = context.nodes(request)

    assert [(one.name, one.state, one.current) for one in nodes] == [
        ("E1", "active", True), ("A", "active", False), ("a1", "active", False), ("B", "active", False),
    ]  # fmt: skip


def test_an_operator_reaches_every_tree(tree: Tree) -> None:
    operator = make_user(tree.a, "standard")
    changes.give(operator, None, "operator", by=SYSTEM, reach="subtree")

    names = [one.name for one in reads.reachable_accounts(reads.principal_of(operator))]

    assert names == ["E1", "A", "a1", "B", "E2"]


def test_users_of_an_account_are_those_placed_there(tree: Tree) -> None:
    here = make_user(tree.a)
    make_user(tree.b)

    assert list(reads.users_of(tree.a)) == [here]


@pytest.mark.parametrize("user_id", [0, -1, 10**30, 999_999])
def test_a_missing_user_and_a_foreign_one_get_the_same_answer(tree: Tree, user_id: int) -> None:
    foreign = make_user(tree.b)

    with pytest.raises(NotFound) as missing:
        reads.get(tree.a, user_id)
    with pytest.raises(NotFound) as not_ours:
        reads.get(tree.a, foreign.pk)

    assert str(missing.value) == str(not_ours.value)


class TestGuard:
    def test_what_is_allowed_goes_on(self, tree: Tree) -> None:
        principal = reads.principal_of(make_user(tree.e1, "admin", reach="subtree"))

        assert guard.check(principal, "contacts.view", tree.a1)

    def test_a_foreign_account_and_a_missing_one_get_the_same_answer(self, tree: Tree) -> None:
        principal = reads.principal_of(make_user(tree.a, "owner"))

        with pytest.raises(NotFound) as foreign:
            guard.check(principal, "contacts.view", tree.b.pk)
        with pytest.raises(NotFound) as missing:
            guard.check(principal, "contacts.view", 999_999)

        assert str(foreign.value) == str(missing.value)

    def test_a_refusal_says_what_who_and_next(self, tree: Tree) -> None:
        principal = reads.principal_of(make_user(tree.a, "standard"))

        with pytest.raises(Refused) as refused:
            guard.check(principal, "plans.edit", tree.a)

        assert refused.value.reason == "grants.missing"
        assert refused.value.sentence == (
            "You may not edit action plans. An owner or admin of A can change that. Ask them, if you need it."
        )

    def test_a_change_of_role_counts_on_the_next_request(self, tree: Tree) -> None:
        user = make_user(tree.a, "admin")
        assert guard.check(reads.principal_of(user), "plans.edit", tree.a)

        changes.change_role(Grant.objects.get(user=user), template="standard", by=SYSTEM)

        with pytest.raises(Refused):
            guard.check(reads.principal_of(user), "plans.edit", tree.a)

    def test_locks_of_the_tree_are_seen(self, tree: Tree) -> None:
        admin = reads.principal_of(make_user(tree.a1, "admin"))
        above = reads.principal_of(make_user(tree.e1, "admin", reach="subtree"))
        account_changes.lock(tree.e1, "contact_deletion", by=SYSTEM)

        with pytest.raises(Refused, match="Contact deletion is locked by E1"):
            guard.check(admin, "contacts.delete", tree.a1)
        assert guard.check(above, "contacts.delete", tree.a1)

    def test_a_lock_on_the_enterprise_shuts_everything_beneath(self, tree: Tree) -> None:
        owner = reads.principal_of(make_user(tree.a1, "owner"))
        account_changes.lock_login(tree.e1, by=SYSTEM)

        with pytest.raises(Refused, match="locked"):
            guard.check(owner, "account.enter", tree.a1)

        account_changes.unlock_login(tree.e1, by=SYSTEM)
        assert guard.check(owner, "account.enter", tree.a1)

    def test_people_records_carry_their_rank(self, tree: Tree) -> None:
        admin, owner = make_user(tree.a, "admin"), make_user(tree.a, "owner")
        place = accounts.place(tree.a)

        assert reads.record_of(owner, place) == Record("user", owner_id=str(owner.pk), rank=100)
        with pytest.raises(Refused, match="owner"):
            guard.check(reads.principal_of(admin), "users.change_role", place, reads.record_of(owner, place))


def test_a_team_is_everybody_placed_at_the_account(tree: Tree) -> None:
    one, two = make_user(tree.a, "manager"), make_user(tree.a, "sales")
    make_user(tree.b, "sales")

    assert reads.team_ids(tree.a) == {one.pk, two.pk}
