"""So many calls at the same time as the vendor allows, and not one more, whatever the workers do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from hub.addons.models import Connection
from hub.core import AddOn
from hub.core.effects import EffectClass
from hub.core.errors import DeclarationError
from hub.dispatch.requests import Denied, FrozenRequest, Granted, Intent
from hub.engine import identity, rates, sweep
from hub.engine.identity import Identity
from hub.engine.ledger import SqlLedger
from hub.plans.models import StepRun
from tests.engine.guards.doorway import AT_ONCE, EFFECT, doorway_world
from tests.engine.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)

Answers = Sequence[Granted | Denied]


@pytest.fixture
def world() -> Iterator[World]:
    with doorway_world() as made:
        yield made


def offer(ledger: SqlLedger, runs: Sequence[UUID]) -> Answers:
    """Claim these, and write down that they leave: what a worker does before it calls, and no more."""
    return ledger.intend(
        [
            Intent(
                job.run_id, job.fence, FrozenRequest("POST", "https://doorway.example/enter"), EFFECT, EffectClass.KEYED,
                job.ref, timedelta(seconds=30), job.connection_id, at_once=AT_ONCE,
            )
            for job in ledger.claim(runs)
        ]
    )  # fmt: skip


def granted(answers: Answers) -> int:
    return sum(isinstance(answer, Granted) for answer in answers)


def at_the_same_time(work: Sequence[Callable[[], Answers]]) -> list[Answers]:
    """Each in a thread of its own, all let go at one moment."""
    gate, found = threading.Barrier(len(work)), list[Answers]()

    def one(task: Callable[[], Answers]) -> None:
        gate.wait()
        try:
            found.append(task())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(task,)) for task in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_workers_that_come_at_the_same_moment_share_the_places(world: World) -> None:
    runs = [run.pk for run in world.enroll(16)]
    workers = [identity.enter() for _ in range(4)]

    def come(worker: Identity, mine: Sequence[UUID]) -> Callable[[], Answers]:
        return lambda: offer(SqlLedger(worker), mine)

    found = at_the_same_time([come(worker, runs[n::4]) for n, worker in enumerate(workers)])

    assert sum(len(answers) for answers in found) == 16
    assert sum(granted(answers) for answers in found) == AT_ONCE
    assert rates.out(Connection.objects.get(addon="doorway").pk) == AT_ONCE
    assert StepRun.objects.filter(state="calling").count() == AT_ONCE
    for worker in workers:
        worker.leave()


def test_who_finds_every_place_taken_comes_again_in_a_moment(world: World) -> None:
    runs = [run.pk for run in world.enroll(AT_ONCE + 4)]

    answers = offer(world.ledger, runs)

    waits = [answer.seconds for answer in answers if isinstance(answer, Denied)]
    assert [answer.code for answer in answers if isinstance(answer, Denied)] == ["rate"] * 4
    assert sorted(waits, key=lambda wait: wait or 0) == [0.25, 0.25, 0.25, 0.5]


def test_the_places_a_dead_worker_had_are_free_when_the_sweeper_took_its_runs_back(world: World) -> None:
    other = identity.enter()
    first = [run.pk for run in world.enroll(AT_ONCE)]
    second = [run.pk for run in world.enroll(AT_ONCE)]
    assert granted(offer(SqlLedger(other), first)) == AT_ONCE
    assert granted(offer(world.ledger, second[:1])) == 0

    other.leave()
    world.clock.advance(seconds=200)
    assert sweep.sweep() >= AT_ONCE
    StepRun.objects.filter(pk__in=second, state="claimed").update(state="scheduled", lease_until=None, worker_no=None)

    assert granted(offer(world.ledger, second)) == AT_ONCE


def test_everything_gets_through_in_the_end(world: World) -> None:
    world.enroll(20)

    world.work_for(seconds=12)

    assert len(world.vendor.cards) == 20


def test_an_add_on_that_declares_no_such_limit_pays_nothing_for_it() -> None:
    with make_world() as world:
        runs = world.enroll(2)
        with CaptureQueriesContext(connection) as seen:
            world.dispatch([run.pk for run in runs])
    assert len(world.vendor.cards) == 2
    assert not [query for query in seen.captured_queries if "r.state = 'calling'" in query["sql"]]
    assert not [query for query in seen.captured_queries if "engine_retries" in query["sql"]]


@pytest.mark.parametrize("nonsense", [-1, True, 2.5, "3"])
def test_a_limit_that_is_no_number_of_calls_is_refused_where_it_is_written(nonsense: object) -> None:
    with pytest.raises(DeclarationError, match="no number of calls"):
        AddOn("narrow", title="Narrow", at_once=nonsense)  # type: ignore[arg-type]
