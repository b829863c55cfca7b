"""An add-on without a rate: its vendor lets three in at the same time, and a roomier one any number. Both may say *later*."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from django.db import transaction

from hub.addons import changes as addons
from hub.audit.actor import SYSTEM
from hub.core import AddOn, Answer, HeaderKey, Secret, Sent, Settings, Wait, keyed
from hub.core.effects import Effect
from hub.core.facts import Contact
from hub.core.vendor import Vendor
from tests.engine.guards.gifthouse import another_plan
from tests.engine.world import World, make_world

AT_ONCE = 3
EFFECT: Effect = keyed("Idempotency-Key", "24h")


class Account(Settings):
    api_key: Secret


class Nothing(Settings):
    """A step without settings."""


class New(Answer):
    ref: str


class Made(Answer):
    id: str


def make_addon(name: str, at_once: int) -> AddOn:
    """One with this limit, and one action: ``name.enter``."""
    addon = AddOn(
        name, title=name.title(), base_url=f"https://{name}.example", settings=Account,
        auth=HeaderKey("X-Key", "api_key"), at_once=at_once, errors={503: Wait},
    )  # fmt: skip
    enter = addon.post("/enter", New, Made, effect=EFFECT)

    @addon.action("enter", Nothing, title="Enter")
    async def enter_it(vendor: Vendor, step: Nothing, contact: Contact) -> Sent:
        return Sent((await vendor(enter, New(ref=vendor.ref))).id)

    return addon


@contextmanager
def doorway_world(name: str = "doorway", at_once: int = AT_ONCE) -> Iterator[World]:
    """The engine's world with a plan of one step of such an add-on."""
    with make_world(more_addons=[make_addon(name, at_once)]) as world:
        with transaction.atomic():
            addons.make_available(world.account, name, by=SYSTEM)
            addons.enable(world.account, name, by=SYSTEM)
            addons.save_settings(world.account, name, {"api_key": "door-key-123456"}, by=SYSTEM)
        yield replace(world, plan=another_plan(world, (f"{name}.enter", {})))
