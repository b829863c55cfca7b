"""The option `--database` really decides where rows go, worker by worker, and nothing of the shell leaks in."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from tests.support import database


@pytest.mark.django_db
def test_rows_go_to_the_database_that_the_option_names(pytestconfig: pytest.Config) -> None:
    vendor = {"sqlite": "sqlite", "postgres": "postgresql"}[pytestconfig.getoption("--database")]

    assert connection.vendor == vendor


@pytest.mark.django_db
def test_the_tests_have_a_database_of_their_own() -> None:
    name = Path(str(connection.settings_dict["NAME"])).name

    assert name.startswith("test_hub")


def test_sqlite_is_a_file_as_in_production(pytestconfig: pytest.Config) -> None:
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        assert Path(settings.DATABASES["default"]["TEST"]["NAME"]).is_absolute()
    else:
        assert pytestconfig.getoption("--database") == "postgres"


def test_the_url_of_a_database_is_what_the_hub_would_be_told() -> None:
    server = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "test_hub",
        "USER": "hub",
        "HOST": "127.0.0.1",
        "PORT": "5",
    }
    file = {"ENGINE": "django.db.backends.sqlite3", "NAME": "/tmp/x/test_hub.sqlite3"}

    assert database.url_of(server) == "postgres://hub@127.0.0.1:5/test_hub"
    assert database.url_of(file) == "sqlite:////tmp/x/test_hub.sqlite3"


def test_what_the_shell_set_for_the_hub_is_put_aside() -> None:
    shell = {"HUB_REDIS_URL": "redis://production:6379/0", "HUB_CHROMIUM": "/usr/bin/chromium", "PATH": "/bin"}

    database.forget_the_shell(shell)

    assert shell == {"HUB_CHROMIUM": "/usr/bin/chromium", "PATH": "/bin"}


def test_what_a_test_changed_in_the_environment_is_named_and_given_back() -> None:
    """One test took the keys away, and every later one of its process started workers that could open no secret."""
    before = {"HUB_SECRET_KEYS": "k1", "HUB_HOME": "/tmp/x"}
    environment = {"HUB_HOME": "/tmp/y", "HUB_REDIS_URL": "redis://left-behind", "PATH": "/bin"}

    changed = database.give_back(environment, before)

    assert changed == ["HUB_HOME", "HUB_REDIS_URL", "HUB_SECRET_KEYS"]
    assert environment == {**before, "PATH": "/bin"}
    assert database.give_back(environment, before) == []


def test_a_browser_test_is_run_on_one_database_unless_it_says_so() -> None:
    assert not database.may_depend({"browser", "django_db"}, ["live_server"])
    assert database.may_depend({"browser", "django_db", "both_ways"}, ["live_server"])
    assert database.may_depend({"django_db"}, [])
    assert database.may_depend(set(), ["transactional_db"])
    assert not database.may_depend(set(), ["postgres", "valkey"]), "servers of their own, whichever way the run is"
    assert not database.may_depend({"slow"}, ["tmp_path"])
