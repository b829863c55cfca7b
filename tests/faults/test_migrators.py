"""Several `hub migrate` at once on a database that is empty: all end well, and the schema is whole.

That they really race is no matter of luck. The test has the migrators' lock itself, and lets go of it when every one of them has
seen the empty database and waits.
"""

from __future__ import annotations

import fcntl
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography.fernet import Fernet
from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from hub.process.migrating import LOCK
from tests.cli.program import environment
from tests.support import database

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

MIGRATORS = {"small": (2, 1), "quarter": (5, 2), "large": (5, 10)}
"""How many at once, and how often."""

SECONDS = 400.0
Pids = list[int]


@contextmanager
def migrators(number: int, given: Mapping[str, str]) -> Iterator[list[subprocess.Popen[str]]]:
    """So many commands, as people start them. None of them stays."""
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "hub.cli.main", "migrate"], env=dict(given), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        for _ in range(number)
    ]  # fmt: skip
    try:
        yield started
    finally:
        for one in started:
            one.kill()
            one.wait()


def race(number: int, empty: Empty) -> None:
    """All of them find nothing there, wait for the lock, and go on one after the other."""
    with migrators(number, empty.given) as started:
        end = time.monotonic() + SECONDS
        while empty.waiting([one.pid for one in started]) < number:
            assert time.monotonic() < end, "not all of them came to the lock"
            time.sleep(0.02)
        empty.let_go()
        said = [one.communicate(timeout=SECONDS)[0] for one in started]
    assert [one.returncode for one in started] == [0] * number, said
    assert len(set(said)) == 1, "each of them had seen an empty database"
    assert "migrations made. The database is up to date." in said[0]


def columns_of_the_models() -> set[tuple[str, str]]:
    """What the code expects to find."""
    return {
        (model._meta.db_table, field.column)
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
        for field in model._meta.local_concrete_fields
    }


def test_migrators_that_race_on_an_empty_database_all_end_well_and_make_a_whole_schema(
    tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    number, times = MIGRATORS[pytestconfig.getoption("--faults")]
    empty = in_postgres if connection.vendor == "postgresql" else in_a_file
    for turn in range(times):
        with empty(tmp_path / str(turn)) as there:
            race(number, there)
            columns, migrations = there.read(there.columns), there.read(_MIGRATIONS)
        assert columns_of_the_models() <= set(columns)
        assert len(migrations) == len(set(migrations)), "made twice"
        assert set(migrations) == set(MigrationLoader(None).disk_migrations)


_MIGRATIONS = "SELECT app, name FROM django_migrations"


@dataclass(frozen=True)
class Empty:
    """A database with nothing in it, whose migrators' lock the test has.

    Attributes:
        given: the environment of a command; columns: the statement that asks for all of them.
        waiting: how many of these processes wait for the lock.
    """

    given: Mapping[str, str]
    read: Callable[[str], list[Any]]
    columns: str
    waiting: Callable[[Pids], int]
    let_go: Callable[[], object]


@contextmanager
def in_postgres(folder: Path) -> Iterator[Empty]:
    """Beside the database of the run, under its name and a word more."""
    run = database.url_of(connection.settings_dict)
    name = f"{connection.settings_dict['NAME']}_raced"
    keys = {
        "HUB_SECRET_KEYS": Fernet.generate_key().decode(),
        "HUB_SECRET_KEY": "migrators-need-a-secret-0123456789-abc",
    }
    given = environment(folder, HUB_DATABASE_URL=f"{run}_raced", HUB_REDIS_URL="redis://127.0.0.1:1", **keys)
    folder.mkdir()
    with psycopg.connect(run, autocommit=True) as here:
        here.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            with psycopg.connect(f"{run}_raced", autocommit=True) as there:

                def read(asked: str) -> list[Any]:
                    return there.execute(asked).fetchall()  # type: ignore[arg-type]  # psycopg asks for literal text

                read(f"SELECT pg_advisory_lock({LOCK})")
                yield Empty(
                    given, read, "SELECT table_name, column_name FROM information_schema.columns",
                    lambda pids: int(read(_WAITING)[0][0]), lambda: read(f"SELECT pg_advisory_unlock({LOCK})"),
                )  # fmt: skip
        finally:
            here.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


_WAITING = """
SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@contextmanager
def in_a_file(folder: Path) -> Iterator[Empty]:
    """In a folder of its own."""
    folder.mkdir()
    file = folder / "hub.sqlite3"

    def read(asked: str) -> list[Any]:
        with closing(sqlite3.connect(file)) as session:
            return session.execute(asked).fetchall()

    with (folder / ".migrating").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield Empty(
            environment(folder, HUB_DATABASE_URL=f"sqlite:///{file}"), read,
            "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'",
            waiting_for_a_file, lambda: fcntl.flock(lock, fcntl.LOCK_UN),
        )  # fmt: skip


def waiting_for_a_file(pids: Pids) -> int:
    """How many of these the kernel keeps waiting for a locked file."""
    waiting = [line.split() for line in Path("/proc/locks").read_text().splitlines() if " -> " in line]
    return len({line[5] for line in waiting if line[2] == "FLOCK"} & {str(pid) for pid in pids})
