"""After a restore the installation is called otherwise; what may have left before is followed up under the reference it bears."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction

from hub.addons import changes as addons
from hub.audit.actor import SYSTEM
from hub.db import installation
from hub.db.models import Installation
from hub.engine import doubt, review
from hub.engine.replaying import again
from hub.plans.models import StepRun
from tests.engine.world import World, make_plan, make_world
from tests.support import fourclasses

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> Iterator[World]:
    with make_world(more_addons=[fourclasses.addon]) as world:
        with transaction.atomic():
            addons.make_available(world.account, "classes", by=SYSTEM)
            addons.enable(world.account, "classes", by=SYSTEM)
            addons.save_settings(world.account, "classes", {"api_key": "classes-key-1234"}, by=SYSTEM)
        before = installation.ref()
        yield world
        Installation.objects.update(ref=before)
        installation.ref.cache_clear()


def unclear(world: World, klass: str) -> StepRun:
    """The vendor did it, and nobody heard."""
    with transaction.atomic():
        world.plan = make_plan(world.account, [(f"classes.{klass}", {})], (), "none")
    [run] = world.enroll(1)
    world.vendor.answers = [world.vendor.acts_and_hangs_up]
    world.dispatch([run.pk])
    run.refresh_from_db()
    assert run.open_attempts == 1
    return run


def restored(world: World, hours: int = 0) -> None:
    """The backup was made now, and comes back under another name."""
    made = world.clock.now()
    world.clock.advance(hours=hours)
    with transaction.atomic():
        Installation.objects.update(ref="another1")
        doubt.begin(made, world.clock.now())
    installation.ref.cache_clear()


def followed_up(run: StepRun) -> None:
    with transaction.atomic():
        again.again(run.account_id, run.pk, by=SYSTEM)


def keys(world: World) -> list[str]:
    return [request.headers["Idempotency-Key"] for request in world.vendor.requests if request.method == "POST"]


def test_what_is_sent_again_by_itself_bears_the_key_that_the_vendor_knows(world: World) -> None:
    run = unclear(world, "keyed")
    later = world.clock.now() + timedelta(hours=1)  # the vendor asked for it
    StepRun.objects.filter(pk=run.pk).update(due_at=later)

    restored(world)
    world.clock.advance(hours=1)
    world.work()

    run.refresh_from_db()
    assert run.state == "done"
    first, second = keys(world)
    assert first == second


def test_trying_again_uses_the_key_that_the_vendor_knows(world: World) -> None:
    run = unclear(world, "keyed")
    restored(world)

    followed_up(run)
    world.clock.advance(minutes=6)
    world.work()
    world.clock.advance(minutes=6)
    world.work()

    run.refresh_from_db()
    assert run.state == "done"
    first, second = keys(world)
    assert first == second


def test_a_look_up_asks_for_the_reference_that_the_vendor_knows(world: World) -> None:
    run = unclear(world, "lookup")
    restored(world)

    followed_up(run)
    world.clock.advance(minutes=6)
    world.work()
    world.clock.advance(minutes=6)
    world.work()

    run.refresh_from_db()
    assert (run.state, len(world.vendor.cards)) == ("done", 1)


def test_sending_again_on_purpose_uses_the_new_name(world: World) -> None:
    run = unclear(world, "keyed")
    restored(world)

    with transaction.atomic():
        review.send_again(run.account_id, run.pk, "the vendor knows nothing of it", by=SYSTEM)
    world.clock.advance(minutes=5)
    world.work()

    first, second = keys(world)
    assert first != second
    assert "another1" in second
