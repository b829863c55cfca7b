"""Locks that nobody holds any more, and a folder that two hubs share."""

from __future__ import annotations

import fcntl
import os
import socket
import uuid
from pathlib import Path

import pytest
from django.test import override_settings

from hub.db import clock
from hub.engine import identity
from hub.engine.models import Worker
from hub.process.alone import Lock
from hub.process.checkup import locks
from tests.process.test_checkup import told

GONE = 2**22 - 1
"""A process id that no process has."""


def worker(host: str) -> Worker:
    now = clock.process_now()
    return Worker.objects.create(
        boot_id=uuid.uuid4(), host=host, pid=GONE, pid_start="1", started_at=now, beat_at=now
    )  # fmt: skip


@pytest.mark.django_db
def test_a_living_worker_holds_its_own() -> None:
    living = identity.enter()
    try:
        assert [finding.level for finding in locks.workers()] == ["ok"]
    finally:
        living.leave()


@pytest.mark.django_db
def test_one_that_died_here_is_the_tickers_business() -> None:
    row = worker(socket.gethostname())

    (line,) = told(locks.workers(), "warn")

    assert f"worker {row.no} (process {GONE}) died without a word" in line
    assert "see that a ticker runs" in line


@pytest.mark.django_db
def test_one_on_another_machine_can_only_be_seen_there() -> None:
    row = worker("elsewhere")

    (line,) = told(locks.workers(), "warn")

    assert f"worker {row.no} on elsewhere holds its lock no more" in line
    assert "look there" in line


def test_a_folder_that_is_free_is_no_news(tmp_path: Path) -> None:
    with override_settings(HUB_HOME=tmp_path, HUB_EMBEDDED=True):
        assert list(locks.folder()) == []


def test_a_hub_that_runs_here_is_named(tmp_path: Path) -> None:
    lock = Lock(tmp_path)
    assert lock.take()
    try:
        with override_settings(HUB_HOME=tmp_path, HUB_EMBEDDED=True):
            (line,) = told(locks.folder(), "ok")
    finally:
        lock.release()

    assert f"process {os.getpid()} runs on" in line


def test_a_folder_that_somebody_else_has_mounted_is_pointed_out(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    with (tmp_path / "run" / "hub.lock").open("w") as file, override_settings(HUB_HOME=tmp_path, HUB_EMBEDDED=True):
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(f"{GONE}\n")
        file.flush()

        (line,) = told(locks.folder(), "warn")

    assert "two hubs must not share a folder" in line
