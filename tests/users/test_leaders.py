"""Who is told of what happens in an account: people whose role counts there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.audit.actor import SYSTEM
from hub.db import clock
from hub.users import changes, leaders
from hub.users.models import User
from tests.support.people import Tree, make_user


def moved(user: User, tree: Tree) -> User:
    """From account a1 to the one above it."""
    for grant in user.grants.all():
        changes.take(grant, by=SYSTEM)
    changes.give(user, tree.a, "standard", by=SYSTEM)
    return user


def test_those_in_charge_of_an_account_without_an_admin_are_those_of_the_nearest_whose_role_reaches_it(
    tree: Tree,
) -> None:
    owner = make_user(tree.e1, "owner", reach="subtree")
    regional = make_user(tree.a, "admin")
    make_user(tree.e1, "admin", reach="children")

    assert leaders.in_charge(tree.a1.pk) == (owner.pk,)

    nearer = make_user(tree.a, "admin", reach="children")

    assert leaders.in_charge(tree.a1.pk) == (nearer.pk,)
    assert leaders.in_charge(tree.a.pk) == (regional.pk, nearer.pk)


@pytest.mark.parametrize("reach", ["here", "children", "subtree"])
def test_who_was_moved_to_the_account_above_reads_on_only_where_the_new_role_reaches_down(
    tree: Tree, reach: str
) -> None:
    user = make_user(tree.a1)
    owner = make_user(tree.e1, "owner", reach="subtree")
    moved(user, tree).grants.update(reach=reach)

    assert leaders.first_here(tree.a1.pk, [user.pk]) == ((owner.pk,) if reach == "here" else (user.pk,))


def test_a_role_that_has_ended_counts_no_more(tree: Tree) -> None:
    owner = make_user(tree.e1, "owner", reach="subtree")
    guest, admin = make_user(tree.a), make_user(tree.a, "admin")
    for one in (guest, admin):
        one.grants.update(ends_at=clock.now() - timedelta(seconds=1))

    assert leaders.first_here(tree.a.pk, [guest.pk]) == (owner.pk,)
