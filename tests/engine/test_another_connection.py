"""Between a try that is unclear and what follows it the account may have come to go by another connection, and so to another
account at the vendor, which knows nothing of the first."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction

from hub.accounts import reads
from hub.addons import changes as addons
from hub.addons import lending
from hub.audit.actor import SYSTEM
from hub.plans.models import StepRun
from tests.engine.world import World, make_plan, make_world
from tests.support import fourclasses

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> Iterator[World]:
    """The account of which everything is done lies beneath another, which lends its connection."""
    with make_world(beneath="Above", more_addons=[fourclasses.addon]) as world:
        above = reads.get(world.account.ancestor_ids[0])
        with transaction.atomic():
            addons.make_available(above, "classes", by=SYSTEM)
            for account, key in ((above, "above-key-123456"), (world.account, "their-key-123456")):
                addons.enable(account, "classes", by=SYSTEM)
                addons.save_settings(account, "classes", {"api_key": key}, by=SYSTEM)
            lending.lend(above, "classes", by=SYSTEM)
        yield world


def unclear(world: World, klass: str) -> StepRun:
    """The vendor did it, and nobody heard."""
    with transaction.atomic():
        world.plan = make_plan(world.account, [(f"classes.{klass}", {})], (), "none")
    [run] = world.enroll(1)
    world.vendor.answers = [world.vendor.acts_and_hangs_up]
    world.dispatch([run.pk])
    return run


def borrowed(world: World) -> None:
    """The account gives its own key up. The other account at the vendor has none of its things."""
    with transaction.atomic():
        lending.borrow(world.account, "classes", by=SYSTEM)
    world.vendor.cards.clear()


@pytest.mark.parametrize("klass", ["keyed", "lookup"])
def test_nothing_is_sent_again_by_itself_over_another_connection(world: World, klass: str) -> None:
    run = unclear(world, klass)
    borrowed(world)

    for _ in range(8):
        world.clock.advance(minutes=5)
        world.work()

    run.refresh_from_db()
    assert (run.state, run.open_attempts) == ("review", 1)
    assert [request.method for request in world.vendor.requests].count("POST") == 1


def test_what_changes_nothing_when_it_is_repeated_goes_all_the_same(world: World) -> None:
    run = unclear(world, "repeatable")
    borrowed(world)

    world.clock.advance(minutes=5)
    world.work()

    assert [request.method for request in world.vendor.requests] == ["PUT", "PUT"]
    run.refresh_from_db()
    assert run.state != "review"


@pytest.mark.parametrize("klass", ["keyed", "lookup"])
def test_over_the_same_connection_it_is_followed_up_as_ever(world: World, klass: str) -> None:
    run = unclear(world, klass)

    for _ in range(2):
        world.clock.advance(minutes=5)
        world.work()

    run.refresh_from_db()
    assert run.state == "done"
