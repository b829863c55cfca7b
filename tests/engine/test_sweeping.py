"""Taking back what dead workers held, and nothing of the living."""

from __future__ import annotations

import socket
import uuid
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from hub.core.effects import once
from hub.db import uptime
from hub.dispatch.requests import FrozenRequest, Granted, Intent
from hub.engine import lock, sweep
from hub.engine.due import due_steps
from hub.engine.models import Attempt, Worker
from hub.plans.models import StepRun
from tests.engine.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)

BYTES = FrozenRequest("POST", "https://api.postpigeon.example/v2/cards", (), b"{}")


@pytest.fixture
def world() -> Iterator[World]:
    with make_world() as made:
        yield made


def dead_worker(world: World, *, host: str = "") -> Worker:
    """A worker whose process is gone."""
    now = world.clock.now()
    return Worker.objects.create(
        boot_id=uuid.uuid4(), host=host or socket.gethostname(), pid=1, pid_start="before", started_at=now, beat_at=now
    )


@pytest.fixture(autouse=True)
def a_database_that_has_been_up_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    up_since(timedelta(days=9), monkeypatch)


def up_since(age: timedelta, monkeypatch: pytest.MonkeyPatch) -> None:
    """So long ago the database was restarted, and every lock in it was free."""
    monkeypatch.setattr(uptime, "of_the_server", lambda: age)


def calling(world: World, deadline: int = 30) -> StepRun:
    """A run whose request is out."""
    [run] = world.enroll(1)
    [job] = world.ledger.claim([run.pk])
    intent = Intent(run.pk, job.fence, BYTES, once("90s", strong=True), once().effect_class(reconciles=True), job.ref,
                    timedelta(seconds=deadline))  # fmt: skip
    [granted] = world.ledger.intend([intent])
    assert isinstance(granted, Granted)
    run.refresh_from_db()
    return run


def given_to(worker: Worker, run: StepRun) -> None:
    StepRun.objects.filter(pk=run.pk).update(worker_no=worker.no)


def test_a_living_workers_request_is_left_alone_while_it_may_be_out(world: World) -> None:
    run = calling(world)

    world.clock.advance(seconds=60)

    assert sweep.sweep() == 0
    run.refresh_from_db()
    assert run.state == "calling"


def test_a_living_worker_that_holds_a_request_too_long_loses_it_as_unclear(world: World) -> None:
    run = calling(world)

    world.clock.advance(seconds=91)

    assert sweep.sweep() == 1
    run.refresh_from_db()
    assert run.state == "unknown"
    assert Attempt.objects.get().sender_gone is False


def test_what_a_living_worker_keeps_waiting_for_ever_is_given_to_another(world: World) -> None:
    [run] = world.enroll(1)
    world.ledger.claim([run.pk])

    world.clock.advance(minutes=9)
    assert sweep.sweep() == 0
    world.clock.advance(minutes=2)
    assert sweep.sweep() == 1

    world.work_for(seconds=4)
    run.refresh_from_db()
    assert run.state == "done"
    assert len(world.vendor.cards) == 1


def test_a_dead_worker_of_this_host_is_proved_gone_and_a_strong_vendor_lets_it_be_sent_again(world: World) -> None:
    run = calling(world)
    given_to(dead_worker(world), run)

    world.clock.advance(seconds=31)
    assert sweep.sweep() == 1
    assert Attempt.objects.get().sender_gone is True


def test_what_a_worker_held_that_is_proved_gone_is_taken_at_once(world: World) -> None:
    [run] = world.enroll(1)
    world.ledger.claim([run.pk])
    dead = dead_worker(world)
    given_to(dead, run)

    assert sweep.sweep() == 1
    assert sweep.sweep() == 0

    run.refresh_from_db()
    dead.refresh_from_db()
    assert run.state == "scheduled"
    assert dead.ended_at is not None


def test_a_dead_worker_of_another_host_is_not_proved_gone(world: World) -> None:
    run = calling(world)
    given_to(dead_worker(world, host="elsewhere"), run)

    world.clock.advance(seconds=31)
    assert sweep.sweep() == 1
    attempt = Attempt.objects.get()
    assert (attempt.outcome, attempt.sender_gone) == ("unclear", False)


def test_what_may_still_be_out_is_not_taken_from_a_worker_whose_death_is_not_proved(world: World) -> None:
    run = calling(world, deadline=120)
    given_to(dead_worker(world, host="elsewhere"), run)

    world.clock.advance(seconds=119)
    assert sweep.sweep() == 0
    world.clock.advance(seconds=2)
    assert sweep.sweep() == 1

    run.refresh_from_db()
    assert run.state == "unknown"


def test_what_a_worker_elsewhere_has_not_sent_is_taken_when_nothing_is_heard_of_it(world: World) -> None:
    [run] = world.enroll(1)
    world.ledger.claim([run.pk])
    given_to(dead_worker(world, host="elsewhere"), run)

    world.clock.advance(seconds=7)
    assert sweep.sweep() == 0, "it may be getting its lock back"
    world.clock.advance(seconds=1)
    assert sweep.sweep() == 1

    run.refresh_from_db()
    assert (run.state, run.fence) == ("scheduled", 2)


def test_a_worker_elsewhere_that_is_silent_for_a_day_and_holds_nothing_is_asked_about_no_more(world: World) -> None:
    elsewhere = dead_worker(world, host="elsewhere")
    run = calling(world)
    given_to(elsewhere, run)

    def closed() -> bool:
        sweep.sweep()
        elsewhere.refresh_from_db()
        return elsewhere.ended_at is not None

    world.clock.advance(hours=23)
    assert not closed()
    run.refresh_from_db()
    assert run.state == "unknown"
    world.clock.advance(hours=2)
    assert closed()


def test_after_a_restart_of_the_database_free_locks_say_nothing_for_as_long_as_a_call_may_last(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All workers have lost their locks at once, and those of other hosts may live and be getting them back."""
    sending = calling(world)
    [waiting] = world.enroll(1)
    world.ledger.claim([waiting.pk])
    elsewhere = dead_worker(world, host="elsewhere")
    for run in (sending, waiting):
        given_to(elsewhere, run)
    world.clock.advance(seconds=31)

    up_since(sweep.RESTARTED - timedelta(seconds=1), monkeypatch)
    assert sweep.sweep() == 0
    up_since(sweep.RESTARTED, monkeypatch)
    assert sweep.sweep() == 2

    assert sorted(StepRun.objects.values_list("state", flat=True)) == ["scheduled", "unknown"]


def test_after_a_restart_of_the_database_who_is_seen_to_be_gone_is_not_waited_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = calling(world)
    given_to(dead_worker(world), run)

    up_since(timedelta(0), monkeypatch)

    assert sweep.sweep() == 1


def test_one_row_that_cannot_be_swept_strands_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = world.enroll(3)
    world.ledger.claim([run.pk for run in runs])
    StepRun.objects.update(worker_no=dead_worker(world).no)
    world.clock.advance(seconds=31)
    honest = sweep._take_back

    def fails_for_the_first(run_id: uuid.UUID, *more: object) -> bool:
        if run_id == runs[0].pk:
            raise RuntimeError("this row is bad")
        return honest(run_id, *more)

    monkeypatch.setattr(sweep, "_take_back", fails_for_the_first)

    assert sweep.sweep() == 2


def test_three_deaths_at_one_step_show_it_to_a_person(world: World) -> None:
    [run] = world.enroll(1)
    for _ in range(3):
        assert world.ledger.claim([run.pk])
        StepRun.objects.update(worker_no=dead_worker(world).no)
        world.clock.advance(seconds=31)
        sweep.sweep()
        world.clock.advance(seconds=31)

    run.refresh_from_db()
    assert (run.state, run.hold_reason) == ("review", "poison")


def test_a_step_that_kills_its_worker_drags_few_of_those_in_line_with_it(world: World) -> None:
    runs = [run.pk for run in world.enroll(200)]
    poison, at_a_time = runs[0], 100

    def work_until_it_dies() -> None:
        """Second by second, a worker takes what is due and carries it out; what it holds with the poison is left in its hand."""
        while True:
            due = due_steps(world.clock.now(), at_a_time)
            held = [job.run_id for job in world.ledger.claim(due)]
            if poison in held:
                StepRun.objects.filter(pk__in=held).update(worker_no=dead_worker(world).no)
                return
            StepRun.objects.filter(pk__in=held).update(state="done", worker_no=None, lease_until=None)
            world.clock.advance(seconds=0.25)

    for _ in range(3):
        work_until_it_dies()
        assert sweep.sweep() > 0

    shown = set(StepRun.objects.filter(state="review").values_list("pk", flat=True))
    assert poison in shown
    assert len(shown) < 40, "innocent steps were taken for poison"


def test_a_stale_worker_that_comes_home_with_the_vendors_yes_is_believed(world: World) -> None:
    [run] = world.enroll(1)

    def swept_meanwhile(request: httpx.Request) -> httpx.Response:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(1) as pool:
            pool.submit(StepRun.objects.update, worker_no=dead_worker_no).result()
            world.clock.advance(seconds=31)
            pool.submit(sweep.sweep).result()
            states.append(pool.submit(lambda: StepRun.objects.get().state).result())
        return world.vendor.behave(request)

    dead_worker_no = dead_worker(world).no
    states: list[str] = []
    world.vendor.answers = [swept_meanwhile]

    world.dispatch([run.pk])

    run.refresh_from_db()
    assert states == ["unknown"]
    assert run.state == "done"
    assert len(world.vendor.cards) == 1


def test_a_worker_without_its_lock_claims_nothing_and_sends_nothing(world: World) -> None:
    [run] = world.enroll(1)
    world.worker._lock.release()

    world.dispatch([run.pk])

    run.refresh_from_db()
    assert run.state == "scheduled"
    assert world.vendor.requests == []


def test_a_held_lock_is_seen_and_a_free_one_too(world: World) -> None:
    assert lock.is_held(world.worker.no)

    world.worker._lock.release()

    assert not lock.is_held(world.worker.no)
