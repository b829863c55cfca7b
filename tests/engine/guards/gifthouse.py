"""An add-on whose gifts cost money and whose tags may be set twice, and a vendor that can fall ill."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated, Any

import httpx
from django.db import transaction

from hub.addons import changes as addons
from hub.audit.actor import SYSTEM
from hub.core import AddOn, Answer, HeaderKey, Options, Secret, Sent, Settings, keyed, once
from hub.core.facts import Contact
from hub.core.vendor import Vendor
from hub.plans.models import Plan
from tests.engine.world import World, make_plan, make_world


class Account(Settings):
    api_key: Secret


class Gift(Settings):
    gift: Annotated[str, Options("gifts")]
    greeting: str = ""


class Nothing(Settings):
    """A step without settings."""


class New(Answer):
    ref: str


class Made(Answer):
    id: str


addon = AddOn(
    "gifthouse",
    title="Gift House",
    base_url="https://gifts.example",
    settings=Account,
    auth=HeaderKey("X-Key", "api_key"),
)

gifts = addon.get("/gifts", list[Made])
give = addon.post("/gifts", New, Made, effect=once(costly=True))
give_by_key = addon.post("/keyed-gifts", New, Made, effect=keyed("Idempotency-Key", "24h", costly=True))
tag = addon.post("/tags", New, Made, effect=keyed("Idempotency-Key", "24h"))


@addon.options("gifts")
async def gift_list(vendor: Vendor) -> dict[str, str]:
    return {"mug": "A mug", "tea": "Tea"}


@addon.action("give", Gift, title="Give")
async def give_it(vendor: Vendor, step: Gift, contact: Contact) -> Sent:
    return Sent((await vendor(give, New(ref=vendor.ref))).id)


@addon.action("give_by_key", Gift, title="Give, by key")
async def give_it_by_key(vendor: Vendor, step: Gift, contact: Contact) -> Sent:
    return Sent((await vendor(give_by_key, New(ref=vendor.ref))).id)


@addon.action("tag", Nothing, title="Tag")
async def tag_it(vendor: Vendor, step: Nothing, contact: Contact) -> Sent:
    return Sent((await vendor(tag, New(ref=vendor.ref))).id)


MUG = ("gifthouse.give", {"gift": "mug"})
MUG_BY_KEY = ("gifthouse.give_by_key", {"gift": "mug"})
TAG: tuple[str, dict[str, Any]] = ("gifthouse.tag", {})


@contextmanager
def gift_world(*actions: tuple[str, Mapping[str, Any]]) -> Iterator[World]:
    """The engine's world with a plan of these steps instead of its own."""
    with make_world(more_addons=[addon]) as world:
        with transaction.atomic():
            addons.make_available(world.account, "gifthouse", by=SYSTEM)
            addons.enable(world.account, "gifthouse", by=SYSTEM)
            addons.save_settings(world.account, "gifthouse", {"api_key": "gift-key-123456"}, by=SYSTEM)
        yield replace(world, plan=another_plan(world, *actions))


def another_plan(world: World, *actions: tuple[str, Mapping[str, Any]]) -> Plan:
    """One more plan of the account."""
    with transaction.atomic():
        return make_plan(world.account, actions, (), "none")


def falls_ill(world: World) -> None:
    """From now on the vendor takes every request and answers none."""

    def silent(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("the connection broke", request=request)

    world.vendor.behave = silent  # type: ignore[method-assign]


def is_away(world: World) -> None:
    """From now on nobody is there."""

    def nobody(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    world.vendor.behave = nobody  # type: ignore[method-assign]


def gets_well(world: World) -> None:
    """The vendor does its work again."""
    del world.vendor.behave  # type: ignore[method-assign]
