"""What the chain says is what the worker then does: in states that the real engine made, a step starts when it says so."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from typing import Any

import httpx
import pytest
from django.db import transaction

from hub.accounts import changes as accounts
from hub.accounts.calendars import Calendar, Quiet, Span
from hub.addons import changes as addons
from hub.audit.actor import SYSTEM
from hub.contacts.models import Contact
from hub.db import installation
from hub.engine import rates, reference, release
from hub.engine.whynot import asking
from hub.engine.whynot.link import Answer
from hub.plans import changes as plans
from hub.plans import stopping
from hub.plans.models import PlanStep, StepRun
from tests.engine.world import CARD, World, connect, make_world

pytestmark = pytest.mark.django_db(transaction=True)

DAYS = {"kind": "after", "amount": 2, "unit": "days"}
WORLDS = (1, 2, 6, 11, 17, 21, 34)
"""Of the first sixty seeds the few that come to every link between them; all sixty agree."""
TURNS = 7


@pytest.fixture
def world() -> Iterator[World]:
    with make_world([CARD, CARD], timings=[{"kind": "immediately"}, DAYS]) as made:
        yield made


def ask(world: World, run: StepRun) -> Answer:
    contact = Contact.objects.get(pk=run.contact_id)
    return asking.why(contact, run.enrollment.plan, run.plan_step.key, world.clock.now())


def did_start(world: World, run: StepRun) -> bool:
    """Let a worker take up this run and no other: whether its plugin spoke to the vendor under the run's reference."""
    ref = reference.of(installation.ref(), run.pk, run.epoch)
    before = sum(_names(request, ref) for request in world.vendor.requests)
    world.dispatch([run.pk])
    return sum(_names(request, ref) for request in world.vendor.requests) > before


def _names(request: httpx.Request, ref: str) -> bool:
    return request.method == "POST" and ref.encode() in request.content


def lost(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("gone", request=request)


def slow_down(request: httpx.Request) -> httpx.Response:
    return httpx.Response(429, headers={"Retry-After": "600"})


def refused(request: httpx.Request) -> httpx.Response:
    return httpx.Response(401)


@transaction.atomic
def _calendar(world: World, **values: Any) -> None:
    accounts.set_calendar(world.account, Calendar(**values), by=SYSTEM)


def _step(**values: Any) -> None:
    PlanStep.objects.update(**values)


def _rate_used_up(world: World) -> None:
    row = world.connection()
    row.rate_at = world.clock.now() + timedelta(minutes=3)
    row.save(update_fields=["rate_at"])


def _one(world: World, chance: random.Random) -> StepRun:
    return chance.choice(list(StepRun.objects.filter(closed_at=None)) or list(StepRun.objects.all()))


Deed = Callable[[World, random.Random], object]

DEEDS: dict[str, Deed] = {
    "pause": lambda w, c: accounts.pause(w.account, by=SYSTEM),
    "unpause": lambda w, c: accounts.unpause(w.account, by=SYSTEM),
    "lock": lambda w, c: accounts.lock_login(w.account, by=SYSTEM),
    "unlock": lambda w, c: accounts.unlock_login(w.account, by=SYSTEM),
    "switch off": lambda w, c: addons.disable(w.account, "postpigeon", by=SYSTEM),
    "withdraw": lambda w, c: addons.withdraw(w.account, "postpigeon", by=SYSTEM),
    "connect": lambda w, c: connect(w.account),
    "quiet": lambda w, c: _calendar(w, quiet=Quiet(begins=time(8), ends=time(20))),
    "sleep": lambda w, c: _calendar(w, pauses=[Span(first=date(2026, 3, 2), last=date(2026, 3, 3))]),
    "awake": lambda w, c: _calendar(w),
    "plan sleeps": lambda w, c: plans.put_to_sleep(w.plan, [Span(first=date(2026, 3, 4), last=date(2026, 3, 4))], by=SYSTEM),
    "late": lambda w, c: _step(late_hours=1),
    "never late": lambda w, c: _step(late_hours=None),
    "not meant": lambda w, c: _step(only_if={"when": {"kind": "tag", "name": "VIP"}}),
    "meant": lambda w, c: _step(only_if=None),
    "no address": lambda w, c: Contact.objects.update(line1=""),
    "address": lambda w, c: Contact.objects.update(line1="1 High St"),
    "archive": lambda w, c: Contact.objects.filter(pk=_one(w, c).contact_id).update(archived_at=w.clock.now()),
    "take off": lambda w, c: stopping.stop(w.account, [_one(w, c).enrollment_id], reason="Moved", by=SYSTEM),
    "unfit": lambda w, c: _step(options={}),
    "fit": lambda w, c: _step(options=CARD[1]),
    "answer lost": lambda w, c: w.vendor.answers.append(lost),
    "slow down": lambda w, c: w.vendor.answers.append(slow_down),
    "refuse the key": lambda w, c: w.vendor.answers.append(refused),
    "rate used up": lambda w, c: _rate_used_up(w),
    "block": lambda w, c: rates.block(w.connection().pk, w.clock.now() + timedelta(minutes=5)),
    "release": lambda w, c: release.sweep(),
    "enrol": lambda w, c: w.enroll(1),
    "an hour": lambda w, c: w.clock.advance(hours=1),
    "two days": lambda w, c: w.clock.advance(days=2),
}  # fmt: skip
"""What may happen between two looks. Whatever it is, the engine makes of it what it makes."""


@pytest.mark.parametrize("seed", WORLDS)
def test_a_step_starts_exactly_when_the_chain_says_that_it_starts(world: World, seed: int) -> None:
    chance = random.Random(seed)
    world.enroll(2)
    told = list[str]()
    for _ in range(TURNS):
        for name in chance.sample(sorted(DEEDS), 2):
            told.append(name)
            with transaction.atomic():
                DEEDS[name](world, chance)
        run = _one(world, chance)
        said = ask(world, run)
        told.append(f"{run.state}: {said.stop.key if said.stop else 'starts'}")

        assert did_start(world, run) is said.starts, told
