"""Alive and ready, for load balancers: each thing that is missing makes the hub not ready, and is named."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client, override_settings

from hub.addons import installed
from hub.db import clock
from hub.engine import identity, runtime
from hub.engine.identity import Identity
from hub.engine.models import Worker
from hub.web.views import health
from tests.engine.world import make_world

pytestmark = pytest.mark.django_db

FINE = {"status": "ok", "database": "ok", "store": "ok", "tables": "ok", "keys": "ok", "worker": "ok"}


@pytest.fixture
def worker() -> Iterator[Identity]:
    """One that lives in another process, as far as the web knows."""
    entered = identity.enter()
    yield entered
    entered.leave()


def missing(client: Client) -> list[str]:
    answer = client.get("/health/ready")
    parts = {name: state for name, state in answer.json().items() if name != "status"}
    assert answer.status_code == (200 if set(parts.values()) == {"ok"} else 503)
    return [name for name, state in parts.items() if state != "ok"]


def test_a_living_process_says_so(client: Client) -> None:
    assert client.get("/health/live").json() == {"status": "ok"}


def test_all_is_well(client: Client, worker: Identity) -> None:
    assert client.get("/health/ready").json() == FINE


def test_without_a_worker_it_is_not_ready(client: Client) -> None:
    assert missing(client) == ["worker"]


def test_a_worker_that_has_not_been_heard_of_counts_no_more(client: Client, worker: Identity) -> None:
    Worker.objects.update(beat_at=clock.process_now() - timedelta(minutes=5))
    assert missing(client) == ["worker"]

    worker.beat()
    assert missing(client) == []


def test_a_worker_that_was_killed_a_moment_ago_counts_no_more(client: Client) -> None:
    now = clock.process_now()
    Worker.objects.create(boot_id=uuid.uuid4(), host="h", pid=1, pid_start="1", started_at=now, beat_at=now)

    assert missing(client) == ["worker"]


def test_a_worker_that_has_said_goodbye_is_no_worker(client: Client, worker: Identity) -> None:
    Worker.objects.update(ended_at=clock.process_now())

    assert missing(client) == ["worker"]


def test_a_demo_that_moved_its_clock_a_week_ahead_is_as_ready_as_before(
    client: Client, settings, tmp_path: Path
) -> None:
    settings.HUB_CLOCK_FILE = tmp_path / "clock"
    worker = identity.enter()
    settings.HUB_CLOCK_FILE.write_text(str(7 * 86_400))
    try:
        assert client.get("/health/ready").json()["worker"] == "ok"
    finally:
        worker.leave()


def test_a_database_that_is_gone_is_all_that_can_be_said(
    client: Client, worker: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> bool:
        raise OSError("connection refused at 10.0.0.7")

    monkeypatch.setattr(health, "_database", gone)

    answer = client.get("/health/ready")

    assert answer.status_code == 503
    assert answer.json() == dict.fromkeys(FINE, "missing") | {"status": "not ready"}
    assert "10.0.0.7" not in answer.content.decode()


def test_tables_that_are_behind(client: Client, worker: Identity) -> None:
    MigrationRecorder(connection).record_unapplied("engine", "0003_traces")

    assert missing(client) == ["tables"]


def test_keys_that_do_not_open_what_is_stored(client: Client, worker: Identity) -> None:
    with make_world(), override_settings(HUB_SECRET_KEYS=[Fernet.generate_key().decode()]):
        assert "keys" in missing(client)


def test_a_key_that_is_kept_for_old_values_is_enough(client: Client, worker: Identity, settings) -> None:
    with make_world(), override_settings(HUB_SECRET_KEYS=[Fernet.generate_key().decode(), *settings.HUB_SECRET_KEYS]):
        assert missing(client) == []


def test_a_broken_key_is_named_without_saying_more(
    client: Client, worker: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub.db import sealing

    def broken(*_: object) -> str:
        raise ValueError("the key itself")

    monkeypatch.setattr(sealing, "open", broken)

    answer = client.get("/health/ready")

    assert answer.json()["keys"] == "missing"
    assert "the key itself" not in answer.content.decode()


# --- where the worker is in this process ----------------------------------------------------------------------------


@pytest.fixture
def embedded(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[runtime.Runtime]:
    monkeypatch.setattr(health, "LOOP_SECONDS", 30.0)  # of a machine that does much else
    with make_world():
        yield runtime.current()
        runtime.close()


def test_an_embedded_worker_is_asked_itself(client: Client, embedded: runtime.Runtime) -> None:
    assert missing(client) == []


def test_a_loop_that_a_plugin_blocks_is_seen_at_once(
    client: Client, embedded: runtime.Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "LOOP_SECONDS", 0.2)
    begun, goes_on = threading.Event(), threading.Event()

    async def blocks() -> None:
        begun.set()
        goes_on.wait(30)

    installed.outside().start(blocks())
    assert begun.wait(30)
    try:
        assert missing(client) == ["worker"]
    finally:
        goes_on.set()

    monkeypatch.setattr(health, "LOOP_SECONDS", 30.0)
    assert missing(client) == []


def test_a_lock_that_was_lost_is_seen_at_once(client: Client, embedded: runtime.Runtime) -> None:
    embedded.worker._lock.release()
    assert missing(client) == ["worker"]

    assert embedded.worker.take_again()
    assert missing(client) == []
