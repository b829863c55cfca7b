"""A step that sets what an account above keeps says so: which account, and who can change it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import transaction
from django.test import Client

from hub.accounts import changes as accounts
from hub.audit.actor import SYSTEM
from hub.plans import versions
from hub.users.models import User
from tests.engine.world import World, make_world
from tests.support.people import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> Iterator[World]:
    with make_world(beneath="Head office") as made:
        with transaction.atomic():
            versions.draft_for_editing(made.plan, by=SYSTEM)
        yield made


TOLD = {
    "steps.set_sales_cycle": "Head office keeps the sales cycle for the accounts beneath; an admin there can change it.",
    "steps.add_tags": "Head office keeps the tags: only tags of that list can be added. An admin there can add to it.",
    "steps.note": "",
}
"""Kind of step → what is said beside it while both lists are locked."""


def test_a_step_says_who_keeps_the_list_that_it_sets(world: World, enter: Callable[[User], Client]) -> None:
    owner = enter(make_user(world.account, "owner"))
    new = f"/a/{world.account.pk}/plans/{world.plan.pk}/edit/steps/new?type="
    free = [owner.get(new + kind).content.decode() for kind in TOLD]

    with transaction.atomic():
        for locked in ("sales_cycle", "tags"):
            accounts.lock(world.account.parent, locked, by=SYSTEM)
    pages = {kind: owner.get(new + kind).content.decode() for kind in TOLD}

    assert "Head office keeps" not in "".join(free)
    for kind, told in TOLD.items():
        assert told in pages[kind]
        assert pages[kind].count("Head office keeps") == bool(told)
