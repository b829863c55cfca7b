"""A step that was given up goes on for as long as any other when a person says *retry*."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from django.db import transaction

from hub.audit.actor import SYSTEM
from hub.engine import review
from tests.engine.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> Iterator[World]:
    with make_world() as made:
        yield made


def test_four_days_after_it_was_given_up_its_tries_and_its_age_begin_anew(world: World) -> None:
    (run,) = world.enroll(1)
    world.vendor.answers = [lambda request: httpx.Response(429)] * 8
    while run.state != "review":
        world.work()
        world.clock.advance(hours=6)
        run.refresh_from_db()
    assert run.hold_reason == "gave_up"
    world.clock.advance(days=4)
    with transaction.atomic():
        review.retry(world.account.pk, run.pk, by=SYSTEM)

    world.vendor.answers = [lambda request: httpx.Response(429)] * 3
    for _ in range(8):
        world.work()
        world.clock.advance(hours=1)

    run.refresh_from_db()
    assert run.state == "done"
    assert run.attempts == 4
