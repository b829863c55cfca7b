"""The servers that tests borrow: they start, survive what we do to them, and leave nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import psycopg
import pytest

from tests.support.postgres import Postgres
from tests.support.servers import Server, ServerFailed
from tests.support.valkey import Valkey

ROOT = Path(__file__).parents[2]


def alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be counted by its parent does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def rows_in(postgres: Postgres, database: str) -> int:
    with postgres.connect(database) as connection:
        return len(connection.execute("SELECT * FROM kept").fetchall())


def test_each_database_in_the_postgres_of_the_run_is_its_own(postgres: Postgres) -> None:
    one, other = postgres.create_database("one"), postgres.create_database("other")

    with psycopg.connect(one) as connection:
        connection.execute("CREATE TABLE here ()")

    with psycopg.connect(other) as connection, pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("SELECT * FROM here")


@pytest.mark.slow
def test_a_durable_postgres_keeps_what_it_acknowledged_when_it_is_killed(durable_postgres: Postgres) -> None:
    durable_postgres.create_database("shop")
    with durable_postgres.connect("shop") as connection:
        connection.execute("CREATE TABLE kept (id int)")
        connection.execute("INSERT INTO kept VALUES (1)")

    for pull_the_plug in (durable_postgres.crash, durable_postgres.kill):
        pull_the_plug()
        durable_postgres.start()

        assert rows_in(durable_postgres, "shop") == 1


def test_the_valkey_of_the_tests_is_set_up_as_production_should_be(valkey: Valkey) -> None:
    with valkey.client() as client:
        told = client.config_get("appendonly", "appendfsync", "maxmemory-policy", "save")

    assert told == {"appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction", "save": ""}


def test_valkey_keeps_acknowledged_writes_when_killed_and_forgets_them_when_wiped(valkey: Valkey) -> None:
    with valkey.client() as client:
        client.set("nudge", "1")
        # On a busy disk the log is written up to two seconds after the answer; this waits until it holds what was said.
        client.execute_command("WAITAOF", 1, 0, 10_000)

    valkey.kill()
    valkey.start()
    with valkey.client() as client:
        assert client.get("nudge") == b"1"

    valkey.wipe()
    with valkey.client() as client:
        assert client.dbsize() == 0


def test_a_server_that_cannot_start_says_why() -> None:
    class Broken(Valkey):
        def command(self) -> list[str]:
            return [*super().command(), "--maxmemory-policy", "forgetful"]

    broken = Broken()
    try:
        with pytest.raises(ServerFailed, match="maxmemory-policy"):
            broken.start()
    finally:
        broken.discard()


@pytest.mark.parametrize("kind", [Postgres, Valkey])
def test_a_discarded_server_leaves_no_process_and_no_folder(kind: type[Server]) -> None:
    server = kind()
    server.create()
    pid = server.pid

    server.discard()

    assert not alive(pid)
    assert not server.home.exists()


@pytest.mark.parametrize("kind", ["postgres.Postgres", "valkey.Valkey"])
def test_a_server_goes_when_the_tests_are_killed(kind: str, tmp_path: Path) -> None:
    module, name = kind.split(".")
    code = f"""
        from tests.support.{module} import {name}
        server = {name}(); server.create(); print(server.pid, server.home, flush=True); input()
    """
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout
    pid, home = child.stdout.readline().split()

    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()

    assert _gone(int(pid))
    subprocess.run(["rm", "-rf", home], check=True)


def _gone(pid: int, seconds: float = 20.0) -> bool:
    """Wait for a process that is not our child to end."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    import select

    ended, _, _ = select.select([watched], [], [], seconds)
    os.close(watched)
    return bool(ended)
