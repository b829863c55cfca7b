"""Second tries are a small share of what a vendor hears, and each of them comes when its turn does."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import httpx
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from hub.addons import installed
from hub.addons.models import Connection
from hub.audit.actor import Actor
from hub.dispatch.backoff import BASE
from hub.dispatch.runner import Runner
from hub.engine import review
from hub.engine.guards import retries
from hub.engine.guards.models import Retries
from hub.engine.models import Attempt
from hub.engine.runtime import Writing
from hub.history.models import Note
from hub.plans.models import StepRun
from tests.engine.guards.doorway import doorway_world
from tests.engine.world import World

MINUTE = timedelta(minutes=1)
ADA = Actor("person", "7", "Ada")


def tired(request: httpx.Request) -> httpx.Response:
    return httpx.Response(503)


def refuses_the_key(request: httpx.Request) -> httpx.Response:
    return httpx.Response(401)


@pytest.fixture
def world() -> Iterator[World]:
    with doorway_world("roomy", at_once=0) as made:
        chance = random.Random(11)
        runner = Runner(made.ledger, installed.registry(), installed.outside(), chance=chance.random, writer=Writing())
        yield replace(made, runner=runner)
        runner.close()


def until_all_went(world: World) -> None:
    """Look every ten seconds, for half an hour at most."""
    for _ in range(180):
        world.work()
        if not StepRun.objects.filter(state="scheduled").exists():
            return
        world.clock.advance(seconds=10)


@dataclass(frozen=True)
class Tries:
    """When the vendor was asked for the first time, and when again."""

    firsts: list[datetime]
    seconds: list[datetime]

    @classmethod
    def all(cls) -> Tries:
        rows = list(Attempt.objects.order_by("intent_at").values_list("n", "intent_at"))
        return cls([at for n, at in rows if n == 1], [at for n, at in rows if n > 1])

    def share_is_held(self) -> bool:
        """In no minute were there more retries than a fifth of the first tries in the minute before it, or than the floor."""
        return all(self._again(at) <= max(retries.FLOOR, 0.2 * self._first(at)) for at in self.seconds)

    def _again(self, end: datetime) -> int:
        return sum(end - MINUTE < at <= end for at in self.seconds)

    def _first(self, end: datetime) -> int:
        return sum(end - 2 * MINUTE < at <= end for at in self.firsts)


@pytest.mark.parametrize(
    ("firsts", "interval", "most"),
    [
        (0, None, 60),  # one a second, whatever else goes on
        (300, None, 60),  # a fifth of 300
        (2_000, None, 400),
        (0, timedelta(seconds=1), 12),  # a vendor that allows 60 a minute: a fifth of that
        (0, timedelta(seconds=6), 6),  # a fifth of ten would be two: a lone step must not wait
        (40, timedelta(seconds=1), 12),
        (0, timedelta(milliseconds=1), 60),
        (1_000, timedelta(milliseconds=1), 200),
    ],
)
def test_a_fifth_of_the_first_tries_and_never_less_than_the_floor(
    firsts: int, interval: timedelta | None, most: int
) -> None:
    assert retries.allowed(firsts, interval) == most


@pytest.mark.parametrize("number", [6, 12, 60, 400, 7_000])
def test_the_spacing_keeps_every_minute_below_the_number(number: int) -> None:
    interval, tolerance = retries.spacing(number)

    burst = 1 + round(tolerance / interval)
    assert round(burst + MINUTE / interval) == number


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_five_hundred_failures_come_back_politely_and_every_one_of_them(world: World) -> None:
    world.enroll(500)
    world.vendor.answers = [tired] * 500

    began = world.clock.now()
    world.work(passes=1)
    waits = [due - began for due in StepRun.objects.values_list("due_at", flat=True) if due]
    assert len(waits) == 500
    assert all(BASE / 2 <= wait <= BASE for wait in waits), "within the bounds of a first wait"
    until_all_went(world)

    tries = Tries.all()
    assert len(world.vendor.cards) == 500, "nobody waits for ever"
    assert (len(tries.firsts), len(tries.seconds)) == (500, 500), "to be put off is no try"
    assert tries.share_is_held()
    assert tries.seconds[-1] - began < timedelta(minutes=10), "and the share is made use of"


@pytest.mark.django_db(transaction=True)
def test_a_lone_step_is_tried_again_at_once_when_its_time_has_come(world: World) -> None:
    [run] = world.enroll(1)
    world.vendor.answers = [tired]

    world.work_for(seconds=6)

    assert [card["ref"] for card in world.vendor.cards] == [f"{world.vendor.cards[0]['ref']}"]
    run.refresh_from_db()
    assert (run.state, run.attempts) == ("done", 2)


@pytest.mark.django_db(transaction=True)
def test_those_that_are_put_off_say_so_without_a_line_in_the_history(world: World) -> None:
    world.enroll(20)
    world.vendor.answers = [tired] * 20
    world.work()
    world.clock.advance(seconds=5)

    world.work()

    put_off = StepRun.objects.filter(state="scheduled")
    assert len(world.vendor.cards) == 10, "a sixth of what a minute may have"
    assert set(put_off.values_list("hold_reason", "attempts")) == {("retries", 1)}
    assert "waits for its turn" in put_off[0].hold_detail
    assert Note.objects.filter(kind="step.retrying").count() == 20
    waiting = [run.contact_id for run in put_off]
    assert set(Note.objects.filter(contact_id__in=waiting).values_list("kind", flat=True)) == {
        "plan.started",
        "step.retrying",
    }


@pytest.mark.django_db(transaction=True)
def test_what_an_admin_mended_and_what_a_person_asks_for_is_no_retry(world: World) -> None:
    world.enroll(30)
    world.vendor.answers = [refuses_the_key] * 30
    world.work()
    assert set(StepRun.objects.values_list("state", "hold_reason")) == {("held", "connection")}

    first, *others = StepRun.objects.order_by("pk")
    with transaction.atomic():
        review.retry(world.account.pk, first.pk, by=ADA)
    StepRun.objects.filter(pk__in=[run.pk for run in others]).update(state="scheduled", hold_reason="")
    _mended(world)
    world.work()

    assert len(world.vendor.cards) == 30
    assert not Retries.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_step_that_goes_well_pays_nothing_for_it(world: World) -> None:
    runs = [run.pk for run in world.enroll(3)]

    with CaptureQueriesContext(connection) as seen:
        world.dispatch(runs)

    assert len(world.vendor.cards) == 3
    assert not [query for query in seen.captured_queries if "engine_retries" in query["sql"]]


def _mended(world: World) -> None:
    Connection.objects.filter(addon="roomy").update(health=Connection.Health.OK)
