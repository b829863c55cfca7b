"""A plugin that holds its event loop, against the real ledger: one step comes before a person, the others are done once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from django.db import connections

from hub.addons import installed
from hub.core import AddOn, Done, Settings
from hub.core.registry import Source
from hub.dispatch.carrying import Carriers
from hub.dispatch.guests import house
from hub.dispatch.guests.house import Guests
from hub.dispatch.outside import Outside
from hub.dispatch.runner import Runner
from hub.engine.runtime import Writing
from hub.history.models import Note
from hub.plans.models import StepRun
from tests.engine.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)

HELD = 60.0
"""By a clock that is moved by hand."""


@dataclass
class Lodger:
    """Holds its loop the first time it is asked to do something."""

    held: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)
    done: list[str] = field(default_factory=list)

    def addon(self) -> AddOn:
        addon = AddOn("lodger", title="Lodger", always_on=True)

        @addon.action("do", Settings, title="Do")
        async def do(vendor: Any, step: Any, contact: Any) -> Done:
            if not self.held.is_set():
                self.held.set()
                self.let_go.wait(180)
            self.done.append(contact.id)
            return Done()

        return addon


@dataclass
class Street:
    world: World
    lodger: Lodger
    guests: Guests
    carriers: Carriers

    def begin(self, runs: list[StepRun]) -> None:
        self.carriers.begin(self.world.ledger.claim([run.pk for run in runs]), lambda run_id: None)

    def give_up(self) -> None:
        assert self.lodger.held.wait(60)
        self.guests.look(now := time.monotonic())
        self.guests.look(now + HELD + 1)


@pytest.fixture
def street(monkeypatch: pytest.MonkeyPatch) -> Iterator[Street]:
    monkeypatch.setattr(house, "LOOK_SECONDS", 3600.0)  # only the test looks
    lodger = Lodger()
    with make_world(actions=[("lodger.do", {})], more_addons=[lodger.addon()]) as world:
        outside, registry, writer = installed.outside(), installed.registry(), Writing()
        plugin = replace(registry.plugins["lodger"], source=Source("lodger", "hub-lodger", "1", "hub_lodger"))

        def runner_in(way_out: Outside) -> Runner:
            return Runner(world.ledger, registry, way_out, chance=lambda: 0.0, writer=writer)

        guests = Guests(lambda: outside, {"lodger": plugin}.get, lambda: HELD)
        carriers = Carriers(world.runner, world.ledger, guests, runner_in, ended=connections.close_all)
        yield Street(world, lodger, guests, carriers)
        lodger.let_go.set()
        carriers.close()
        guests.close()
        writer.shutdown()


def until(wanted: Callable[[], bool]) -> bool:
    end = time.monotonic() + 60
    while not wanted() and time.monotonic() < end:
        time.sleep(0.02)
    return wanted()


def states() -> list[str]:
    return sorted(StepRun.objects.values_list("state", flat=True))


def test_one_step_comes_before_a_person_and_the_others_are_done_once_whatever_the_thread_does(street: Street) -> None:
    runs = street.world.enroll(4)
    street.begin(runs)
    fences = dict(StepRun.objects.values_list("pk", "fence"))

    street.give_up()
    assert until(lambda: "claimed" not in states())
    assert states() == ["review", "scheduled", "scheduled", "scheduled"]
    assert all(run.fence == fences[run.pk] + 1 for run in StepRun.objects.all())
    street.lodger.let_go.set()
    (guest,) = street.guests.all()
    assert until(lambda: guest.left_behind() == 0), "the old thread wakes, and comes to its end"
    assert states() == ["review", "scheduled", "scheduled", "scheduled"]
    street.world.clock.advance(seconds=1)
    street.begin(runs)

    assert until(lambda: states() == ["done", "done", "done", "review"])
    assert len(street.lodger.done) == 3
    held = StepRun.objects.get(state="review")
    assert (held.hold_reason, held.attempts) == ("plugin", 1)
    assert "held its event loop" in held.hold_detail
    assert "test_a_guest_holds_its_loop.py, line" in held.hold_detail
    assert Note.objects.filter(kind="step.review", run_id=held.pk).exists()
