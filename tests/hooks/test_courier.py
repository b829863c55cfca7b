"""The courier: portions travel by themselves, nobody waits for a slow receiver, and a lost bell loses nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import dramatiq
import pytest
from django.db import transaction

from hub.addons import installed
from hub.audit.actor import SYSTEM
from hub.core.egress import Egress
from hub.dispatch.outside import Outside
from hub.hooks import actors, changes, courier, reads
from hub.hooks.models import Delivery, Endpoint
from tests.hooks.house import House, make_house
from tests.hooks.receiver import receiving

pytestmark = pytest.mark.django_db(transaction=True)

SECONDS = 60


@pytest.fixture
def house() -> Iterator[House]:
    with make_house() as made:
        yield made
    courier.close()


def carry(endpoint: Endpoint) -> threading.Event:
    """Begin; the event says that what came of it is written down, and that there may be more."""
    over = threading.Event()
    assert courier.carry(endpoint.pk, lambda _: over.set())
    return over


def test_a_slow_receiver_holds_up_nobody_else(house: House) -> None:
    with receiving() as slow:
        outside = Outside(Egress.of([f"127.0.0.1:{house.receiver.port}", f"127.0.0.1:{slow.port}"]))
        with installed.use_outside(outside):
            quick = house.subscribe()
            with transaction.atomic():
                tired = changes.subscribe(house.account, slow.url, ["contact.created"], by=SYSTEM)
            slow.may_answer.clear()
            house.happen(2)

            later = carry(tired)
            assert carry(quick).wait(SECONDS)
            assert Delivery.objects.filter(endpoint=quick, state="done").count() == 2
            assert Delivery.objects.filter(endpoint=tired, state="waiting").count() == 2

            slow.may_answer.set()
            assert later.wait(SECONDS)
        outside.close()
    assert Delivery.objects.filter(endpoint=tired, state="done").count() == 2


def test_more_than_a_process_may_carry_is_left_for_later(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier, "_places", threading.Semaphore(0))
    endpoint = house.subscribe()
    house.happen()

    assert not courier.carry(endpoint.pk, lambda _: None)

    assert reads.due(house.clock.now()) == [endpoint.pk]


def test_with_every_bell_lost_it_is_disabled_at_the_right_hour_all_the_same(house: House) -> None:
    """What Redis holds are bells; here it forgets all of them, again and again."""
    endpoint = house.subscribe()
    house.receiver.always = (500, {})
    house.happen(10)
    for hours in (0, 60, 59.9):
        house.clock.advance(hours=hours)
        actors.look_for_events()
        actors.look_for_deliveries()
        dramatiq.get_broker().flush_all()
        house.deliver()
        assert actors.end_broken() == 0

    house.clock.advance(minutes=7)

    assert actors.end_broken() == 1
    endpoint.refresh_from_db()
    assert endpoint.state == "disabled"
