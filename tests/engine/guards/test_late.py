"""What is late without a word of the step's own: what costs money or has a time of its own, a day after it could have started."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from hub.accounts import changes as accounts
from hub.audit.actor import SYSTEM
from hub.dispatch.gate import Do, GateFacts, gate
from hub.engine import release, review
from hub.plans import lateness
from hub.plans.models import PlanStep, StepRun
from tests.engine.guards.gifthouse import MUG, gift_world
from tests.engine.world import CARD, World, make_world

pytestmark = pytest.mark.django_db(transaction=True)

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
AT_NINE: Mapping[str, Any] = {"kind": "after", "amount": 0, "unit": "days", "since": "enrollment", "at": "09:00"}


def a_pause(world: World, hours: float) -> str:
    """An account that is paused for so long; how its step stands afterwards, and why."""
    world.enroll(1)
    with transaction.atomic():
        accounts.pause(world.account, by=SYSTEM)
    world.work()
    world.clock.advance(hours=hours)
    with transaction.atomic():
        accounts.unpause(world.account, by=SYSTEM)
    release.sweep()
    world.work()
    run = StepRun.objects.get()
    return f"{run.state} {run.hold_reason}".strip()


@pytest.mark.parametrize(("hours", "then"), [(23, "done"), (25, "held late")])
def test_a_costly_step_asks_a_day_after_its_time(hours: int, then: str) -> None:
    with gift_world(MUG) as world:
        assert a_pause(world, hours) == then


def test_a_step_with_a_time_of_its_own_asks_too_and_a_person_lets_it_run() -> None:
    with make_world([CARD], timings=[AT_NINE]) as world:
        assert a_pause(world, 25) == "held late"

        with transaction.atomic():
            review.run_now(world.account.pk, StepRun.objects.get().pk, by=SYSTEM)
        world.work()

        assert StepRun.objects.get().state == "done"


def test_a_step_that_costs_nothing_and_has_no_time_of_its_own_runs_however_late_it_is() -> None:
    with make_world([CARD]) as world:
        assert a_pause(world, 24 * 30) == "done"


def test_a_step_that_says_so_runs_however_late_it_is_and_one_that_skips_says_after_how_long() -> None:
    with gift_world(MUG) as world:
        PlanStep.objects.filter(version__plan=world.plan).update(when_late="run")
        assert a_pause(world, 48) == "done"

    assert not lateness.skips(None, "skip")
    assert lateness.skips(5, "skip")


def test_what_the_plan_itself_makes_late_is_not_late() -> None:
    usual = lateness.usual(NOON - 9 * DAY, NOON, "ask", matters=True)  # a date gone by when the step before it closed

    assert usual == NOON + DAY
    asleep = GateFacts(late_after=usual, late_usual=True, opens_at=NOON + 14 * DAY)
    assert gate(asleep, NOON).do is Do.WAIT
    own_word = GateFacts(late_after=usual, opens_at=NOON + 14 * DAY)
    assert gate(own_word, NOON).do is Do.HOLD


@pytest.mark.parametrize(
    ("timing", "timed"),
    [
        ({"kind": "immediately"}, False),
        ({"kind": "after", "amount": 2, "unit": "days", "at": None}, False),
        ({"kind": "after", "amount": 2, "unit": "days", "at": "09:00"}, True),
        ({"kind": "on", "date": "2026-12-24"}, True),
        ({"kind": "arrive", "field": "Birthday"}, True),
    ],
)
def test_a_date_or_a_time_of_day_is_a_time_of_its_own(timing: dict[str, Any], timed: bool) -> None:
    assert lateness.is_timed(timing) is timed
