"""The test house: which database, which servers, and who cleans up.

`--database=sqlite` (the default) and `--database=postgres` run the same tests on the two ways to run. A test that needs a
Redis-compatible server asks for `valkey`, one that must have PostgreSQL whatever the option says asks for `postgres`, and one
that pulls its plug asks for `durable_postgres`. Nothing is skipped: what cannot be had is a failure.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from tests.support import cheaper, database
from tests.support.postgres import Postgres
from tests.support.servers import Server
from tests.support.valkey import Valkey

ServerT = TypeVar("ServerT", bound=Server)


def pytest_addoption(parser: pytest.Parser) -> None:
    house = parser.getgroup("the house")
    house.addoption("--database", choices=("sqlite", "postgres"), default="sqlite", help="which way to run (sqlite)")
    house.addoption(
        "--database-only", action="store_true", help="only the tests whose result may depend on the database"
    )
    house.addoption(
        "--faults", choices=("small", "quarter", "large"), default="small", help="how long to torment the hub (small)"
    )
    house.addoption(
        "--matrix", choices=("small", "large"), default="small", help="how many cells of the isolation matrix (small)"
    )
    house.addoption("--faults-seed", type=int, help="draw the storm's troubles as an earlier run did")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are cores: storms, kills and hung plugins wait for most of their time, and somebody else can
    use the core meanwhile."""
    return len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) + 1


def pytest_configure(config: pytest.Config) -> None:
    database.begin(config)
    cheaper.begin()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """A test that leaves another environment or folder behind fails itself, and not some later one whose children are told
    nonsense."""
    yield
    changed = database.give_back(os.environ, item.config.stash[database.environment_of_the_run])
    here, start = Path.cwd(), item.config.invocation_params.dir
    if here != start:
        os.chdir(start)
        changed.append(f"the folder, to {here}")
    if changed:
        pytest.fail(f"this test left the environment changed: {', '.join(changed)}", pytrace=False)


def pytest_unconfigure(config: pytest.Config) -> None:
    database.end(config)


def pytest_report_header(config: pytest.Config) -> str:
    return f"database: {config.getoption('--database')}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    asked = {item: database.is_asked(item, config) for item in items}
    config.hook.pytest_deselected(items=[item for item in items if not asked[item]])
    items[:] = [item for item in items if asked[item]]


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end; who looks for garbage need not look through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Django shall take the database that is there, and leave it to `pytest_unconfigure`."""
    return True


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The tables are made once in a run, and copied for each worker."""
    from django.db import connection

    from tests.support import homes

    name = connection.creation._get_test_db_name()
    homes.for_the_tests(connection.settings_dict, name, tmp_path_factory.mktemp("migrating"))


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> Iterator[Postgres]:
    """A PostgreSQL server, whatever `--database` says. Make a database in it with `postgres.create_database(name)`."""
    if running := pytestconfig.stash.get(database.postgres_of_the_run, None):
        yield running
        return
    yield from _lent(Postgres())


@pytest.fixture(scope="module")
def durable_postgres() -> Iterator[Postgres]:
    """A PostgreSQL that keeps what it acknowledged, yours alone: `crash()`, `kill()` and `restart()` it as you like."""
    yield from _lent(Postgres(durable=True))


@pytest.fixture(scope="session")
def _valkey_of_this_process() -> Iterator[Valkey]:
    yield from _lent(Valkey())


@pytest.fixture
def valkey(_valkey_of_this_process: Valkey) -> Valkey:
    """A Redis-compatible server, empty and running at the start of each test. Wipe, kill or restart it as you like."""
    if not _valkey_of_this_process.running:
        _valkey_of_this_process.start()
    _valkey_of_this_process.wipe()
    return _valkey_of_this_process


@pytest.fixture
def database_url(transactional_db: None) -> str:
    """The `HUB_DATABASE_URL` of this test's own database, for child processes. Its rows are really committed."""
    from django.db import connection

    return database.url_of(connection.settings_dict)


def _lent(server: ServerT) -> Iterator[ServerT]:
    try:
        server.create()
        yield server
    finally:
        server.discard()
