"""A clock that jumps, a day that is an hour too long, and more tickers and sweepers than anybody needs.

A step is done once, not before its time, and not taken from anybody who lives.
"""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connections, transaction

from hub.audit.actor import SYSTEM
from hub.engine import due, identity, release, sweep
from hub.engine.ledger import SqlLedger
from hub.plans import enrollment
from hub.plans.models import StepRun
from tests.engine.world import CARD, World, make_plan, make_world
from tests.faults import verdict
from tests.faults.stage import Stage
from tests.faults.stores import SqlStore, sql_store

pytestmark = pytest.mark.django_db(transaction=True)

JUMP = timedelta(seconds=90)


@pytest.fixture
def store() -> Iterator[SqlStore]:
    with sql_store(["blind"]) as made:
        made.enroll()
        yield made


def judged(stage: Stage, store: SqlStore) -> list[str]:
    stage.rests()
    return verdict.faults(verdict.read(store.kept.lines))


def test_a_clock_that_jumps_ahead_takes_nothing_from_the_living(store: SqlStore) -> None:
    stage = Stage(store, "blind")
    [run] = stage.claims("first")
    stage.intends("first", run)
    stage.sends("first", run)

    stage.passes(seconds=JUMP.total_seconds())
    store.sweep()
    assert store.look()[run.hex] == ("calling", 0)
    assert stage.claims("second") == []

    stage.settles("first", run)
    assert store.look()[run.hex] == ("done", 0)
    assert judged(stage, store) == []


def test_a_clock_that_jumps_back_does_nothing_early_and_nothing_again(store: SqlStore) -> None:
    stage = Stage(store, "blind")

    stage.passes(seconds=-JUMP.total_seconds())
    assert stage.claims("first") == []

    stage.passes(seconds=JUMP.total_seconds())
    [run] = stage.claims("first")
    stage.passes(seconds=-JUMP.total_seconds())
    stage.intends("first", run)
    stage.sends("first", run)
    store.sweep()
    stage.settles("first", run)
    assert judged(stage, store) == []
    assert len(stage.vendor.done) == 1


def test_a_request_whose_time_is_over_by_a_jump_does_not_leave(store: SqlStore) -> None:
    stage = Stage(store, "blind")
    [run] = stage.claims("first")
    stage.intends("first", run)

    stage.passes(seconds=JUMP.total_seconds())
    stage.sends("first", run)
    stage.settles("first", run)

    assert stage.vendor.done == []
    assert judged(stage, store) == []
    assert len(stage.vendor.done) == 1


DAILY = [{"kind": "immediately"}, *({"kind": "after", "amount": 1, "unit": "days", "at": "02:30"} for _ in range(2))]

DAYS = {
    "an hour is missing": (datetime(2026, 3, 7, 12, tzinfo=UTC), "America/New_York"),
    "an hour comes twice": (datetime(2026, 10, 31, 4, tzinfo=UTC), "America/New_York"),
    "a leap day": (datetime(2028, 2, 28, 12, tzinfo=UTC), "UTC"),
    "a new year": (datetime(2027, 12, 31, 12, tzinfo=UTC), "Pacific/Kiritimati"),
}


@pytest.mark.parametrize(("start", "zone"), DAYS.values(), ids=DAYS)
def test_on_a_strange_day_each_step_is_done_once_and_not_before_its_time(start: datetime, zone: str) -> None:
    with make_world() as world:
        world.clock.advance(start - world.clock.now())
        type(world.account).objects.filter(pk=world.account.pk).update(time_zone=zone)
        with transaction.atomic():
            world.plan = make_plan(world.account, [CARD] * 3, DAILY, "none")
        world.enroll(2)

        seen = hour_by_hour(world, 72)

        runs = list(StepRun.objects.order_by("contact_id", "seq"))
        assert [(run.seq, run.state) for run in runs] == [(seq, "done") for _ in range(2) for seq in range(3)]
        assert len(world.vendor.cards) == 6
        assert world.vendor.sent_twice() == []
        assert all(seen[run.pk] >= run.due_at for run in runs if run.due_at)
        assert all(later - earlier >= timedelta(hours=1) for earlier, later in between(runs))


def hour_by_hour(world: World, hours: int) -> dict[UUID, datetime]:
    """Run → when it was first found done."""
    seen: dict[UUID, datetime] = {}
    for _ in range(hours):
        world.work()
        for id_ in StepRun.objects.filter(state="done").values_list("pk", flat=True):
            seen.setdefault(id_, world.clock.now())
        world.clock.advance(hours=1)
    return seen


def between(runs: list[StepRun]) -> Iterator[tuple[datetime, datetime]]:
    """When a contact's steps were due, two by two."""
    for earlier, later in itertools.pairwise(runs):
        if earlier.contact_id == later.contact_id and earlier.due_at and later.due_at:
            yield earlier.due_at, later.due_at


CROWD = 5


class Crowd:
    """Tickers and sweepers, each a thread with a bell and a ledger of its own, who all ring for one list of workers' claims."""

    def __init__(self) -> None:
        self.claimed: Counter[tuple[UUID, int]] = Counter()
        self.runs: Counter[UUID] = Counter()
        self._lock = threading.Lock()

    def tick(self, ticks: int) -> None:
        """Ring, sweep, release and claim, again and again."""
        worker = identity.enter()
        ledger = SqlLedger(worker)
        bell = due.Bell(lambda what, rung: self._hear(ledger, [run for run, _ in rung]))
        try:
            for _ in range(ticks):
                bell.ring()
                sweep.sweep()
                release.sweep()
        finally:
            worker._lock.release()
            connections.close_all()

    def _hear(self, ledger: SqlLedger, ids: list[UUID]) -> None:
        jobs = ledger.claim(ids)
        with self._lock:
            self.claimed.update((job.run_id, job.fence) for job in jobs)
            self.runs.update(job.run_id for job in jobs)


@pytest.mark.slow
def test_of_many_tickers_and_sweepers_each_run_is_claimed_once(pytestconfig: pytest.Config) -> None:
    small = pytestconfig.getoption("--faults") == "small"
    contacts, ticks = (200, 100) if small else (2_000, 10_000)
    with make_world() as world:
        with transaction.atomic():
            people = [person.pk for person in world.contacts(contacts)]
            enrollment.enroll(world.plan, people, by=SYSTEM, now=world.clock.now())
        crowd = Crowd()

        with ThreadPoolExecutor(CROWD) as threads:
            for done in [threads.submit(crowd.tick, ticks // CROWD) for _ in range(CROWD)]:
                done.result()

        assert sorted(crowd.runs.values()) == [1] * contacts
        assert set(crowd.claimed.values()) == {1}
        assert set(StepRun.objects.values_list("state", "fence")) == {("claimed", 1)}
