"""The engine's numbers: what a group of tries adds, and that no trouble with them touches a step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import httpx
import pytest

from hub.addons import installed
from hub.db import counting
from hub.dispatch import lanes, offering
from hub.dispatch.batch import dispatch
from hub.dispatch.runner import Runner
from hub.engine import figures, logbook, runtime
from hub.engine.runtime import Writing
from hub.plans.models import StepRun
from tests.engine.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)


class Kept:
    """A sink that remembers."""

    def __init__(self) -> None:
        self.added, self.seen = Counter[tuple[str, ...]](), dict[tuple[str, ...], list[float]]()

    def add(self, name: str, amount: float, labels: Mapping[str, str]) -> None:
        self.added[name, *labels.values()] += int(amount)

    def observe(self, name: str, values: Iterable[float], labels: Mapping[str, str]) -> None:
        self.seen.setdefault((name, *labels.values()), []).extend(values)


@pytest.fixture
def kept() -> Iterator[Kept]:
    sink = Kept()
    counting.use(sink)
    yield sink
    counting.use(None)


@pytest.fixture
def world() -> Iterator[World]:
    with make_world() as made:
        yield made


def test_each_try_is_counted_with_what_it_came_to(world: World, kept: Kept) -> None:
    world.vendor.answers = [lambda request: httpx.Response(422, json={"error": "no such campaign"})]
    world.enroll(1)
    world.work()
    world.enroll(1)
    world.work()

    assert kept.added["hub_step_tries_total", "postpigeon", "rejected", "failed"] == 1
    assert kept.added["hub_step_tries_total", "postpigeon", "done", "done"] == 1


def test_what_the_gate_stopped_has_no_verdict(world: World, kept: Kept) -> None:
    world.enroll(1)
    world.account.switch.status = "paused"  # type: ignore[attr-defined]
    world.account.switch.save()  # type: ignore[attr-defined]

    world.work()

    assert kept.added["hub_step_tries_total", "postpigeon", "none", "held"] == 1


def test_a_rate_that_is_used_up_is_counted(world: World, kept: Kept) -> None:
    world.enroll(12)

    world.work(passes=1)

    waited = StepRun.objects.filter(state="scheduled").count()
    assert waited > 0
    assert kept.added["hub_rate_waits_total", "postpigeon"] == waited


def test_how_late_a_step_begins_is_seen_where_it_has_its_place(world: World, kept: Kept) -> None:
    """What is claimed and waits behind others of its line has not begun."""
    runs = world.enroll(2)
    world.clock.advance(seconds=3)
    world.vendor.answers = [lambda request: slow(world)]
    counted = Runner(
        world.ledger,
        installed.registry(),
        installed.outside(),
        chance=lambda: 0.0,
        writer=Writing(),
        begun=figures.begun,
    )
    counted._places = lanes.Places(1, 1)

    dispatch([run.pk for run in runs], world.ledger, counted)

    counted.close()
    assert kept.seen["hub_step_lateness_seconds", "postpigeon"] == [3.0, 63.0]


def slow(world: World) -> httpx.Response:
    """A vendor that takes a minute."""
    world.clock.advance(seconds=60)
    return httpx.Response(422, json={"error": "no such campaign"})


def test_a_step_that_is_held_has_not_begun(world: World, kept: Kept) -> None:
    world.enroll(1)
    world.account.switch.status = "paused"  # type: ignore[attr-defined]
    world.account.switch.save()  # type: ignore[attr-defined]
    world.runner._begun = figures.begun

    world.work(passes=1)

    assert kept.seen == {}


def test_a_process_of_the_hub_counts_it() -> None:
    assert runtime.current().runner._begun is figures.begun
    runtime.close()


@pytest.mark.parametrize("module", [figures, logbook])
def test_whoever_counts_or_tells_may_fail_and_the_step_is_done_once(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, module: Any
) -> None:
    def broken(*_: object) -> None:
        raise OSError("no room for numbers")

    monkeypatch.setattr(module, "settled", broken)
    monkeypatch.setattr(offering, "SETTLE_TRIES", 1)
    world.enroll(1)

    world.work()

    assert "could not be told to the log or the metrics" in caplog.text
    assert "could not be settled" not in caplog.text  # or it would be offered to the store again and again
    assert StepRun.objects.get().state == "done"
    assert len(world.vendor.cards) == 1
