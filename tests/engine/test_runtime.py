"""A process's means of dispatching, from the first call to the end: nothing of it stays behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import dramatiq
import pytest
from django.db import connection
from dramatiq.brokers.stub import StubBroker

from hub.addons import installed
from hub.db import dialect
from hub.engine import broker, runtime
from hub.engine.models import Worker
from hub.engine.ticker import Duty, Ticker
from tests.engine.world import MONDAY, World, make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> Iterator[World]:
    with make_world() as made:
        yield made


def sessions() -> int:
    """Of this database, ours included. The embedded store has no server that could count them."""
    if not dialect.is_postgres():
        return 1
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COUNT(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND backend_type = 'client backend'"  # it also cleans up by itself
        )
        return int(cursor.fetchone()[0])


def become(wanted: Callable[[], bool]) -> bool:
    """The server takes a moment to see that a session was closed."""
    end = time.monotonic() + 60
    while not wanted() and time.monotonic() < end:
        time.sleep(0.02)
    return wanted()


def ours() -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread.name.startswith(("hub-heartbeat", "hub-ledger"))}


def test_a_closed_runtime_leaves_neither_a_thread_nor_a_session(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "BEAT_SECONDS", 0.01)
    world.enroll(2)
    world.work()
    before, threads = sessions(), ours()
    current = runtime.current()
    world.enroll(2)
    current.runner.run(current.ledger.claim([run.pk for run in world.enroll(2)]))
    assert become(lambda: Worker.objects.get(no=current.worker.no).beat_at is not None)

    runtime.close()

    assert become(lambda: sessions() <= before)
    assert become(lambda: ours() <= threads)


def cut_sessions() -> None:
    """End every session of this database but ours, as a restarted server does. The embedded store has no sessions to cut."""
    if dialect.is_postgres():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


def test_a_worker_whose_sessions_were_cut_shows_again_that_it_lives_and_has_its_lock(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "BEAT_SECONDS", 0.01)
    current = runtime.current()

    def beats() -> bool:
        Worker.objects.filter(no=current.worker.no).update(beat_at=MONDAY)
        world.clock.advance(seconds=1)
        return become(lambda: Worker.objects.get(no=current.worker.no).beat_at > MONDAY)

    assert beats()
    cut_sessions()

    assert beats()
    assert become(current.worker.holds_its_lock)
    runtime.close()


def test_a_workers_threads_close_their_connections_when_they_end() -> None:
    before, seen = sessions(), threading.Event()
    local = StubBroker(middleware=broker.middleware())
    local.emit_after("process_boot")

    @dramatiq.actor(broker=local, max_retries=0)
    def look() -> None:
        Worker.objects.count()
        seen.set()

    worker = dramatiq.Worker(local, worker_timeout=20, worker_threads=2)
    worker.start()
    look.send()
    assert seen.wait(60)

    worker.stop()

    assert become(lambda: sessions() <= before)


def test_a_tickers_thread_closes_its_connection_when_it_ends() -> None:
    before, looked = sessions(), threading.Event()
    one = Ticker()
    one._duties[:] = [Duty("look", 60, lambda: Worker.objects.count() or looked.set())]
    thread = threading.Thread(target=one.run)
    thread.start()
    assert looked.wait(60)

    one.stop()
    thread.join(60)

    assert become(lambda: sessions() <= before)


def test_a_worker_whose_loop_a_plugin_blocks_is_not_seen_alive(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(runtime, "LOOP_SECONDS", 0.1)
    let_go, looks = threading.Event(), list[bool]()
    moves = runtime._loop_moves

    def looked() -> bool:
        looks.append(moves())
        return looks[-1]

    async def blocks() -> None:
        let_go.wait(180)

    current = runtime.current()
    try:
        blocked = installed.outside().start(blocks())
        monkeypatch.setattr(runtime, "_loop_moves", looked)
        assert become(lambda: False in looks)
        seen = Worker.objects.get(no=current.worker.no).beat_at
        world.clock.advance(minutes=1)
        looked_before = len(looks)
        assert become(lambda: len(looks) > looked_before + 2)
        assert not any(looks[looked_before:])
        assert Worker.objects.get(no=current.worker.no).beat_at == seen

        let_go.set()
        blocked.result(60)
        assert become(lambda: Worker.objects.get(no=current.worker.no).beat_at > seen)
    finally:
        let_go.set()
        runtime.close()
