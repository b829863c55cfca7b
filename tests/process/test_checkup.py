"""The doctor on set-ups that are broken: what it finds, who acts, what next."""

from __future__ import annotations

import argparse
import json
import re
import time
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import OperationalError
from django.db.migrations.recorder import MigrationRecorder
from django.test import override_settings

from hub.addons import installed
from hub.cli import doctor
from hub.core.registry import Registry, Source, Trouble
from hub.db import clock
from hub.engine import identity
from hub.engine.broker import MOST_WAITING
from hub.engine.models import Worker
from hub.process import start
from hub.process.checkup import database, files, redis, secrets, work
from hub.process.checkup import installed as plugins
from hub.process.checkup.finding import Finding, bad, ok, run, warn
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
    monkeypatch.setattr(settings, "DATABASES", {"default": {"NAME": str(tmp_path / "hub.sqlite3")}})
    monkeypatch.setattr(settings, "HUB_EMBEDDED", True)

    (line,) = told(files.disk(), "bad")

    assert "lies on nfs4, where locks cannot be trusted" in line


@pytest.mark.django_db
def test_a_database_that_a_newer_hub_changed_is_told_by_the_doctor_and_at_the_start(
    caplog: pytest.LogCaptureFixture,
) -> None:
    MigrationRecorder.Migration.objects.create(app="plans", name="9999_of_tomorrow")

    (line,) = told(database.migrations(), "warn")
    start.ready_database(may_migrate=False)

    assert "plans.9999_of_tomorrow" in line
    assert "install that version, or restore a backup from before it" in line
    assert "a newer version of the hub changed this database (plans.9999_of_tomorrow)" in caplog.text


@pytest.mark.parametrize(
    ("said", "embedded", "next_"),
    [
        ("database disk image is malformed", True, "restore a backup: hub restore FILE"),
        ("file is not a database", True, "restore a backup: hub restore FILE"),
        ("attempt to write a readonly database", True, "can be read and written by the user that runs the hub"),
        ("connection refused", False, "start it, or mend HUB_DATABASE_URL."),
    ],
)
def test_a_database_that_does_not_answer_is_told_with_what_helps(
    monkeypatch: pytest.MonkeyPatch, said: str, embedded: bool, next_: str
) -> None:
    def away() -> None:
        raise OperationalError(said)

    monkeypatch.setattr(database.connection, "ensure_connection", away)

    with override_settings(HUB_EMBEDDED=embedded):
        (line,) = told(database.answers(), "bad")

    assert said in line
    assert next_ in line


@pytest.mark.django_db
def test_the_test_database_is_sound() -> None:
    found = [*database.answers(), *database.migrations(), *secrets.sealed()]

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

    assert told(found, "bad") == []
    assert [finding.about for finding in found if finding.level == "ok"] == ["Redis"] * 4
    assert [finding.what for finding in found if finding.level == "warn"] == [
        "it asks for no password: whoever reaches it can ring."
    ]


def test_a_redis_that_may_forget_is_a_warning(valkey: Valkey) -> None:
    with valkey.client() as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            with override_settings(HUB_REDIS_URL=valkey.url):
                lines = told(redis.answers(), "warn")
        finally:
            client.config_set("maxmemory-policy", "noeviction")

    assert any("maxmemory-policy is allkeys-lru, not noeviction" in line for line in lines)


class Told:
    """A Redis that answers as it is told to."""

    def __init__(self, **info: object) -> None:
        self._info = {"redis_version": "7.2.4", "aof_enabled": 1, "aof_last_write_status": "ok", **info}

    def info(self) -> dict[str, object]:
        return self._info

    def config_get(self, name: str) -> dict[str, str]:
        return {name: "a password"}


@pytest.mark.parametrize(
    ("info", "level", "says"),
    [
        ({"redis_version": "5.0.7"}, "bad", "version 5.0.7 is too old"),
        ({"aof_last_write_status": "err"}, "bad", "it cannot write its file"),
        ({"maxmemory": 1000, "used_memory": 900}, "warn", "90% of its memory is used"),
    ],
)
def test_a_redis_in_trouble(info: dict[str, object], level: str, says: str) -> None:
    (line,) = told(redis._version(Told(**info)), level)

    assert says in line


def test_a_line_that_nobody_serves_is_named(valkey: Valkey) -> None:
    with valkey.client() as client, override_settings(HUB_REDIS_URL=valkey.url):
        client.rpush("hub:imports", *range(MOST_WAITING))
        lines = told(redis.answers(), "warn")

    assert any("1,000 messages wait in the line imports" in line for line in lines)


def test_dead_messages_are_counted(valkey: Valkey) -> None:
    with valkey.client() as client:
        client.zadd("hub:steps.XQ", {"one": 1, "two": 2})
        try:
            with override_settings(HUB_REDIS_URL=valkey.url):
                lines = told(redis.answers(), "warn")
        finally:
            client.delete("hub:steps.XQ")

    assert any("2 jobs failed within the last day" in line for line in lines)


def test_clocks_that_are_apart_are_a_warning() -> None:
    client = SimpleNamespace(time=lambda: (int(time.time()) - 90, 0))

    (line,) = told(redis._clock(client), "warn")

    assert re.search(r"9\d seconds apart", line)


@pytest.mark.parametrize(
    ("shown", "level", "says"),
    [
        ({"SHOW autovacuum": "off"}, "warn", "autovacuum is off"),
        ({database._SESSIONS: 95}, "warn", "95 of 100 connections are in use"),
        ({"SHOW fsync": "off"}, "bad", "fsync is off"),
        ({"SHOW server_version_num": 130_005}, "bad", "version 13 is too old"),
        ({"SELECT clock_timestamp()": datetime(2001, 1, 1, tzinfo=UTC)}, "warn", "seconds apart"),
    ],
)
def test_a_postgres_in_trouble(
    monkeypatch: pytest.MonkeyPatch, shown: dict[str, object], level: str, says: str
) -> None:
    fine = {
        "SHOW server_version_num": 160_000, "SHOW max_connections": 100, database._SESSIONS: 5,
        "SELECT clock_timestamp()": datetime.now(UTC),
    }  # fmt: skip
    monkeypatch.setattr(database, "_one", lambda sql: {**fine, **shown}.get(sql, "on"))

    (line,) = told(database._postgres(), level)

    assert says in line


@pytest.mark.django_db
def test_a_worker_that_lives_and_is_silent_is_a_warning() -> None:
    living = identity.enter()
    Worker.objects.update(beat_at=clock.process_now() - timedelta(minutes=5))
    try:
        (line,) = told(work.workers(), "warn")
    finally:
        living.leave()

    assert f"worker {living.no}" in line
    assert "has been silent since" in line


def test_the_report_for_programs_has_each_part_of_a_finding_and_the_same_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    findings = [ok("disk", "70 GB free."), bad("tables", "2 are missing.", "run: hub migrate")]
    monkeypatch.setattr(doctor, "look", lambda: findings)

    code = doctor.run(argparse.Namespace(quiet=True, json=True))

    assert code == 1
    assert json.loads(capsys.readouterr().out) == [
        {"level": "bad", "about": "tables", "what": "2 are missing.", "who": "The operator acts:", "next": "run: hub migrate"}
    ]  # fmt: skip


def test_warnings_alone_are_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "look", lambda: [warn("disk", "little is free.", "free some.")])

    assert doctor.run(argparse.Namespace(quiet=False, json=False)) == 0


@pytest.mark.parametrize(
    ("rights", "password", "level", "says"),
    [
        ("-config -info", "right", "warn", "it answers, and does not tell everything"),
        ("", "wrong", "bad", "it does not let us in. The operator acts: correct user and password"),
    ],
)
def test_a_redis_that_keeps_things_to_itself_is_not_one_that_is_away(
    valkey: Valkey, rights: str, password: str, level: str, says: str
) -> None:
    asked = valkey.url.replace("//", f"//guest:{password}@")
    with valkey.client() as client:
        client.execute_command(*f"ACL SETUSER guest on >right ~* &* +@all {rights}".split())
        try:
            with override_settings(HUB_REDIS_URL=asked):
                found = list(redis.answers())
        finally:
            client.execute_command("ACL", "DELUSER", "guest")

    assert any(says in line for line in told(found, level))
    assert {finding.level for finding in found} <= {"ok", level}


def test_a_redis_that_does_not_answer_is_bad_and_loses_nothing() -> None:
    with override_settings(HUB_REDIS_URL="redis://127.0.0.1:1/0"):
        (line,) = told(redis.answers(), "bad")

    assert "it does not answer" in line
    assert "Nothing is lost meanwhile." in line
