"""A key is remembered for a while only, and the kit knows: what lies longer than that is looked up, or asked of a person."""

from __future__ import annotations

from typing import Any

import pytest

from hub.core import AddOn, Answer, Contact, NotSent, Sent, Settings, Vendor, keyed
from hub.testing.grading import grade


class Order(Answer):
    ref: str


class Ordered(Answer):
    id: str


def shop(*, looks_up: bool) -> AddOn:
    """An add-on whose vendor remembers a key for a day: shorter than a hub may be off."""
    addon = AddOn("shop", title="Shop", base_url="https://api.shop.example")
    orders = addon.get("/orders", list[Ordered])
    place = addon.post("/orders", Order, Ordered, effect=keyed("Idempotency-Key", "24h"))

    @addon.action("order", Settings, title="Order")
    async def order(vendor: Vendor, step: Any, contact: Contact) -> Sent:
        return Sent((await vendor(place, Order(ref=vendor.ref))).id)

    if looks_up:

        @order.reconcile
        async def ordered(vendor: Vendor, step: Any, contact: Contact) -> Sent | NotSent:
            found = await vendor(orders, ref=vendor.ref)
            return Sent(found[0].id) if found else NotSent()

    return addon


@pytest.mark.slow
@pytest.mark.parametrize("looks_up", [False, True])
def test_a_key_that_is_forgotten_after_a_day_is_no_fault_of_the_add_on(looks_up: bool) -> None:
    found = grade(shop(looks_up=looks_up))

    assert [failure for failure in found.failures if failure.badge not in ("papers", "connection test")] == []
