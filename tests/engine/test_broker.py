"""The bell: every option as ``docs/decisions/dramatiq.md`` gives it, lines that have an end, and a Redis that is away or full."""

from __future__ import annotations

import inspect
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import dramatiq
import pytest
from django.db import transaction
from dramatiq.common import current_millis
from dramatiq.errors import ConnectionClosed
from dramatiq.middleware import AgeLimit, CurrentMessage, Retries, ShutdownNotifications
from redis import RedisError

from hub.db import ringing
from hub.engine import broker, knocking
from hub.process import start, working
from hub.process.stopping import GRACE_SECONDS
from tests.support.valkey import Valkey

KILLED_AFTER_SECONDS = 30
"""What supervisors usually wait before they kill."""


@pytest.fixture
def patient(valkey: Valkey) -> Any:
    """The broker that an installation with this Redis has."""
    return declared(broker._redis(valkey.url))


@pytest.fixture
def local() -> Any:
    """The broker of `hub up`."""
    return declared(broker.Local([*broker.middleware(), broker.FewDeadLetters()]))


def declared(made: Any) -> Any:
    for queue in broker.QUEUES:
        made.declare_queue(queue)
    made.emit_after("process_boot")
    return made


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Any], dramatiq.Worker]]:
    """Starts a worker; each is stopped at the end. What Dramatiq tries again after seconds is tried again at once."""
    monkeypatch.setattr(dramatiq.worker, "POST_PROCESS_MESSAGE_RETRY_DELAY_SECS", 0.1)
    monkeypatch.setattr(dramatiq.worker, "CONSUMER_RESTART_DELAY_SECS", 0.1)
    started: list[dramatiq.Worker] = []

    def begin(made: Any) -> dramatiq.Worker:
        worker = dramatiq.Worker(made, worker_threads=2, worker_timeout=20)
        worker.start()
        started.append(worker)
        return worker

    yield begin
    for worker in started:
        worker.stop(5_000)


def job(made: Any, do: Callable[..., object] = lambda *_: None) -> Any:
    def work(*ids: object) -> None:
        do(*ids)

    return dramatiq.actor(work, broker=made, queue_name="steps", max_retries=0)


def become(condition: Callable[[], bool], seconds: float = 60.0) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def test_the_broker_is_set_as_the_papers_say(patient: Any) -> None:
    assert patient.namespace == "hub"
    assert patient.heartbeat_timeout == 30_000
    assert patient.maintenance_chance == 20_000
    assert patient.dead_message_ttl == 86_400_000
    assert patient.client.connection_pool.connection_kwargs["socket_timeout"] == 5
    assert patient.client.connection_pool.connection_kwargs["socket_connect_timeout"] == 5
    assert patient.get_declared_queues() == {"steps", "mail", "webhooks", "imports", "housekeeping"}


def test_nothing_of_dramatiq_interrupts_repeats_or_remembers() -> None:
    """No TimeLimit, Retries of its own, results, pipelines, groups, AsyncIO, abort, or listener."""
    found = broker.middleware()

    kinds = [type(one) for one in found]
    assert kinds == [broker.TooOld, ShutdownNotifications, CurrentMessage, Retries, broker.FreshConnections]
    too_old, shutdown, _, retries, _ = found
    assert isinstance(too_old, AgeLimit)
    assert too_old.max_age == 900_000
    assert isinstance(shutdown, ShutdownNotifications)
    assert shutdown.notify_shutdown is False
    assert isinstance(retries, Retries)
    assert retries.max_retries == 0


def test_no_job_is_tried_again_or_parked_by_dramatiq() -> None:
    jobs = start.jobs().actors

    assert {name for name, actor in jobs.items() if actor.options.get("max_retries") != 0} == set()
    assert {actor.queue_name for actor in jobs.values()} <= set(broker.QUEUES)
    for actor in jobs.values():
        assert "delay=" not in inspect.getsource(inspect.unwrap(actor.fn))


def test_a_worker_hoards_no_messages_and_ends_before_it_is_killed() -> None:
    made = working.Working(threads=3)._worker

    assert made.worker_threads == 3
    assert made.queue_prefetch == 3
    assert made.delay_prefetch == 100
    assert made.worker_timeout == broker.LOCAL_IDLE_MS
    assert GRACE_SECONDS < KILLED_AFTER_SECONDS
    assert inspect.signature(working.Working.stop).parameters["grace"].default == 25


def test_each_line_is_asked_as_often_as_it_needs(patient: Any) -> None:
    rests = {queue: patient.consume(queue, timeout=500).idle for queue in broker.QUEUES}

    assert rests == {"steps": 0.02, "webhooks": 0.1, "mail": 0.5, "imports": 0.5, "housekeeping": 0.5}
    assert patient.consume("steps.DQ", timeout=500).timeout == 500


def test_who_has_nothing_in_hand_hears_a_knock(patient: Any) -> None:
    call, heard = job(patient, lambda _: None), list[object]()
    consumer = patient.consume("steps", prefetch=2)
    consumer._listen = lambda seconds: heard.append(seconds)

    assert next(consumer) is None
    assert heard == [knocking.REST_SECONDS], "the line is empty, so it listens"

    call.send(1)
    assert patient.client.llen("hub:steps.knock") == 1, "who put a message into the line knocked"
    message = next(consumer)
    assert message.args == (1,)
    assert next(consumer) is None
    assert heard == [knocking.REST_SECONDS, 0.02], "with a message in hand it rests briefly, to cross it off soon"
    consumer.ack(message)


def test_knocks_that_nobody_hears_are_few_and_soon_over(patient: Any) -> None:
    call = job(patient, lambda _: None)
    for number in range(knocking.MOST_KNOCKS + 3):
        call.send(number)

    assert patient.client.llen("hub:steps.knock") == knocking.MOST_KNOCKS
    knocking.listen(patient.client, "hub:steps.knock", 0.01)
    assert patient.client.llen("hub:steps.knock") == knocking.MOST_KNOCKS - 1


def test_a_message_is_sent_although_nobody_can_be_woken(patient: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise RedisError("OOM command not allowed when used memory > 'maxmemory'.")

    monkeypatch.setattr(knocking, "knock", refused)
    job(patient, lambda _: None).send(1)

    assert patient.waiting("steps") == 1


@pytest.mark.parametrize("kind", ["patient", "local"])
def test_a_line_has_an_end(kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    made = request.getfixturevalue(kind)
    monkeypatch.setattr(broker, "MOST_WAITING", 3)
    call = job(made)

    for _ in range(5):
        call.send()

    assert made.waiting("steps") == 3
    assert made.waiting("imports") == 0


@pytest.mark.parametrize("kind", ["patient", "local"])
def test_a_message_that_is_too_old_is_thrown_away_and_is_no_dead_letter(
    kind: str, request: pytest.FixtureRequest, workers: Callable[[Any], object]
) -> None:
    made, done = request.getfixturevalue(kind), list[object]()
    call = job(made, done.append)
    made.enqueue(call.message("old").copy(message_timestamp=current_millis() - broker.MESSAGE_MS))
    call.send("young")

    workers(made)

    assert become(lambda: done == ["young"] and made.waiting("steps") == 0)
    assert made.dead("steps") == 0


@pytest.mark.parametrize("kind", ["patient", "local"])
def test_a_job_that_fails_is_a_dead_letter_and_only_some_are_kept(
    kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, workers: Callable[[Any], Any]
) -> None:
    made, fallen = request.getfixturevalue(kind), list[object]()
    monkeypatch.setattr(broker, "DEAD_KEPT", 2)

    def fails(number: object) -> None:
        fallen.append(number)
        raise RuntimeError("a mistake of ours")

    call = job(made, fails)
    for number in range(3):
        call.send(number)

    worker = workers(made)
    assert become(lambda: len(fallen) == 3)
    worker.stop(5_000)

    assert made.dead("steps") == (2 if kind == "local" else 3), "Redis keeps them for a day"


def test_a_redis_that_others_filled_holds_nothing_up_once_there_is_room(
    patient: Any, valkey: Valkey, workers: Callable[[Any], object]
) -> None:
    done, going, full = list[object](), threading.Event(), threading.Event()

    def work(number: object) -> None:
        going.set()
        assert full.wait(90)
        done.append(number)

    call = job(patient, work)
    call.send(1)
    call.send(2)
    workers(patient)
    assert going.wait(60)
    with valkey.client() as client:
        fill(client)
        try:
            with pytest.raises(ConnectionClosed, match="maxmemory"):
                call.send(3)
            assert ringing.ring(call, 4) is False
            assert patient.waiting("steps") == 0, "to look is not refused"
            full.set()  # what was taken before is done meanwhile; it cannot be crossed off yet
            assert become(lambda: sorted(map(str, done)) == ["1", "2"])
        finally:
            client.config_set("maxmemory", 0)
            client.delete("somebody else's")

        call.send(5)

        assert become(lambda: 5 in done)
        assert become(lambda: client.hlen("hub:steps.msgs") == 0), "each message was crossed off"
    assert patient.dead("steps") == 0
    assert sorted(map(str, done)) == ["1", "2", "5"]


def fill(client: Any) -> None:
    """As another program on the same Redis would."""
    client.set("somebody else's", b"x" * 20_000_000)
    client.config_set("maxmemory", client.info("memory")["used_memory"] - 10_000_000)


def test_a_redis_that_was_wiped_or_killed_is_rung_again(
    patient: Any, valkey: Valkey, workers: Callable[[Any], object]
) -> None:
    done = list[object]()
    call = job(patient, done.append)
    workers(patient)
    call.send("before")
    assert become(lambda: done == ["before"])

    valkey.wipe()
    call.send("wiped")
    assert become(lambda: done == ["before", "wiped"])

    valkey.kill()
    assert ringing.ring(call, "away") is False
    valkey.start()
    assert ringing.ring(call, "back") is True
    assert become(lambda: done == ["before", "wiped", "back"])


@pytest.mark.django_db(transaction=True)
def test_what_was_committed_stays_so_whatever_the_bell_does(local: Any, caplog: pytest.LogCaptureFixture) -> None:
    call = job(local)

    def refuses(*_: object, **__: object) -> None:
        raise ConnectionClosed("Redis is away")

    local.enqueue = refuses
    with transaction.atomic():
        ringing.after_commit(call, 1)

    assert "it is begun by a sweep: Redis is away" in caplog.text
