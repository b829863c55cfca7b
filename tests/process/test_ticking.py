"""The ticker and its bell."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction

from hub.engine import ticker
from hub.engine.due import Bell, Rung
from hub.engine.ticker import Duty, Ticker
from hub.plans.models import StepRun
from tests.engine.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> Iterator[World]:
    with make_world() as made:
        yield made


def bell(rung: list[tuple[str, UUID]]) -> Bell:
    def send(what: str, runs: Sequence[Rung]) -> None:
        rung.extend((what, id_) for id_, _ in runs)

    return Bell(send)


def test_what_is_due_is_rung_for_once_in_a_row(world: World) -> None:
    rung: list[tuple[str, UUID]] = []
    (run,) = world.enroll(1)
    one = bell(rung)

    assert (one.ring(), one.ring()) == (1, 0)

    assert rung == [("dispatch", run.pk)]


def test_a_bell_that_was_lost_is_rung_again(world: World) -> None:
    rung: list[tuple[str, UUID]] = []
    world.enroll(1)
    one = bell(rung)
    one.ring()

    world.clock.advance(seconds=16)

    assert one.ring() == 1


def test_a_step_that_was_given_another_time_is_rung_at_that_time(world: World) -> None:
    """A vendor's rate gives a step back for a second later; it must not wait until the lost-bell time is over."""
    rung: list[tuple[str, UUID]] = []
    (run,) = world.enroll(1)
    one = bell(rung)
    one.ring()

    StepRun.objects.filter(pk=run.pk).update(due_at=world.clock.now() + timedelta(seconds=1))
    world.clock.advance(seconds=1)

    assert one.ring() == 1


def test_a_nudge_rings_as_soon_as_the_transaction_is_over(world: World) -> None:
    rung = threading.Event()
    before = Duty("ring", 3600, rung.set)
    one = Ticker()
    one._duties[:] = [before]
    one._ring = before
    thread = threading.Thread(target=one.run, daemon=True)
    thread.start()
    assert rung.wait(60)
    rung.clear()

    with transaction.atomic():
        ticker.nudge()
        assert not rung.wait(0.5)

    assert rung.wait(60)
    one.stop()
    thread.join(60)
    assert not thread.is_alive()


def test_in_a_crowd_a_nudge_does_not_bring_the_next_look_forward(world: World) -> None:
    looks: list[str] = []
    one = Ticker(bell=bell([]))
    one._duties[:] = [one._ring]
    one._ring.work = lambda: looks.append("look")
    one.once(0.0)

    one._bell.found = ticker.CROWD
    one.nudge()
    one.once(0.1)
    assert looks == ["look"]

    one._bell.found = 0
    one.nudge()
    one.once(0.1)
    assert looks == ["look", "look"]


def test_a_duty_that_fails_stops_neither_the_others_nor_the_next_time(world: World) -> None:
    done: list[str] = []

    def fails() -> None:
        done.append("tried")
        raise RuntimeError("the database is away")

    one = Ticker([Duty("fails", 0.0, fails), Duty("works", 0.0, lambda: done.append("worked"))], bell([]))
    one.once(time.monotonic())
    one.once(time.monotonic() + 1)

    assert done == ["tried", "worked", "tried", "worked"]


def test_the_ticker_wakes_when_the_next_step_comes_due(world: World) -> None:
    world.enroll(1)
    run = StepRun.objects.get()
    StepRun.objects.filter(pk=run.pk).update(due_at=world.clock.now() + timedelta(milliseconds=40))

    assert Ticker()._pause() == pytest.approx(0.04, abs=0.001)


def test_a_duty_that_goes_on_failing_is_told_once_a_minute(world: World, caplog: pytest.LogCaptureFixture) -> None:
    def fails() -> None:
        raise ConnectionError("Redis is away")

    one = Ticker([Duty("fails", 0.0, fails)], bell([]))
    for passes in range(20):
        one.once(time.monotonic() + passes)

    assert sum("'fails' failed" in line for line in caplog.messages) == 1
