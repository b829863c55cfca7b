"""Whatever is sent again, by whom and in which order: a receiver that keeps to the paper acts once for each message (P10).

Eight senders at once, five times each message, some answers lost to errors. Four messages in every run, two thousand with
``--faults=large``.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction

from hub.audit.actor import SYSTEM
from hub.hooks import changes, courier, reads
from hub.hooks.models import Delivery
from tests.hooks.house import House, make_house
from tests.hooks.receiver import Refused, verify

MESSAGES = {"small": 4, "quarter": 200, "large": 2_000}
TIMES, SENDERS = 5, 8

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def house() -> Iterator[House]:
    with make_house() as made:
        yield made
    courier.close()


def test_each_message_five_times_by_eight_senders_is_one_effect_and_no_flipped_byte_passes(
    house: House, pytestconfig: pytest.Config
) -> None:
    many, chance = MESSAGES[pytestconfig.getoption("--faults")], random.Random(7)
    endpoint = house.subscribe()
    house.happen_only(many)
    while house.happened():
        house.spread()

    for time in range(TIMES):
        if time:
            with transaction.atomic():
                changes.replay(endpoint, Delivery.objects.all(), by=SYSTEM)
        house.receiver.answers = [(500, {})] * chance.randint(0, 3)
        with ThreadPoolExecutor(SENDERS) as senders:
            list(senders.map(send, [house] * SENDERS))
        house.clock.advance(minutes=6)
        send(house)

    secret, now = changes.secret_of(endpoint), house.clock.now().timestamp()
    effects = set()
    for got in house.receiver.got:
        verify(secret, got.headers, got.body, now, tolerance=TIMES * 6 * 60 + 300)
        effects.add(got.headers["webhook-id"])
        place = chance.randrange(len(got.body))
        flipped = got.body[:place] + bytes([got.body[place] ^ 1 << chance.randrange(8)]) + got.body[place + 1 :]
        with pytest.raises(Refused):
            verify(secret, got.headers, flipped, now, tolerance=TIMES * 6 * 60 + 300)
    assert set(house.states()) == {"done"}
    assert len(house.receiver.got) >= TIMES * many
    assert len(effects) == many


def send(house: House) -> None:
    """What one worker does: whatever is due, until nothing is."""
    try:
        while due := reads.due(house.clock.now()):
            if not sum(courier.carry_now(endpoint_id) for endpoint_id in due):
                return
    finally:
        connections.close_all()
