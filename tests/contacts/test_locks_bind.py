"""A lock from above binds everybody and every way in, as far as it reaches and no further (R049, R052–R056, R059)."""

from __future__ import annotations

import pytest

from hub.accounts import changes as accounts
from hub.accounts import reads as places
from hub.audit.actor import Actor
from hub.contacts import applying, changes, list_changes, lists
from hub.contacts.models import Contact
from hub.core.changes import SetSalesCycle
from hub.db import clock
from hub.db.errors import Refused
from hub.users import guard, reads
from tests.contacts.door import ANN
from tests.support.people import Tree, make_tree, make_user

pytestmark = pytest.mark.django_db

PLAN = Actor("plugin", "steps", "Welcome")


@pytest.fixture
def tree() -> Tree:
    return make_tree()


def contact_of(account: object) -> Contact:
    now = clock.now()
    return Contact.objects.create(account=account, first_name="Ada", created_at=now, updated_at=now)


def test_a_locked_sales_cycle_binds_children_and_neither_grandchildren_nor_siblings_nor_the_one_who_locked(
    tree: Tree,
) -> None:
    accounts.lock(tree.a, "sales_cycle", by=ANN)

    bound = {}
    for account in (tree.e1, tree.a, tree.a1, tree.b, tree.e2):
        try:
            list_changes.add_sales_cycle(account, "New", by=ANN)
            bound[account.name] = False
        except Refused:
            bound[account.name] = True

    assert bound == {"E1": False, "A": False, "a1": True, "B": False, "E2": False}


def test_a_sales_cycle_locked_at_the_top_leaves_grandchildren_free_unless_it_reaches_them(tree: Tree) -> None:
    accounts.lock(tree.e1, "sales_cycle", by=ANN)
    free = lists.of(tree.a1).locked("sales_cycle") is None
    accounts.lock(tree.e1, "sales_cycle", reach="subtree", by=ANN)

    assert free
    assert lists.of(tree.a1).locked("sales_cycle") is not None


@pytest.mark.parametrize("role", ["owner", "admin"])
@pytest.mark.parametrize("where", ["a", "a1"])
def test_nobody_beneath_deletes_contacts_whatever_their_role(tree: Tree, role: str, where: str) -> None:
    account = getattr(tree, where)
    principal = reads.principal_of(make_user(account, role))
    place = places.place(account)
    before = guard.may(principal, "contacts.delete", place)

    accounts.lock(tree.e1, "contact_deletion", by=ANN)

    assert before
    assert not guard.may(principal, "contacts.delete", places.place(account))


def test_no_way_in_archives_under_the_lock(tree: Tree) -> None:
    from hub.contacts.query import ContactQuery
    from hub.contacts.visibility import EVERYTHING

    row = contact_of(tree.a1)
    accounts.lock(tree.e1, "contact_deletion", by=ANN)

    for archive in (
        lambda: changes.archive(tree.a1, EVERYTHING, row.pk, by=ANN),
        lambda: changes.archive_many(tree.a1, EVERYTHING, ContactQuery(), by=ANN),
    ):
        with pytest.raises(Refused) as refused:
            archive()
        assert "E1" in refused.value.sentence
    row.refresh_from_db()
    assert row.archived_at is None


def test_a_step_sets_the_stages_of_the_one_who_locked_and_no_local_one(tree: Tree) -> None:
    local = list_changes.add_sales_cycle(tree.a, "Local", by=ANN)
    theirs = list_changes.add_sales_cycle(tree.e1, "Theirs", by=ANN)
    accounts.lock(tree.e1, "sales_cycle", by=ANN)
    row = contact_of(tree.a)
    wanted = [(row.pk, SetSalesCycle(sales_cycle=str(stage.pk))) for stage in (theirs, local)]

    good, refused = applying.apply(tree.a, wanted, by=PLAN)

    assert good == ""
    assert refused == "E1 keeps the sales cycle, and this stage is not in it. Choose one of its stages in the plan."
    row.refresh_from_db()
    assert row.sales_cycle_id == theirs.pk
