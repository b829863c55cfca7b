"""Which database a test run uses, and how it is told to the hub.

`pytest --database=sqlite|postgres` chooses the way to run. The first process starts what is needed and says so in the
environment, before Django reads its settings; the workers of pytest-xdist inherit it and add a suffix of their own to the
database's name. Whatever the shell had set for the hub is put aside: tests never touch a database they did not make.
"""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import tempfile
from collections.abc import Collection, Iterable, Mapping, MutableMapping
from pathlib import Path

import django
import pytest
from django.conf import settings

from tests.support import homes
from tests.support.postgres import Postgres

SETTINGS_MODULE = "hub.db.settings"
NAME = "hub"  # Django puts `test_` before it and, under xdist, `_gw0` after it

MEMORY, ROOM = "/dev/shm", 2 * 1024**3
"""Linux's file system in memory, and how much must be free in it."""

# What asks for the database of the run without saying `django_db`: fixtures by these names, asked directly or by another fixture.
# Those with a server of their own (`postgres`, `durable_postgres`, `valkey`) do the same whatever `--database` says.
DATABASE_FIXTURES = frozenset({"db", "transactional_db", "live_server"})

postgres_of_the_run = pytest.StashKey[Postgres]()
home_of_the_run = pytest.StashKey[Path]()
environment_of_the_run = pytest.StashKey[dict[str, str]]()


def is_worker(config: pytest.Config) -> bool:
    """Whether this process is one of several that pytest-xdist started."""
    return hasattr(config, "workerinput")


def begin(config: pytest.Config) -> None:
    """Start what the run needs, tell the hub about it, and set Django up."""
    home = Path(tempfile.mkdtemp(prefix="hub-tests-", dir=_memory()))
    config.stash[home_of_the_run] = home
    if not is_worker(config):
        forget_the_shell(os.environ)
        # No test asks the machine's own name servers; those that ask start one (tests.support.name_server).
        os.environ |= {"HUB_DATABASE_URL": _url(config, home), "HUB_DNS_SERVERS": "off", **_new_keys()}
        homes.begin(os.environ, home)
    os.environ["HUB_HOME"] = str(home)
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS_MODULE
    config.stash[environment_of_the_run] = about_the_hub(os.environ)
    _use_a_file_for_sqlite(home)
    django.setup()


def _memory() -> str | None:
    """A folder that no disk stands behind, where there is one with room: SQLite waits for the disk at every commit, a fifth
    of the time of a test that commits often. Who is killed finds its commits there all the same; only a power cut would differ.
    """
    try:
        return MEMORY if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM else None
    except OSError:
        return None


def end(config: pytest.Config) -> None:
    """Stop and remove what `begin` made."""
    if postgres := config.stash.get(postgres_of_the_run, None):
        postgres.discard()
    if home := config.stash.get(home_of_the_run, None):
        shutil.rmtree(home, ignore_errors=True)


def is_asked(item: pytest.Item, config: pytest.Config) -> bool:
    """Whether a test is run in this way to run."""
    if config.getoption("--database") == "sqlite" and item.get_closest_marker("postgres_only"):
        return False
    return uses_database(item) or not config.getoption("--database-only")


def uses_database(item: pytest.Item) -> bool:
    """Whether a test's result may depend on the database."""
    return may_depend({mark.name for mark in item.iter_markers()}, getattr(item, "fixturenames", ()))


def may_depend(marks: Collection[str], fixtures: Iterable[str]) -> bool:
    """Whether it has a database, or a server, at hand.

    What a page looks like does not depend on it: a browser test is run on SQLite only, unless it is marked ``both_ways``.
    """
    if "browser" in marks and "both_ways" not in marks:
        return False
    return "django_db" in marks or bool(DATABASE_FIXTURES.intersection(fixtures))


def url_of(alias_settings: dict[str, object]) -> str:
    """The `HUB_DATABASE_URL` of a database in Django's terms: how a test tells a child process where its rows are."""
    if str(alias_settings["ENGINE"]).endswith("sqlite3"):
        return f"sqlite:///{alias_settings['NAME']}"
    return "postgres://{USER}@{HOST}:{PORT}/{NAME}".format(**alias_settings)


def forget_the_shell(environment: MutableMapping[str, str]) -> None:
    """Put aside what is said about some other hub."""
    for name in about_the_hub(environment):
        del environment[name]


def about_the_hub(environment: Mapping[str, str]) -> dict[str, str]:
    """What an environment says about the hub; which browser to use and where to put its pictures is the test run's own."""
    ours = {"HUB_CHROMIUM", "HUB_SCREENSHOTS"}
    return {name: value for name, value in environment.items() if name.startswith("HUB_") and name not in ours}


def give_back(environment: MutableMapping[str, str], before: Mapping[str, str]) -> list[str]:
    """Make an environment say of the hub what it said before; returns the names that had changed."""
    changed = sorted({name for name, _ in before.items() ^ about_the_hub(environment).items()})
    if changed:
        forget_the_shell(environment)
        environment.update(before)
    return changed


def _new_keys() -> dict[str, str]:
    """Keys that are as good as production's and known to nobody."""
    return {
        "HUB_SECRET_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "HUB_SECRET_KEY": secrets.token_urlsafe(50),
    }


def _url(config: pytest.Config, home: Path) -> str:
    if config.getoption("--database") == "sqlite":
        return f"sqlite:///{home / NAME}.sqlite3"
    server = Postgres()
    server.create()
    config.stash[postgres_of_the_run] = server
    return server.url(NAME)


def _use_a_file_for_sqlite(home: Path) -> None:
    """Django would test SQLite in memory; ours has many threads and processes on one file, so the tests have too."""
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        database.setdefault("TEST", {})["NAME"] = str(home / f"test_{NAME}.sqlite3")
