"""Alive and ready, for load balancers."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from hub.db import clock
from hub.engine import identity
from hub.engine.models import Worker

pytestmark = pytest.mark.django_db


def worker(seen: timedelta) -> None:
    now = clock.now()
    Worker.objects.create(
        boot_id=uuid.uuid4(), host="h", pid=1, pid_start="1", started_at=now - seen, beat_at=now - seen
    )


def test_a_living_process_says_so(client: Client) -> None:
    assert client.get("/health/live").json() == {"status": "ok"}


def test_ready_needs_a_worker_that_was_seen_lately(client: Client) -> None:
    worker(timedelta(minutes=5))
    late = client.get("/health/ready")
    assert late.status_code == 503
    assert late.json() == {"status": "not ready", "database": "ok", "keys": "ok", "worker": "missing"}

    worker(timedelta(seconds=5))
    assert client.get("/health/ready").json() == {"status": "ok", "database": "ok", "keys": "ok", "worker": "ok"}


def test_a_worker_that_has_said_goodbye_is_no_worker(client: Client) -> None:
    worker(timedelta(seconds=5))
    Worker.objects.update(ended_at=clock.process_now())

    assert client.get("/health/ready").json()["worker"] == "missing"


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


def test_a_broken_key_is_named_without_saying_more(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from hub.db import sealing

    def broken(*_: object) -> str:
        raise ValueError("the key itself")

    monkeypatch.setattr(sealing, "open", broken)

    answer = client.get("/health/ready")

    assert answer.json()["keys"] == "missing"
    assert "the key itself" not in answer.content.decode()
