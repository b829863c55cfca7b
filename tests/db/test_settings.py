"""What the environment makes of the hub, and with what it refuses to start. Each start is a process of its own."""

from __future__ import annotations

import errno
import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from hub.db import database_url, keyring
from hub.db.database_url import BadDatabase
from hub.db.keyring import BadKey

SHOW = """
import json, sys
from django.core.exceptions import ImproperlyConfigured
try:
    from hub.db import settings as s
except ImproperlyConfigured as refused:
    print(json.dumps({"refused": str(refused)})); sys.exit()
names = sys.argv[1].split()
print(json.dumps({name: getattr(s, name) for name in names}, default=str))
"""


def start(home: Path, names: str = "DEBUG", **environment: str) -> dict[str, Any]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("HUB_", "DJANGO_"))}
    done = subprocess.run(
        [sys.executable, "-c", SHOW, names],
        env={**clean, "HUB_HOME": str(home), **environment},
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    shown: dict[str, Any] = json.loads(done.stdout)
    return shown


def test_nothing_set_makes_a_home_with_keys_that_only_its_owner_reads(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"

    first = start(home, "SECRET_KEY HUB_SECRET_KEYS HUB_EMBEDDED DEBUG")
    second = start(home, "SECRET_KEY HUB_SECRET_KEYS HUB_EMBEDDED DEBUG")

    assert first == second
    assert first["HUB_EMBEDDED"]
    assert not first["DEBUG"]
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    for name in ("sealing.key", "signing.key"):
        assert stat.S_IMODE((home / name).stat().st_mode) == 0o600


@pytest.mark.slow
def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    code = "from hub.db import settings; print(settings.SECRET_KEY, settings.HUB_SECRET_KEYS)"
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("HUB_", "DJANGO_"))}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            env={**clean, "HUB_HOME": str(tmp_path)},
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        for _ in range(6)
    ]

    assert len({process.communicate()[0] for process in started}) == 1
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


GOOD = {
    "HUB_DATABASE_URL": "postgres://hub:pw@127.0.0.1:5432/hub",
    "HUB_SECRET_KEYS": Fernet.generate_key().decode(),
    "HUB_SECRET_KEY": "q8Zr1TnVb5Ys7KdLw2Xc9MfHg3Jp6Ra4Eu0o",
}


def test_scaled_out_with_its_keys_starts(tmp_path: Path) -> None:
    shown = start(tmp_path, "HUB_EMBEDDED", **GOOD)

    assert shown == {"HUB_EMBEDDED": False}
    assert list(tmp_path.glob("*.key")) == []


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"HUB_SECRET_KEYS": ""}, "HUB_SECRET_KEYS is not set"),
        ({"HUB_SECRET_KEY": ""}, "HUB_SECRET_KEY is not set"),
        ({"HUB_SECRET_KEY": "changeme"}, "too short"),
        ({"HUB_SECRET_KEY": "a" * 64}, "too plain"),
        ({"HUB_SECRET_KEYS": "secret"}, "not a Fernet key"),
        ({"HUB_SECRET_KEYS": "A" * 43 + "="}, "too plain"),
        ({"HUB_SECRET_KEYS": f"{GOOD['HUB_SECRET_KEYS']},short"}, "Key 2"),
        ({"HUB_DATABASE_URL": "mysql://x/y"}, "HUB_DATABASE_URL must begin with"),
        ({"HUB_DATABASE_URL": "postgres://host/"}, "names no database"),
        ({"HUB_PLUGIN_ISOLATION": "docker"}, "HUB_PLUGIN_ISOLATION is none or process, and 'docker' is neither"),
        ({"HUB_PLUGIN_USER": "nobody-of-this-name"}, "HUB_PLUGIN_USER"),
        ({"HUB_DATABASE_URL": "postgres://u:my-very-secret-thing@host:five/x"}, "The port in HUB_DATABASE_URL"),
        ({"HUB_REDIS_URL": "127.0.0.1:6379"}, "HUB_REDIS_URL begins with redis://"),
        ({"HUB_REDIS_URL": "redis://u:my-very-secret-thing@host:five/0"}, "HUB_REDIS_URL begins with redis://"),
        ({"HUB_OAUTH_CLIENTS": "id:my-very-secret-thing"}, "add-on=client id:client secret, and entry 1 is none"),
        ({"HUB_PUBLIC_URL": "hub.example.com"}, "HUB_PUBLIC_URL begins with https://"),
        ({"HUB_ALLOWED_HOSTS": "https://hub.example.com"}, "HUB_ALLOWED_HOSTS is a comma list of host names"),
        ({"HUB_EGRESS_ALLOWED": "mail.internal"}, "HUB_EGRESS_ALLOWED is a comma list of host:port"),
        ({"HUB_TRUSTED_PROXIES": "proxy"}, "HUB_TRUSTED_PROXIES is a comma list of addresses"),
        ({"HUB_ROW_SECURITY": "maybe"}, "HUB_ROW_SECURITY is 1 or 0"),
        ({"HUB_LOG_LEVEL": "loud"}, "HUB_LOG_LEVEL is info or debug"),
        ({"HUB_LOG_FORMAT": "xml"}, "HUB_LOG_FORMAT is json or console"),
    ],
)
def test_a_weak_or_missing_setting_stops_the_start(tmp_path: Path, environment: dict[str, str], words: str) -> None:
    refused = start(tmp_path, **{**GOOD, **environment})["refused"]

    assert words in refused
    assert "my-very-secret-thing" not in refused


def test_what_is_set_to_nothing_is_not_set(tmp_path: Path) -> None:
    empty = dict.fromkeys(
        ("HUB_LOG_LEVEL", "HUB_LOG_FORMAT", "HUB_ROW_SECURITY", "HUB_PUBLIC_URL", "HUB_REDIS_URL"), ""
    )

    shown = start(
        tmp_path, "HUB_HOME HUB_LOG_LEVEL HUB_ROW_SECURITY", **{**empty, "HUB_HOME": "", "HOME": str(tmp_path)}
    )

    assert shown == {"HUB_HOME": str(tmp_path / ".hub"), "HUB_LOG_LEVEL": "INFO", "HUB_ROW_SECURITY": False}


def test_no_refusal_shows_a_key(tmp_path: Path) -> None:
    refused = start(tmp_path, **{**GOOD, "HUB_SECRET_KEYS": "my-very-secret-thing"})["refused"]

    assert "my-very-secret-thing" not in refused


def test_https_turns_on_what_https_needs(tmp_path: Path) -> None:
    names = "SESSION_COOKIE_NAME SESSION_COOKIE_SECURE CSRF_COOKIE_NAME SECURE_HSTS_SECONDS CSRF_TRUSTED_ORIGINS"

    shown = start(tmp_path, names, HUB_PUBLIC_URL="https://hub.example.com/")

    assert shown == {
        "SESSION_COOKIE_NAME": "__Host-hub_session",
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_NAME": "__Host-hub_csrf",
        "SECURE_HSTS_SECONDS": 31_536_000,
        "CSRF_TRUSTED_ORIGINS": ["https://hub.example.com"],
    }


class TestDatabaseUrl:
    def test_sqlite_is_as_careful_as_the_engine_needs(self) -> None:
        made = database_url.database("sqlite:////var/lib/hub/hub.sqlite3")

        assert made["NAME"] == "/var/lib/hub/hub.sqlite3"
        assert made["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
        assert "synchronous=FULL" in made["OPTIONS"]["init_command"]

    @pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs"])
    def test_sqlite_on_a_network_file_system_is_refused(self, kind: str) -> None:
        mounts = f"/dev/sda1 / ext4 rw 0 0\nserver:/x /mnt/far\\040away {kind} rw 0 0\n"

        with pytest.raises(BadDatabase, match="network"):
            database_url.database("sqlite:////mnt/far away/hub/hub.sqlite3", mounts)
        assert database_url.database("sqlite:////mnt/near/hub.sqlite3", mounts)

    def test_two_slashes_are_a_mistake_that_is_told(self) -> None:
        with pytest.raises(BadDatabase, match="slashes"):
            database_url.database("sqlite://var/hub.sqlite3")

    def test_postgres_parts_are_unquoted(self) -> None:
        made = database_url.database("postgres://us%40er:p%2Fw@db.example:6432/hub%20one?sslmode=require&host=/run/pg")

        assert (made["USER"], made["PASSWORD"], made["NAME"], made["PORT"]) == ("us@er", "p/w", "hub one", "6432")
        assert made["HOST"] == "/run/pg"
        assert made["OPTIONS"]["sslmode"] == "require"


def test_a_key_file_for_which_there_is_no_room_is_a_sentence_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("hub.db.keyring.os.fsync", full)

    with pytest.raises(BadKey, match=r"no room for the key file .*sealing.key"):
        keyring.read_or_make(tmp_path / "sealing.key", "fresh")
    assert list(tmp_path.iterdir()) == []


def test_the_data_folder_may_have_any_name(tmp_path: Path) -> None:
    home = tmp_path / "hub #1? 100%25"

    names = start(home, "DATABASES")

    assert names["DATABASES"]["default"]["NAME"] == str(home / "hub.sqlite3")


@pytest.mark.parametrize("url", ["sqlite:////srv/hub #1/hub.sqlite3", "sqlite:////srv/hub?/hub.sqlite3"])
def test_a_sqlite_address_of_which_a_part_would_be_lost_is_refused(url: str) -> None:
    with pytest.raises(BadDatabase, match="%23"):
        database_url.database(url)


def test_a_key_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("mine\n")

    assert keyring.read_or_make(file, "fresh") == "mine"


def test_several_keys_are_read_in_their_order() -> None:
    one, two = Fernet.generate_key().decode(), Fernet.generate_key().decode()

    assert keyring.sealing_keys(f" {one} , {two} ", None) == (one, two)
    with pytest.raises(BadKey):
        keyring.sealing_keys(" , ", None)
