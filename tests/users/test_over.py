"""Whoever sets somebody's password can be them: so it is done only by those who may do as much, wherever the other may."""

from __future__ import annotations

from typing import Any

import pytest

from hub.audit.actor import SYSTEM
from hub.db.errors import Refused
from hub.users import changes, guard, reads
from hub.users.models import Grant, User
from tests.support.people import Tree, make_tree, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def tree() -> Tree:
    return make_tree()


def admin(tree: Tree, **more: Any) -> User:
    """An admin of A, whose grant has something more."""
    user = make_user(tree.a, "admin")
    if more:
        Grant.objects.filter(user=user).update(**more)
    return user


def over(who: User, user: User) -> str:
    """Why not, or an empty text."""
    try:
        guard.check_over(reads.principal_of(who), user)
    except Refused as refused:
        return refused.reason
    return ""


def test_an_admin_is_over_another_one_and_over_those_beneath(tree: Tree) -> None:
    assert over(admin(tree), admin(tree)) == ""
    assert over(admin(tree), make_user(tree.a, "standard")) == ""


def test_but_not_over_one_who_was_given_billing_or_the_secure_flag(tree: Tree) -> None:
    assert over(admin(tree), admin(tree, extra=["billing.edit"])) == "users.above"
    assert over(admin(tree), admin(tree, secure=True)) == "users.above"


def test_the_owner_is_and_so_is_who_was_given_the_same(tree: Tree) -> None:
    richer = admin(tree, extra=["billing.edit"])

    assert over(make_user(tree.a, "owner"), richer) == ""
    assert over(admin(tree, extra=["billing.edit"]), richer) == ""


def test_nobody_is_over_somebody_who_reaches_further_or_works_elsewhere(tree: Tree) -> None:
    further, elsewhere = admin(tree, reach="subtree"), make_user(tree.a, "standard")
    changes.give(elsewhere, tree.e2, "sales", by=SYSTEM)

    assert over(admin(tree), further) == "users.elsewhere"
    assert over(admin(tree), elsewhere) == "users.elsewhere"
