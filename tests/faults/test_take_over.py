"""How soon the steps of a killed worker go on elsewhere, by the clock on the wall, and that a stopped one keeps its own.

Promise P4: what was not yet sent runs elsewhere within 15 seconds (p99), what was being sent is known to be unclear within 30,
and nothing is taken from a worker that lives. Workers that have claimed some steps and written down that one of them leaves are
killed at any moment, while the ticker, its sweeper and another worker do what they do in production, with its pauses.
``--faults=large`` kills 200 and stops some for two minutes.
"""

from __future__ import annotations

import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connections, transaction

from hub.audit.actor import SYSTEM
from hub.core.effects import once
from hub.db import clock
from hub.dispatch.requests import FrozenRequest, Granted, Intent
from hub.engine import claim, identity, jobs
from hub.engine.due import Bell, Rung
from hub.engine.ledger import SqlLedger
from hub.engine.models import Attempt
from hub.engine.ticker import Ticker
from hub.plans import enrollment
from hub.plans.models import StepRun
from tests.engine.world import MONDAY, World, make_world
from tests.faults.victims import Victim

pytestmark = pytest.mark.django_db(transaction=True)

WAITING, SENDING = 3, 1
"""Steps in a victim's hand: claimed only, and on their way."""

NOT_SENT_WITHIN, SENT_WITHIN = 15.0, 30.0
"""Seconds, as promised."""

BUSY = 2
"""By so much longer it may take where a few are killed beside other tests, which have the processors meanwhile."""

PATIENCE = 90.0
"""How long the last of them may take before the test gives up waiting: its figure is bad enough then."""

BYTES = FrozenRequest("POST", "https://api.postpigeon.example/v2/cards", (), b"{}")
DEADLINE = timedelta(seconds=75)
"""A stopped worker's step counts as stuck a minute after this, which is after it goes on."""


@dataclass(frozen=True)
class Size:
    """How many are killed and stopped; seconds from one kill to the next, and of a stop."""

    kills: int
    stops: int
    pause: float
    stopped: float


SIZES = {"small": Size(6, 1, 0.2, 6.0), "quarter": Size(50, 2, 0.5, 45.0), "large": Size(200, 4, 0.5, 120.0)}


class RunningClock(clock.VirtualClock):
    """Begins where the world's did, and goes on as the wall's does, in forks too."""

    def __init__(self) -> None:
        super().__init__(MONDAY)
        self._began = time.monotonic()

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=time.monotonic() - self._began)


@dataclass
class Survivor:
    """Another worker and the ticker, at work in this process. Attributes: run → when it claimed it."""

    world: World
    claimed: dict[UUID, datetime] = field(default_factory=dict)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Until the block ends."""
        with ThreadPoolExecutor(1, "survivor") as pool:
            ticker = Ticker(bell=Bell(lambda what, runs: pool.submit(self._take, what, runs)))
            thread = threading.Thread(target=ticker.run, name="survivor-ticker")
            thread.start()
            try:
                yield
            finally:
                ticker.stop()
                thread.join()
                pool.submit(connections.close_all)

    def _take(self, what: str, runs: Sequence[Rung]) -> None:
        if what != "dispatch":
            return
        jobs = self.world.ledger.claim([run_id for run_id, _ in runs])
        for job in jobs:  # what its vendor's rate puts off is claimed again
            self.claimed.setdefault(job.run_id, clock.now())
        self.world.runner.run(jobs)


def become_a_worker(world: World) -> dict[str, Any]:
    """In a victim: claim some steps that nobody else has seen yet, and let one of them out."""
    worker = identity.enter()
    people = world.contacts(WAITING + SENDING)
    with transaction.atomic():
        enrollment.enroll(world.plan, [person.pk for person in people], by=SYSTEM, now=clock.now())
        ids = list(StepRun.objects.filter(contact_id__in=[person.pk for person in people]).values_list("pk", flat=True))
        claimed = claim.claim(ids, worker.no, clock.now())
    taken = jobs.load(claimed)
    effect = once("90s", strong=True)
    intents = [
        Intent(job.run_id, job.fence, BYTES, effect, effect.effect_class(reconciles=True), job.ref, DEADLINE)
        for job in taken[:SENDING]
    ]
    assert all(isinstance(answer, Granted) for answer in SqlLedger(worker).intend(intents))
    return {
        "sending": [job.run_id.hex for job in taken[:SENDING]],
        "waiting": [job.run_id.hex for job in taken[SENDING:]],
    }


@dataclass
class Toll:
    """Who was killed when, and what they had in hand. Times are seconds until somebody saw to it."""

    world: World
    survivor: Survivor
    killed: list[tuple[datetime, dict[str, list[str]]]] = field(default_factory=list)

    def not_sent(self) -> list[float]:
        taken = self.survivor.claimed
        return sorted(
            (taken[UUID(run)] - at).total_seconds()
            for at, hand in self.killed for run in hand["waiting"] if UUID(run) in taken
        )  # fmt: skip

    def sent(self) -> list[float]:
        ended = dict(Attempt.objects.filter(ended_at__isnull=False, sender_gone=True).values_list("run_id", "ended_at"))
        return sorted(
            (ended[UUID(run)] - at).total_seconds()
            for at, hand in self.killed for run in hand["sending"] if UUID(run) in ended
        )  # fmt: skip

    def is_complete(self) -> bool:
        killed = len(self.killed)
        return len(self.not_sent()) == killed * WAITING and len(self.sent()) == killed * SENDING


def say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


def histogram(name: str, seconds: Sequence[float]) -> str:
    """A line a second, and the figures that are promised."""
    if not seconds:
        return f"  {name}: none"
    counts = Counter(int(one) for one in seconds)
    widest = max(counts.values())
    bars = [f"    {at:3} s {'█' * -(-40 * counts[at] // widest)} {counts[at]}" for at in range(max(counts) + 1)]
    figures = f"  {name}: {len(seconds)} steps, p50 {nth(seconds, 0.5):.1f} s, p99 {nth(seconds, 0.99):.1f} s"
    return "\n".join([f"{figures}, longest {seconds[-1]:.1f} s", *bars])


def nth(seconds: Sequence[float], share: float) -> float:
    return seconds[min(len(seconds) - 1, int(len(seconds) * share))]


@pytest.mark.slow
def test_the_steps_of_a_killed_worker_go_on_soon_and_those_of_a_stopped_one_are_left_alone(
    pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]
) -> None:
    figure = pytestconfig.getoption("--faults")
    size, seed = SIZES[figure], pytestconfig.getoption("--faults-seed") or 1
    with make_world() as world, clock.use(RunningClock()):
        survivor = Survivor(world)
        toll = Toll(world, survivor)
        victims = [Victim(lambda: become_a_worker(world)) for _ in range(size.kills + size.stops)]
        try:
            with survivor.at_work():
                stopped = Stopped(victims[: size.stops], size.stopped)
                kill(victims[size.stops :], toll, stopped, random.Random(seed), size.pause)
                wait(toll, stopped)
        finally:
            for victim in victims:
                victim.end()
        not_sent, sent = toll.not_sent(), toll.sent()

    with capsys.disabled():
        say(f"\n{size.kills} workers killed, {size.stops} stopped for {size.stopped:.0f} s, seed {seed}")
        say(histogram("not yet sent, run elsewhere", not_sent))
        say(histogram("being sent, known to be unclear", sent))
    assert toll.is_complete()
    slack = BUSY if figure == "small" else 1
    assert nth(not_sent, 0.99) <= NOT_SENT_WITHIN * slack
    assert sent[-1] <= SENT_WITHIN * slack
    assert stopped.kept == (size.stops * SENDING, size.stops * WAITING), "taken from one that lived"


class Stopped:
    """Workers that have steps in hand and stand still. Their leases are over at once, so that every pass looks at them.

    Attributes:
        kept: how many they still had, sending and waiting, when they had stood so long; None before that.
    """

    def __init__(self, victims: Sequence[Victim], seconds: float) -> None:
        self._held: dict[str, list[str]] = {"sending": [], "waiting": []}
        for victim in victims:
            for kind, runs in victim.go().items():
                self._held[kind] += runs
            victim.signal(signal.SIGSTOP)
        theirs = self._held["sending"] + self._held["waiting"]
        StepRun.objects.filter(pk__in=theirs).update(lease_until=clock.now())
        self._until = time.monotonic() + seconds
        self.kept: tuple[int, int] | None = None

    def look(self) -> bool:
        """Whether their time is over. When it is, what they have is counted."""
        if self.kept is None and time.monotonic() >= self._until:
            self.kept = (self._in_hand("sending", "calling"), self._in_hand("waiting", "claimed"))
        return self.kept is not None

    def _in_hand(self, kind: str, state: str) -> int:
        return StepRun.objects.filter(pk__in=self._held[kind], state=state, fence=1).count()


def kill(victims: Sequence[Victim], toll: Toll, stopped: Stopped, chance: random.Random, pause: float) -> None:
    """One after the other, at a moment that has nothing to do with the sweeper's."""
    for victim in victims:
        hand = victim.go()
        time.sleep(chance.uniform(0, 2 * pause))
        victim.signal(signal.SIGKILL)
        toll.killed.append((clock.now(), hand))
        stopped.look()


def wait(toll: Toll, stopped: Stopped) -> None:
    """Until everything of the dead is seen to, and those that stand still have stood long enough."""
    end = time.monotonic() + PATIENCE
    while not stopped.look() or (not toll.is_complete() and time.monotonic() < end):
        time.sleep(0.1)
