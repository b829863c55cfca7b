"""A look-up is a worker's until it answers or dies, and it heeds the vendor's wish to be left alone."""

from __future__ import annotations

import socket
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta

import httpx
import pytest
from django.db import transaction

from hub.accounts import changes as accounts
from hub.addons import changes as addons
from hub.audit.actor import SYSTEM, Actor
from hub.db import clock
from hub.engine import due, sweep, taking
from hub.engine.models import Attempt, Worker
from hub.plans.models import StepRun
from tests.engine.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)

OPA = Actor.person(7, "Opa Operator")


@pytest.fixture
def world() -> Iterator[World]:
    with make_world() as made:
        yield made


def unclear(world: World) -> StepRun:
    """A card that was made, and of which the hub heard nothing."""
    (run,) = world.enroll(1)
    world.vendor.answers = [world.vendor.acts_and_hangs_up]
    world.dispatch([run.pk])
    run.refresh_from_db()
    assert run.state == "unknown"
    return run


def in_hand(world: World) -> StepRun:
    """The same, and a worker looks it up at this moment."""
    run = unclear(world)
    world.clock.advance(minutes=5)
    assert len(world.ledger.claim_checks([run.pk])) == 1
    return run


def test_what_a_dead_worker_was_looking_up_is_looked_up_by_another_at_once(world: World) -> None:
    run = in_hand(world)
    now = clock.now()
    dead = Worker.objects.create(
        boot_id=uuid.uuid4(), host=socket.gethostname(), pid=1, pid_start="before-this", started_at=now, beat_at=now
    )
    StepRun.objects.filter(pk=run.pk).update(worker_no=dead.no)

    sweep.sweep()

    assert due.due_checks(clock.now(), 10) == [run.pk]
    dead.refresh_from_db()
    assert dead.ended_at is not None


def test_a_worker_that_leaves_gives_its_look_ups_back(world: World) -> None:
    run = in_hand(world)

    taking.give_back(world.worker)

    assert due.due_checks(clock.now(), 10) == [run.pk]


def test_a_vendor_that_asked_to_be_left_alone_is_not_asked_by_a_look_up_either(world: World) -> None:
    looked = unclear(world)
    (other,) = world.enroll(1)
    world.vendor.answers = [lambda request: httpx.Response(429, headers={"Retry-After": "7200"})]
    world.dispatch([other.pk])
    before = len(world.vendor.requests)

    for _ in range(119):
        world.clock.advance(minutes=1)
        world.work()
    assert len(world.vendor.requests) == before

    world.clock.advance(minutes=2)
    world.work()
    looked.refresh_from_db()
    assert looked.state == "done"


@pytest.mark.parametrize("what", ["paused", "locked", "off"])
def test_what_is_shut_asks_its_vendor_nothing_and_is_looked_up_as_soon_as_it_is_open(world: World, what: str) -> None:
    run = unclear(world)
    shut, open_ = SHUTTING[what]
    with transaction.atomic():
        shut(world)
    before = len(world.vendor.requests)

    for _ in range(10):
        world.clock.advance(minutes=5)
        world.work()
    run.refresh_from_db()
    assert (run.state, len(world.vendor.requests)) == ("unknown", before)

    with transaction.atomic():
        open_(world)
    world.clock.advance(minutes=1)
    world.work()
    run.refresh_from_db()
    assert run.state == "done"


def test_what_stays_shut_comes_to_a_person_after_a_day(world: World) -> None:
    run = unclear(world)
    with transaction.atomic():
        accounts.pause(world.account, by=SYSTEM)

    world.clock.advance(hours=25)
    world.work()

    run.refresh_from_db()
    assert (run.state, run.open_attempts) == ("review", 1)


SHUTTING: dict[str, tuple[Callable[[World], object], Callable[[World], object]]] = {
    "paused": (
        lambda world: accounts.pause(world.account, by=SYSTEM),
        lambda world: accounts.unpause(world.account, by=SYSTEM),
    ),
    "locked": (
        lambda world: accounts.lock_login(world.account, by=OPA),
        lambda world: accounts.unlock_login(world.account, by=OPA),
    ),
    "off": (
        lambda world: addons.disable(world.account, "postpigeon", by=SYSTEM),
        lambda world: addons.enable(world.account, "postpigeon", by=SYSTEM),
    ),
}


def test_a_look_up_that_is_told_to_come_later_comes_later(world: World) -> None:
    run = unclear(world)
    world.vendor.answers = [lambda request: httpx.Response(429, headers={"Retry-After": "3600"})]
    world.clock.advance(minutes=5)

    world.work()

    run.refresh_from_db()
    assert run.state == "unknown"
    assert run.next_check_at is not None
    assert run.next_check_at - clock.now() >= timedelta(minutes=59)


def test_not_found_is_no_proof_while_any_attempt_may_still_be_on_its_way(world: World) -> None:
    run = in_hand(world)
    first = Attempt.objects.get(run_id=run.pk)
    assert first.sender_gone
    first.pk, first.n, first.sender_gone, first.request = None, 2, False, None
    first.save()
    StepRun.objects.filter(pk=run.pk).update(next_check_at=clock.now(), open_attempts=2)

    (job,) = world.ledger.claim_checks([run.pk])

    assert job.effect is not None
    assert not job.effect.strong
