"""A real hub whose plugins run in processes of their own: wild ones cost themselves only.

Embedded in `make test`; scaled out, too, and the whole demo, in `make isolation`.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from hub.cli.demo.children import Children
from tests.cli.program import environment
from tests.core.distributions import Shelf
from tests.process.company import make
from tests.process.test_hostile import CALM
from tests.process.test_scaled import Scaled
from tests.process.test_up import until
from tests.support.homes import with_tables

pytestmark = pytest.mark.slow

WILD = """
    import os, signal, socket, time
    from hub.core import AddOn, Done, Settings

    addon = AddOn("wild", title="Wild", always_on=True)

    @addon.action("die", Settings, title="Die")
    async def die(vendor, step, contact):
        os._exit(9)

    @addon.action("steal", Settings, title="Steal")
    async def steal(vendor, step, contact):
        taken = []
        for place in HOME:
            for folder, _, files in os.walk(place):
                taken += [open(os.path.join(folder, name), "rb").read() for name in files]
        for words in (["HUB_SECRET_KEYS"], ["HUB_DATABASE_URL"]):
            taken += [os.environ[word] for word in words if word in os.environ]
        try:
            os.kill(os.getppid(), signal.SIGKILL)
            taken.append("the hub")
        except PermissionError:
            pass
        return Done(f"took {len(taken)} things")

    @addon.action("block", Settings, title="Block")
    async def block(vendor, step, contact):
        time.sleep(600)
"""

ISOLATED = {
    "HUB_PLUGIN_ISOLATION": "process",
    "HUB_PLUGIN_TRUSTED": "mailbox_power,hub-smtp-custom,clubready,hub-zapier,gmail,hub-outlook",
}
"""The bundled ones stay where they are, so that the hub has fewer processes to start."""


def shelf(folder: Path, home: Path) -> str:
    """The wild one and its neighbour, installed."""
    folder.mkdir()
    made = Shelf(folder)
    made.put("wild", WILD.replace("HOME", repr([str(home)])))
    made.put("calm", CALM)
    return str(folder)


class Embedded:
    """One process on SQLite."""

    def __init__(self, folder: Path, request: pytest.FixtureRequest) -> None:
        self.home, self.path = with_tables(folder / "home"), shelf(folder / "shelf", folder / "home")
        self.children = Children(folder / "logs", environment(self.home, PYTHONPATH=self.path, **ISOLATED))

    def start(self) -> list[int]:
        """Start it; whom to kill."""
        return [self.children.start("hub", "hub.cli.main", "up", "--alone", "--port", "0")[0].pid]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """From the database, without Django."""
        with closing(sqlite3.connect(f"file:{self.home / 'hub.sqlite3'}?mode=ro", uri=True, timeout=10)) as file:
            return file.execute(query).fetchall()


class ScaledOut(Embedded):
    """Two workers and a ticker on PostgreSQL and Redis."""

    def __init__(self, folder: Path, request: pytest.FixtureRequest) -> None:
        super().__init__(folder, request)
        made = Scaled(folder, request.getfixturevalue("postgres"), request.getfixturevalue("valkey"))
        self.home, self.children, self.url = made.home, made.children, made.url
        self.children.environment |= {"PYTHONPATH": self.path, **ISOLATED}

    def start(self) -> list[int]:
        make(self.home, self.children.environment, "calm.do", contacts=1)
        workers, _ = self.children.start("workers", "hub.cli.main", "worker", "--processes", "2")
        ticker, _ = self.children.start("ticker", "hub.cli.main", "ticker")
        return [workers.pid, ticker.pid]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(query).fetchall()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Scaled out only where there is time for it (`--faults=large`): the children are the same."""
    if "company" in metafunc.fixturenames:
        large = metafunc.config.getoption("--faults") == "large"
        metafunc.parametrize("company", [Embedded, ScaledOut] if large else [Embedded], indirect=True)


@pytest.fixture
def company(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Embedded]:
    made = request.param(tmp_path, request)
    with made.children:
        yield made


def processes(path: str) -> dict[int, str]:
    """The plugins' processes of a hub that looks for plugins here: id → which."""
    listed = subprocess.run(["ps", "-eww", "-o", "pid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(maxsplit=1) for line in listed.splitlines()]
    return {int(pid): words.split()[-1] for pid, words in rows if "hub.dispatch.apart" in words and path in words}


def test_wild_plugins_cost_themselves_only_and_a_killed_hub_leaves_nobody_behind(company: Embedded) -> None:
    killed = company.start()
    assert set(processes(company.path).values()) == {"hub-wild", "hub-calm"}

    make(company.home, company.children.environment, "wild.die,wild.steal,calm.do", contacts=4)
    until(lambda: ended(company))

    rows = company.rows("SELECT action_type, state, CAST(result AS TEXT) FROM plans_steprun")
    assert not [state for action, state, _ in rows if action == "wild.die" and state == "done"]
    assert all(
        "took 0 things" in result for action, state, result in rows if action == "wild.steal" and state == "done"
    )
    own = processes(company.path)
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    until(lambda: not set(own) & set(processes(company.path)))


def ended(company: Embedded) -> bool:
    """Whether the neighbour's steps are done, and the end of the wild one's process stands on its page."""
    ends = company.rows("SELECT 1 FROM addons_drift WHERE kind = 'ended' AND detail = 'it ended with status 9'")
    done = company.rows("SELECT 1 FROM plans_steprun WHERE action_type = 'calm.do' AND state = 'done'")
    under_way = company.rows("SELECT 1 FROM plans_steprun WHERE state IN ('claimed', 'calling')")
    return len(done) >= 4 and bool(ends) and not under_way
