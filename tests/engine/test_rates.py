"""One quota per connection: the vendor's limit is kept over all workers, and a slow-down is heeded by everybody."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from django.db import transaction

from hub.accounts import changes as accounts
from hub.addons import installed
from hub.addons.models import Connection
from hub.audit.actor import SYSTEM
from hub.contacts.models import Contact
from hub.dispatch.runner import Runner
from hub.engine import identity, release
from hub.engine.ledger import SqlLedger
from hub.engine.runtime import Writing
from hub.plans.models import Enrollment, StepRun
from tests.engine.guards.doorway import doorway_world
from tests.engine.world import MONDAY, World, make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> Iterator[World]:
    with make_world() as made:
        yield made


def test_a_burst_leaves_at_once_and_the_rest_at_the_vendors_pace(world: World) -> None:
    world.enroll(30)  # PostPigeon takes 60 a minute, a tenth of them at once

    world.work()
    assert len(world.vendor.cards) == 6

    world.work_for(seconds=10)
    assert 14 <= len(world.vendor.cards) <= 17

    world.work_for(seconds=30)
    assert len(world.vendor.cards) == 30


def test_no_minute_has_more_calls_than_the_vendor_allows(world: World) -> None:
    world.enroll(150)

    world.work_for(seconds=60)

    assert len(world.vendor.cards) <= 66


def test_when_a_vendor_asks_to_slow_down_the_whole_connection_waits(world: World) -> None:
    world.enroll(4)
    world.vendor.answers = [lambda request: httpx.Response(429, headers={"Retry-After": "120"})]

    world.work()
    first = len(world.vendor.requests)
    world.enroll(1)
    world.work_for(seconds=100)
    assert len(world.vendor.requests) == first

    world.work_for(seconds=60)
    assert len(world.vendor.cards) == 5
    assert Connection.objects.get().blocked_until is not None


def test_a_slow_down_that_one_worker_heard_stops_what_another_has_in_hand(world: World) -> None:
    other = identity.enter()
    ledger = SqlLedger(other)
    runner = Runner(ledger, installed.registry(), installed.outside(), chance=lambda: 0.0, writer=Writing())
    first, second = world.enroll(2)
    in_hand = ledger.claim([second.pk])
    world.vendor.answers = [lambda request: httpx.Response(429, headers={"Retry-After": "120"})]

    world.dispatch([first.pk])
    runner.run(in_hand)
    world.work_for(seconds=119)
    assert len(world.vendor.requests) == 1, "no call of any worker within 120 seconds"

    world.work_for(seconds=20)
    assert len(world.vendor.cards) == 2
    runner.close()
    other.leave()


def test_what_an_outage_left_behind_goes_at_the_vendors_rate_and_not_all_at_once(world: World) -> None:
    world.enroll(60)
    world.clock.advance(hours=1)  # nobody worked meanwhile
    by_second = list[int]()

    for _ in range(30):
        before = len(world.vendor.requests)
        world.work()
        by_second.append(len(world.vendor.requests) - before)
        world.clock.advance(seconds=1)

    assert by_second[0] == 6, "a tenth of a minute's calls, as after any pause"
    assert max(by_second[1:]) <= 2
    assert sum(by_second) <= 36


def test_waiting_for_the_rate_writes_no_attempt_and_no_note(world: World) -> None:
    from hub.engine.models import Attempt
    from hub.history.models import Note

    world.enroll(10)

    world.work()

    assert Attempt.objects.count() == 6
    assert set(StepRun.objects.values_list("state", "attempts")) == {("done", 1), ("scheduled", 0)}
    assert not Note.objects.filter(kind="step.retrying").exists()


def spread_over_an_hour(runs: list[StepRun], chance: random.Random) -> list[str]:
    """Give them other times to be due, in an order of their own. Returns the contacts' names in that order."""
    chance.shuffle(runs)
    for place, run in enumerate(runs):
        StepRun.objects.filter(pk=run.pk).update(due_at=MONDAY + timedelta(minutes=place))
    return [Contact.objects.get(pk=run.contact_id).first_name for run in runs]


def names_on_cards(world: World) -> list[str]:
    return [card["to"] for card in world.vendor.cards]


def test_what_an_outage_left_behind_goes_in_the_order_in_which_it_was_due(world: World) -> None:
    due = spread_over_an_hour(world.enroll(40), random.Random(3))
    world.clock.advance(hours=1)

    world.work()
    world.enroll(1, first_name="Newcomer")
    world.work_for(seconds=60)

    assert names_on_cards(world) == [*due, "Newcomer"]


def test_after_a_pause_they_go_in_that_order_too_and_at_the_vendors_rate(world: World) -> None:
    due = spread_over_an_hour(world.enroll(30), random.Random(4))
    with transaction.atomic():
        accounts.pause(world.account, by=SYSTEM)
    world.clock.advance(hours=1)
    world.work()
    assert world.vendor.requests == []

    with transaction.atomic():
        accounts.unpause(world.account, by=SYSTEM)
    release.of_account([world.account.pk])
    by_second = list[int]()
    for _ in range(35):
        before = len(world.vendor.requests)
        world.work()
        by_second.append(len(world.vendor.requests) - before)
        world.clock.advance(seconds=1)

    assert names_on_cards(world) == due
    assert by_second[0] == 6
    assert max(by_second[1:]) <= 2


def test_a_line_whose_steps_were_all_stopped_keeps_nobody_waiting(world: World) -> None:
    world.enroll(40)
    world.work()
    Enrollment.objects.update(state="stopped")
    StepRun.objects.filter(state="scheduled").update(state="cancelled", closed_at=world.clock.now())
    world.clock.advance(seconds=8)
    assert Connection.objects.get().line_at > world.clock.now() + timedelta(seconds=20)

    world.enroll(1, first_name="Newcomer")
    world.work()

    assert names_on_cards(world)[-1] == "Newcomer"


def test_where_the_add_on_declares_no_rate_a_slow_down_stops_what_another_worker_has_in_hand() -> None:
    with doorway_world("roomy", at_once=0) as roomy:
        first, second = roomy.enroll(2)
        in_hand = roomy.ledger.claim([second.pk])
        roomy.vendor.answers = [lambda request: httpx.Response(429, headers={"Retry-After": "120"})]

        roomy.dispatch([first.pk])
        roomy.runner.run(in_hand)
        roomy.work_for(seconds=119)

        assert len(roomy.vendor.requests) == 1
        second.refresh_from_db()
        assert (second.state, second.hold_reason) == ("scheduled", "rate")
        roomy.work_for(seconds=20)
        assert len(roomy.vendor.cards) == 2
