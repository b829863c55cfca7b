"""A step that sets what an account above keeps says so: which account, and who can change it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from hub.accounts import changes as accounts
from hub.accounts.locks import SUBJECTS
from hub.audit.actor import SYSTEM
from hub.plans import versions
from hub.users.models import User
from tests.engine.world import World, make_world
from tests.support.people import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> Iterator[World]:
    with make_world(beneath="Head office") as made:
        versions.draft_for_editing(made.plan, by=SYSTEM)
        yield made


@pytest.mark.parametrize(
    ("kind", "locked", "told"),
    [
        (
            "steps.set_sales_cycle",
            "sales_cycle",
            "Head office keeps the sales cycle for the accounts beneath; an admin there",
        ),
        ("steps.add_tags", "tags", "Head office keeps the tags: only tags of that list can be added."),
        ("steps.note", "sales_cycle", ""),
    ],
)
def test_a_step_says_who_keeps_the_list_that_it_sets(
    world: World, enter: Callable[[User], Client], kind: str, locked: str, told: str
) -> None:
    owner = enter(make_user(world.account, "owner"))
    address = f"/a/{world.account.pk}/plans/{world.plan.pk}/edit/steps/new?type={kind}"
    before = owner.get(address).content.decode()

    accounts.lock(world.account.parent, locked, by=SYSTEM)
    page = owner.get(address).content.decode()

    assert locked in SUBJECTS
    assert "Head office keeps" not in before
    assert ("Head office keeps" in page) is bool(told)
    assert told in page
