"""A real PostgreSQL goes down under a living worker: the lock is gone, and the worker is not.

The server is one of its own, with the one table that the story needs: the server of the run is everybody's.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import pytest
from django.db import DEFAULT_DB_ALIAS, connection, connections

from hub.addons import installed
from hub.db import clock, database_url, dialect, uptime
from hub.dispatch.requests import Denied
from hub.engine import identity, lock, runtime, sweep
from hub.engine.identity import Life
from hub.engine.ledger import SqlLedger
from hub.engine.models import Worker
from tests.support.postgres import Postgres

SECONDS = 60.0


@pytest.fixture
def server(durable_postgres: Postgres, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Postgres]:
    """A server that this process takes for the hub's database. Not for its clock's: a process chooses that once and for good."""
    settings = database_url.database(durable_postgres.create_database("restarted"))
    with django_db_blocker.unblock(), clock.use(clock.HostClock()):
        before = connection.settings_dict
        monkeypatch.setitem(connections.settings, DEFAULT_DB_ALIAS, {**before, **settings})
        monkeypatch.setattr(dialect, "is_postgres", lambda: True)
        usual = connections[DEFAULT_DB_ALIAS]
        connections[DEFAULT_DB_ALIAS] = connections.create_connection(DEFAULT_DB_ALIAS)
        try:
            with connection.schema_editor() as editor:
                editor.create_model(Worker)
            yield durable_postgres
        finally:
            connection.close()
            connections[DEFAULT_DB_ALIAS] = usual


def become(wanted: Callable[[], bool]) -> bool:
    end = time.monotonic() + SECONDS
    while not wanted() and time.monotonic() < end:
        time.sleep(0.05)
    return wanted()


def seen_from_another_host(no: int) -> Life:
    """What a sweeper makes of a worker whose process it cannot see."""
    row = Worker.objects.get(no=no)
    row.host = "elsewhere"
    return sweep._believed({no: identity.life_of(row)})[no]


@pytest.mark.slow
def test_a_worker_that_lost_its_lock_in_a_restart_does_nothing_and_is_not_taken_for_dead(
    server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installed, "outside", lambda: SimpleNamespace(run=lambda answer, seconds: answer.close()))
    monkeypatch.setattr(runtime, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(runtime, "LOST_SECONDS", 0.05)
    worker = identity.enter()
    ledger = SqlLedger(worker)
    assert seen_from_another_host(worker.no).alive

    server.crash()
    server.start()
    connection.close()

    # Until it has its lock again: nothing is claimed, nothing leaves, and nobody draws a conclusion.
    assert not lock.is_held(worker.no)
    assert ledger.claim([uuid4()]) == []
    assert ledger.claim_checks([uuid4()]) == []
    [answer] = ledger.intend([cast(Any, object())])  # whatever it is
    assert isinstance(answer, Denied)
    assert seen_from_another_host(worker.no).alive
    age = uptime.of_the_server()
    assert age is not None
    assert age < sweep.RESTARTED

    # When its owner could have had it back for long, a free lock counts again.
    monkeypatch.setattr(uptime, "of_the_server", lambda: sweep.RESTARTED)
    assert not seen_from_another_host(worker.no).alive

    # Its heart gets the lock back.
    stop = threading.Event()
    heart = threading.Thread(target=runtime._live, args=(worker, stop))
    heart.start()
    try:
        assert become(lambda: lock.is_held(worker.no))
        assert worker.holds_its_lock()
        assert seen_from_another_host(worker.no).alive
    finally:
        stop.set()
        heart.join()
        worker.leave()
