"""The doctor on set-ups that are broken: what it finds, who acts, what next."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.test import override_settings

from hub.addons import installed
from hub.core.registry import Registry, Source, Trouble
from hub.db import clock
from hub.engine.models import Worker
from hub.process.checkup import database, files, redis, work
from hub.process.checkup import installed as plugins
from hub.process.checkup.finding import Finding, run
from hub.users.models import User
from tests.support.valkey import Valkey


def told(findings: Iterable[Finding], level: str) -> list[str]:
    return [finding.line for finding in findings if finding.level == level]


def test_every_line_that_is_not_ok_says_who_acts_and_what_next() -> None:
    line = Finding("warn", "disk", "0.5 GB free under /data.", "The operator acts:", "free some.").line

    assert line == "warn disk: 0.5 GB free under /data. The operator acts: free some."


def test_a_check_that_fails_is_a_finding_and_stops_no_other() -> None:
    def breaks() -> Iterable[Finding]:
        raise OSError("the disk is gone")

    found = run([("disk", breaks), ("keys", lambda: [Finding("ok", "keys", "fine.")])])

    assert [finding.level for finding in found] == ["bad", "ok"]
    assert "this could not be looked at: the disk is gone" in found[0].line


def test_a_key_file_that_others_can_read_is_bad(tmp_path: Path) -> None:
    (tmp_path / "sealing.key").write_text("x")
    (tmp_path / "sealing.key").chmod(0o644)

    with override_settings(HUB_HOME=tmp_path):
        (line,) = told(files.keys(), "bad")

    assert "can be read by others (644)" in line
    assert f"chmod 600 {tmp_path / 'sealing.key'}" in line


def test_a_folder_that_others_can_read_is_a_warning(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)

    with override_settings(HUB_HOME=tmp_path):
        (line,) = told(files.folder(), "warn")

    assert f"chmod 700 {tmp_path}" in line


@pytest.mark.parametrize(("free", "level"), [(2 * 1024**3, "ok"), (1024**3 - 1, "warn"), (50 * 1024**2, "bad")])
def test_room_on_the_disk(monkeypatch: pytest.MonkeyPatch, free: int, level: str) -> None:
    monkeypatch.setattr(files.shutil, "disk_usage", lambda _: SimpleNamespace(free=free))

    found = {finding.about: finding.level for finding in files.disk()}

    assert found["disk"] == level


def test_a_network_file_system_is_bad_for_the_embedded_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "mounts", lambda: f"server:/export {tmp_path} nfs4 rw 0 0\n")
    databases = {"default": {"NAME": str(tmp_path / "hub.sqlite3")}}

    with override_settings(HUB_EMBEDDED=True, DATABASES=databases):
        (line,) = told(files.disk(), "bad")

    assert "lies on nfs4, where locks cannot be trusted" in line


@pytest.mark.django_db
def test_the_test_database_is_sound() -> None:
    found = [*database.answers(), *database.migrations(), *database.sealed()]

    ours = [line for line in told(found, "bad") if "PostgreSQL" not in line]  # the tests' own server may forget
    assert ours == []


@pytest.mark.django_db
def test_tables_that_are_behind_are_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database.start, "waiting_migrations", lambda: 2)

    assert told(database.migrations(), "bad") == [
        "bad  tables: 2 migrations have not been made. The operator acts: run: hub migrate"
    ]


@pytest.mark.django_db
def test_no_worker_alive_is_a_warning() -> None:
    now = clock.now()
    Worker.objects.create(
        boot_id=uuid.uuid4(), host="elsewhere", pid=1, pid_start="1", started_at=now, beat_at=now - timedelta(hours=1)
    )

    (line,) = told(work.workers(), "warn")

    assert "none is alive" in line
    assert "hub up" in line


@pytest.mark.django_db
def test_an_installation_without_people_says_how_to_make_the_first() -> None:
    assert not User.objects.exists()

    (line,) = told(work.people(), "warn")

    assert "hub user create" in line


def test_a_plugin_that_is_not_loaded_is_bad_with_its_reason() -> None:
    trouble = Trouble(Source("broken", "hub-broken", "1.0"), "ImportError: no module named requests")

    with installed.use(Registry(troubles=(trouble,))):
        (line,) = told(plugins.plugins(), "bad")

    assert "The plugin broken (hub-broken) is not loaded: ImportError" in line
    assert ". The operator acts: " in line
    assert "Its steps wait meanwhile." in line


def test_settings_of_a_demo_are_pointed_out() -> None:
    with override_settings(
        DEBUG=True, HUB_VENDOR_URLS={"mailbox_power": "http://127.0.0.1:9"}, HUB_EGRESS_ALLOWED=["127.0.0.1:9"],
        HUB_CLOCK_FILE=Path("/tmp/clock"),
    ):  # fmt: skip
        found = list(plugins.oddities())

    assert any("HUB_DEBUG is on" in line for line in told(found, "bad"))
    assert sum("mailbox_power" in line or "127.0.0.1:9" in line or "clock" in line for line in told(found, "warn")) == 3


def test_a_redis_as_we_want_it_is_ok(valkey: Valkey) -> None:
    with override_settings(HUB_REDIS_URL=valkey.url):
        found = list(redis.answers())

    assert [finding.level for finding in found] == ["ok", "ok", "ok"]


def test_a_redis_that_may_forget_is_a_warning(valkey: Valkey) -> None:
    with valkey.client() as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            with override_settings(HUB_REDIS_URL=valkey.url):
                (line,) = told(redis.answers(), "warn")
        finally:
            client.config_set("maxmemory-policy", "noeviction")

    assert "maxmemory-policy is allkeys-lru, not noeviction" in line


def test_a_redis_that_does_not_answer_is_bad_and_loses_nothing() -> None:
    with override_settings(HUB_REDIS_URL="redis://127.0.0.1:1/0"):
        (line,) = told(redis.answers(), "bad")

    assert "it does not answer" in line
    assert "Nothing is lost meanwhile." in line
