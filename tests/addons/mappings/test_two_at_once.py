"""Two people at once: a choice gets one lead source, and a mapping is passed on once."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from hub.accounts import reads as tree
from hub.addons.mappings import changes, passing_on, reads
from hub.addons.mappings.models import MappingClone
from hub.contacts.models import LeadSource
from hub.db.errors import Conflict, Invalid
from tests.addons.mappings import world
from tests.addons.mappings.world import ADA
from tests.plans.test_at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def add(account: Any, choice: str, name: str) -> Any:
    key = str(LeadSource.objects.get(account=account, name=name).pk)
    return changes.add(account, world.manifest(), "gym.sources", choice, key, by=ADA)


def test_two_admins_map_one_choice_and_one_of_them_is_told(acme: Any) -> None:
    results = at_once(lambda: add(acme, "t1", "Web"), lambda: add(acme, "t1", "Friends"))

    (refused,) = [one for one in results if isinstance(one, Invalid)]
    assert "has a lead source already" in refused.fields["choice"]
    assert len(reads.lines(acme, "gym")) == 1


def test_two_clicks_on_clone_write_everything_once_and_nobody_waits_for_ever(acme: Any) -> None:
    branches = [world.branch(acme, name) for name in ("Boulder", "Aurora")]
    for branch in branches:
        world.source(branch, "Web")
    with transaction.atomic():
        add(acme, "t1", "Web")
    rows = list(tree.children(acme))
    seen = passing_on.preview(acme, world.manifest(), rows, lambda account: "").digest

    def clone() -> Any:
        return passing_on.pass_on(
            acme, world.manifest(), tree.children(acme), lambda account: "", choices={}, seen=seen, by=ADA
        )

    results = at_once(clone, clone)

    assert sorted(type(one) for one in results if isinstance(one, Exception)) == [Conflict]
    assert MappingClone.objects.count() == 1
    assert [len(reads.lines(branch, "gym")) for branch in branches] == [1, 1]
