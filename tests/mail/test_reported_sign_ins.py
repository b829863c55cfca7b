"""What users of other systems reported of tokens and their renewal, the largest group of all: each named after its report."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from hub.addons import installed
from hub.addons.oauth import keeping
from hub.dispatch.gate import Do, Gate
from hub.testing import faults
from tests.support.oauth_server import Harbour, harbour_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> Iterator[Harbour]:
    with harbour_world() as made:
        made.sign_in()
        yield made


def ready(world: Harbour, **more: Any) -> Gate | None:
    """As each call asks that needs a token."""
    outside = installed.outside()
    return outside.run(keeping.sign_in(world.connection).ready(outside, **more))


def token(world: Harbour) -> str:
    sign_in = keeping.sign_in(world.connection)
    outside = installed.outside()
    assert outside.run(sign_in.ready(outside)) is None
    return str(sign_in.into({})["access_token"])


def test_itop_224_a_token_is_not_renewed_every_half_minute(world: Harbour) -> None:
    """Google took that for abuse. A token of an hour is renewed once, whoever asks how often."""
    for _ in range(118):
        world.clock.advance(seconds=30)
        assert ready(world) is None

    assert world.sign_ins.renewed == 1


def test_emailengine_a_token_that_ends_at_once_keeps_nobody_busy(world: Harbour) -> None:
    """There its renewal turned in circles and took the whole processor."""
    world.sign_ins.lasts = timedelta(seconds=1)
    world.clock.advance(hours=2)

    for _ in range(20):
        ready(world)

    assert world.sign_ins.renewed <= 1


def test_osticket_6455_a_sign_in_that_is_used_each_month_lives_beyond_its_ninety_days(world: Harbour) -> None:
    """Each renewal brings a new refresh token with a new life; there the first one was kept, and ended after exactly 90 days."""
    first = world.grant.tokens.reveal()["refresh"]
    for _ in range(6):
        world.clock.advance(days=30)
        assert ready(world) is None

    assert world.sign_ins.renewed == 6
    assert world.sign_ins.reused == 0
    assert world.grant.tokens.reveal()["refresh"] != first


def test_twenty_10381_16679_a_sign_in_that_was_taken_back_is_asked_for_once_and_then_a_person_acts(
    world: Harbour,
) -> None:
    world.sign_ins.end_sign_ins()
    world.clock.advance(hours=2)
    asked = len(world.vendor.calls)

    waits = [ready(world) for _ in range(10)]

    assert all(gate is not None and gate.do is Do.HOLD for gate in waits)
    assert (world.sign_ins.renewed, world.grant.state) == (0, "refused")
    assert len(world.vendor.calls) == asked
    assert world.connection.health == "needs_sign_in"


def test_chatwoot_5724_9158_an_hourly_end_of_a_token_disconnects_nobody(world: Harbour) -> None:
    seen = set()
    for _ in range(24):
        world.clock.advance(hours=1)
        seen.add(token(world))

    assert len(seen) == 24
    assert world.connection.health in ("ok", "unknown")


def test_emailengine_a_token_endpoint_that_is_busy_is_nobody_s_wrong_password(world: Harbour) -> None:
    world.sign_ins.fail(faults.too_many("90"), faults.too_many("90"))
    world.clock.advance(hours=2)

    first = ready(world)
    world.clock.advance(minutes=2)
    second = ready(world)
    world.clock.advance(minutes=5)

    assert [gate.do if gate else None for gate in (first, second, ready(world))] == [Do.WAIT, Do.WAIT, None]
    assert world.connection.health != "needs_sign_in"


def test_emailengine_a_token_stands_in_no_line_of_the_log_when_it_is_refused(
    world: Harbour, caplog: pytest.LogCaptureFixture
) -> None:
    """There the access token was written down with each 401."""
    caplog.set_level(logging.DEBUG)
    world.clock.advance(minutes=40)
    old = token(world)

    world.sign_ins.end_tokens()
    assert ready(world, refused=True) is None
    world.sign_ins.end_sign_ins()
    world.clock.advance(hours=2)
    ready(world)

    told = caplog.text + world.connection.health_note + world.grant.note
    assert not [one for one in (old, *world.sign_ins.given) if one in told]
