"""A key that the vendor may have forgotten: what became of the attempt is looked up, and only then asked of a person."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from django.db import transaction

from hub.accounts import changes as accounts
from hub.addons import changes as addons
from hub.audit.actor import SYSTEM
from hub.core import AddOn, Answer, HeaderKey, NotSent, Secret, Sent, Settings, keyed
from hub.core.facts import Contact
from hub.core.vendor import Vendor
from hub.engine import release
from hub.engine.models import Attempt
from hub.plans.models import StepRun
from tests.engine.world import World, make_plan, make_world

pytestmark = pytest.mark.django_db(transaction=True)


class Account(Settings):
    api_key: Secret


class Nothing(Settings):
    """A step without settings."""


class New(Answer):
    ref: str


class Made(New):
    id: str


addon = AddOn(
    "keys", title="Keys", base_url="https://keys.example", settings=Account, auth=HeaderKey("X-Key", "api_key")
)
made = addon.get("/things", list[Made])
make = addon.post("/things", New, Made, effect=keyed("Idempotency-Key", "24h"))


@addon.action("make", Nothing, title="Make")
async def making(vendor: Vendor, step: Nothing, contact: Contact) -> Sent:
    return Sent((await vendor(make, New(ref=vendor.ref))).id)


@making.reconcile
async def looking(vendor: Vendor, step: Nothing, contact: Contact) -> Sent | NotSent:
    found = await vendor(made, ref=vendor.ref)
    return Sent(found[0].id) if found else NotSent()


@pytest.fixture
def world() -> Iterator[World]:
    with make_world(more_addons=[addon]) as world:
        with transaction.atomic():
            addons.make_available(world.account, "keys", by=SYSTEM)
            addons.enable(world.account, "keys", by=SYSTEM)
            addons.save_settings(world.account, "keys", {"api_key": "keys-key-123456"}, by=SYSTEM)
            world.plan = make_plan(world.account, [("keys.make", {})], (), "none")
        yield world


def tried_and_paused_for(world: World, hours: int) -> StepRun:
    """A run whose first try is unclear, and whose account was paused before the second, for so long."""
    [run] = world.enroll(1)
    world.work()
    with transaction.atomic():
        accounts.pause(world.account, by=SYSTEM)
    world.clock.advance(hours=hours)
    world.work()
    with transaction.atomic():
        accounts.unpause(world.account, by=SYSTEM)
        release.of_account([world.account.pk])
    world.work()
    run.refresh_from_db()
    return run


def test_after_the_keys_time_an_attempt_is_looked_up_and_found(world: World) -> None:
    world.vendor.answers = [world.vendor.acts_and_hangs_up]

    run = tried_and_paused_for(world, hours=23)

    assert (run.state, run.open_attempts) == ("unknown", 1)
    world.clock.advance(seconds=61)
    world.work()
    run.refresh_from_db()
    assert (run.state, run.open_attempts) == ("done", 0)
    assert len(world.vendor.cards) == 1
    assert Attempt.objects.count() == 1


def test_what_is_not_found_after_the_keys_time_waits_for_a_person(world: World) -> None:
    def hangs_up(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("the connection broke", request=request)

    world.vendor.answers = [hangs_up]

    run = tried_and_paused_for(world, hours=23)
    world.work_for(minutes=10)

    run.refresh_from_db()
    assert (run.state, run.open_attempts) == ("review", 1)
    assert world.vendor.cards == []


def test_while_the_vendor_knows_the_key_it_is_simply_used_again(world: World) -> None:
    world.vendor.answers = [world.vendor.acts_and_hangs_up]

    run = tried_and_paused_for(world, hours=1)

    assert run.state == "done"
    assert {request.headers["Idempotency-Key"] for request in world.vendor.requests} == {world.vendor.cards[0]["ref"]}
    assert [request.method for request in world.vendor.requests] == ["POST", "POST"]
