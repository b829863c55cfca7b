"""A real hub whose plugins run in processes of their own: wild ones cost themselves only.

`make isolation` runs the whole demo so.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from hub.cli.demo.catch import read
from hub.cli.demo.children import Children
from tests.cli.program import environment
from tests.core.distributions import Shelf
from tests.process.company import make, states
from tests.process.test_hostile import CALM
from tests.process.test_scaled import Scaled
from tests.process.test_up import until
from tests.support.postgres import Postgres
from tests.support.valkey import Valkey

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

ISOLATED = {"HUB_PLUGIN_ISOLATION": "process", "HUB_PLUGIN_TRUSTED": "mailbox_power,hub-smtp-custom"}
"""Two of the bundled ones stay where they are, so that the hub has fewer processes to start."""


def shelf(folder: Path, home: Path) -> str:
    """The wild one and its neighbour, installed."""
    folder.mkdir()
    made = Shelf(folder)
    made.put("wild", WILD.replace("HOME", repr([str(home)])))
    made.put("calm", CALM)
    return str(folder)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def children(tmp_path: Path, home: Path) -> Iterator[Children]:
    path = shelf(tmp_path / "shelf", home)
    with Children(tmp_path / "logs", environment(home, PYTHONPATH=path, **ISOLATED)) as all_of_them:
        yield all_of_them


def processes(path: str) -> dict[int, str]:
    """The plugins' processes of a hub that looks for plugins here: id → which."""
    listed = subprocess.run(["ps", "-eww", "-o", "pid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(maxsplit=1) for line in listed.splitlines()]
    return {int(pid): words.split()[-1] for pid, words in rows if "hub.dispatch.apart" in words and path in words}


def test_wild_plugins_cost_themselves_only_and_a_killed_hub_leaves_nobody_behind(
    children: Children, home: Path
) -> None:
    path = children.environment["PYTHONPATH"]
    hub_itself, line = children.start("hub", "hub.cli.main", "up", "--alone", "--port", "0")
    own = processes(path)
    assert set(own.values()) == {"hub-wild", "hub-calm"}

    make(home, children.environment, "wild.die,wild.steal,calm.do", contacts=4)
    until(lambda: not {"claimed", "calling"} & set(states(home)) and ended(home), 90)
    with closing(sqlite3.connect(f"file:{home / 'hub.sqlite3'}?mode=ro", uri=True, timeout=10)) as file:
        rows = file.execute("SELECT action_type, state, result FROM plans_steprun").fetchall()
    assert [state for action, state, _ in rows if action == "calm.do"] == ["done"] * 4
    assert not [state for action, state, _ in rows if action == "wild.die" and state == "done"]
    assert all(
        "took 0 things" in result for action, state, result in rows if action == "wild.steal" and state == "done"
    )
    with urllib.request.urlopen(line.removeprefix("ready: ") + "health/live", timeout=20) as answer:
        assert answer.status == 200

    own = processes(path)
    os.kill(hub_itself.pid, signal.SIGKILL)
    until(lambda: not set(own) & set(processes(path)), 20)
    children.forget(hub_itself)


def ended(home: Path) -> bool:
    """Whether the neighbour's steps are done, and the end of the wild one's process stands on its page."""
    with closing(sqlite3.connect(f"file:{home / 'hub.sqlite3'}?mode=ro", uri=True, timeout=10)) as file:
        items = file.execute("SELECT addon, kind, detail FROM addons_drift").fetchall()
        query = "SELECT COUNT(*) FROM plans_steprun WHERE action_type = 'calm.do' AND state = 'done'"
        (done,) = file.execute(query).fetchone()
    return done == 4 and ("wild", "ended", "it ended with status 9") in items


def test_scaled_out_each_worker_has_processes_of_its_own(tmp_path: Path, postgres: Postgres, valkey: Valkey) -> None:
    scaled = Scaled(tmp_path, postgres, valkey)
    scaled.children.environment |= {"PYTHONPATH": shelf(tmp_path / "shelf", scaled.home), **ISOLATED}
    with scaled.children:
        _, catcher = scaled.children.start("catcher", "hub.cli.demo.catch", "--ledger", str(scaled.ledger))
        scaled.children.environment["HUB_EGRESS_ALLOWED"] = catcher.removeprefix("http://").rstrip("/")
        make(scaled.home, scaled.children.environment, f"calm.do,wild.die,{catcher}", contacts=10)
        scaled.children.start("workers", "hub.cli.main", "worker", "--processes", "2")
        scaled.children.start("ticker", "hub.cli.main", "ticker")

        until(lambda: scaled.states().get("done", 0) == 20, 120)

        kept = list(processes(scaled.children.environment["PYTHONPATH"]).values())
        assert kept.count("hub-calm") >= 2, "one for each worker"
        effects = [line["body"]["contact"] for line in read(scaled.ledger) if line["what"] == "effect"]
        assert len(effects) == len(set(effects)) == 10
