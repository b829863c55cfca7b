"""Five hostile plugins at once, and some that are wild while they work: the hub is up, the others run, each has its reason."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from hub.cli.demo.children import Children
from hub.dispatch.lanes import LANE_PLACES
from tests.cli.program import environment, hub
from tests.core.distributions import Shelf
from tests.process.company import make, states
from tests.process.test_up import holder, until
from tests.support.homes import with_tables

pytestmark = pytest.mark.slow

HOSTILE = {
    "raises": ("raise RuntimeError('not today')", "RuntimeError: not today"),
    "asserts": ("assert False, 'half-built'", "AssertionError: half-built"),
    "exits": ("import sys; sys.exit(3)", "it called sys.exit(3)"),
    "hangs": ("import threading; threading.Event().wait(600)", "it did not answer within"),
    "floods": (
        "import sys; sys.stderr.write('noise ' * 200_000); raise RuntimeError('x' * 5_000_000)",
        "RuntimeError: xxx",
    ),
}
"""Name → what its import does, and the words by which it is listed."""

WILD = """
    import logging
    import sys
    from hub.core import AddOn, Done, Settings

    addon = AddOn("wild", title="Wild", always_on=True)

    class Nothing(Settings):
        '''A step without settings.'''

    @addon.action("leave", Nothing, title="Leave")
    async def leave(vendor, step, contact):
        sys.exit(3)

    @addon.action("flood", Nothing, title="Flood")
    async def flood(vendor, step, contact):
        logging.getLogger("wild").error("noise " * 200_000)
        return Done("x" * 20_000_000)
"""

HOGS = """
    import asyncio
    import time
    from hub.core import AddOn, Answer, Done, Settings

    addon = AddOn("hogs", title="Hogs", base_url="https://vendor.example", always_on=True)
    endless = addon.get("/endless", dict)

    @addon.action("wait", Settings, title="Never come back")
    async def wait(vendor, step, contact):
        await asyncio.Event().wait()

    @addon.action("block", Settings, title="Hold the loop")
    async def block(vendor, step, contact):
        time.sleep(600)

    @addon.action("spin", Settings, title="Keep the processor busy")
    async def spin(vendor, step, contact):
        while True:
            pass

    @addon.action("tell", Settings, title="Bring home a note of a gigabyte")
    async def tell(vendor, step, contact):
        return Done("x" * 1_000_000_000)

    @addon.action("hear", Settings, title="Ask for an answer of a gigabyte")
    async def hear(vendor, step, contact):
        return Done(str(await vendor(endless)))
"""

CALM = """
    from hub.core import AddOn, Done, Settings

    addon = AddOn("calm", title="Calm", always_on=True)

    @addon.action("do", Settings, title="Do it")
    async def do(vendor, step, contact):
        return Done("done")
"""
"""The neighbour."""

HANGING, BLOCKING, CALM_STEPS, ROUNDS = 300, 20, 50, 3

APART = {"HUB_PLUGIN_ISOLATION": "process", "HUB_PLUGIN_TRUSTED": "calm,mailbox_power,smtp_custom"}
"""Only the hogs are in a process of their own."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return with_tables(tmp_path / "home")


@pytest.fixture
def plugins() -> dict[str, str]:
    """Name → code of what is installed."""
    return {"hogs": HOGS, "calm": CALM}


@pytest.fixture
def children(tmp_path: Path, home: Path, plugins: dict[str, str]) -> Iterator[Children]:
    folder = tmp_path / "shelf"
    folder.mkdir()
    for name, code in plugins.items():
        Shelf(folder).put(name, code)
    with Children(tmp_path / "logs", environment(home, PYTHONPATH=str(folder))) as all_of_them:
        yield all_of_them


@pytest.mark.parametrize("plugins", [{name: code for name, (code, _) in HOSTILE.items()} | {"wild": WILD}], ids=["all"])
def test_the_hub_is_up_the_others_run_and_each_is_listed_with_its_reason(
    children: Children, home: Path, tmp_path: Path
) -> None:
    _, catcher = children.start("catcher", "hub.cli.demo.catch", "--ledger", str(tmp_path / "ledger"))
    children.environment["HUB_EGRESS_ALLOWED"] = catcher.removeprefix("http://").rstrip("/")
    _, line = children.start("hub", "hub.cli.main", "up", "--port", "0")

    make(home, children.environment, f"wild.leave,wild.flood,{catcher}", contacts=2)
    until(lambda: not {"scheduled", "claimed", "calling"} & set(states(home)))

    assert states(home)["done"] == 4, "the flood's two are done, cut to a size, and so are the neighbour's"
    assert sum(states(home).values()) == 6
    with urllib.request.urlopen(line.removeprefix("ready: ") + "health/live", timeout=20) as answer:
        assert answer.status == 200
    listed = hub(home, "plugins", "--json", PYTHONPATH=children.environment["PYTHONPATH"])
    troubles = {one["name"]: one["reason"] for one in json.loads(listed.stdout)["not_loaded"]}
    for name, (_, words) in HOSTILE.items():
        assert words in troubles[name]
        assert len(troubles[name]) < 1_000


# --- while they work ---------------------------------------------------------------------------------------------


def test_three_hundred_steps_that_never_come_back_delay_no_neighbour(children: Children, home: Path) -> None:
    make(home, children.environment, "hogs.wait", contacts=HANGING)
    hub_itself, _ = children.start("hub", "hub.cli.main", "up", "--port", "0")
    until(lambda: in_hand(home) >= LANE_PLACES)

    assert_calm(home, children)
    assert sum(states(home).values()) - states(home)["done"] == HANGING, "and not one of those is lost"
    children.forget(hub_itself)
    for _ in range(2):  # asked twice it does not wait for what never comes back
        os.kill(hub_itself.pid, signal.SIGTERM)
    hub_itself.stop()


@pytest.mark.parametrize("how", ["block", "spin"])
def test_steps_that_hold_their_event_loop_delay_no_neighbour_and_come_before_a_person(
    children: Children, home: Path, how: str
) -> None:
    children.environment["HUB_LOOP_SECONDS"] = "2"
    make(home, children.environment, f"hogs.{how}", contacts=BLOCKING)
    hub_itself, _ = children.start("hub", "hub.cli.main", "up", "--port", "0")
    first = holder(home)
    until(lambda: in_hand(home) >= BLOCKING or "review" in states(home))

    assert_calm(home, children)
    until(lambda: states(home).get("review", 0) >= 2)
    assert sum(states(home).values()) - states(home)["done"] == BLOCKING, "and not one of those is lost"
    assert holder(home) == first, "the process was never started again"
    assert "its loop is given up" in hub_itself.log.read_text()
    assert "hogs.py, line" in reason_of(home, f"hogs.{how}"), "its author is told which line it was"


def test_steps_that_hold_the_loop_of_their_own_process_delay_no_neighbour(children: Children, home: Path) -> None:
    children.environment |= APART
    make(home, children.environment, "hogs.block", contacts=BLOCKING)
    children.start("hub", "hub.cli.main", "up", "--port", "0")
    until(lambda: in_hand(home) >= BLOCKING)

    assert_calm(home, children)
    assert sum(states(home).values()) - states(home)["done"] == BLOCKING


def in_hand(home: Path) -> int:
    """How many steps somebody has taken, and not brought home."""
    found = states(home)
    return found.get("claimed", 0) + found.get("calling", 0)


def assert_calm(home: Path, children: Children) -> None:
    """The machine may be busy once; who waits for the hogs waits each time. One good round is the proof."""
    p99s = [float("inf")]
    for number in range(1, ROUNDS + 1):
        if min(p99s) < 1.0:
            break
        make(home, children.environment, "calm.do", contacts=CALM_STEPS)
        until(lambda number=number: states(home).get("done", 0) == number * CALM_STEPS)
        p99s.append(percentile(latenesses(home, "calm.do")[-CALM_STEPS:], 0.99))
    assert min(p99s) < 1.0, p99s


def test_a_gigabyte_costs_its_own_step_whether_told_or_heard(children: Children, home: Path) -> None:
    with Gusher() as vendor:
        children.environment |= {
            "HUB_EGRESS_ALLOWED": vendor.address,
            "HUB_VENDOR_URLS": f"hogs=http://{vendor.address}",
        }
        _, line = children.start("hub", "hub.cli.main", "up", "--port", "0")

        make(home, children.environment, "hogs.tell,hogs.hear,calm.do", contacts=1)
        until(lambda: states(home).get("done") == 2 and "too long to read" in result_of(home, "hogs.hear"))

    assert len(result_of(home, "hogs.tell")) < 10_000
    assert 0 < vendor.sent < 100_000_000, "the hub hung up long before the end"
    assert (home / "hub.sqlite3").stat().st_size < 20_000_000
    with urllib.request.urlopen(line.removeprefix("ready: ") + "health/live", timeout=20) as answer:
        assert answer.status == 200


class Gusher:
    """A vendor whose only answer is a gigabyte long."""

    def __init__(self) -> None:
        self.sent = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = "{}:{}".format(*self._socket.getsockname())
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self._socket.accept()
            except OSError:  # closed
                return
            with caller:
                self._gush(caller)

    def _gush(self, caller: socket.socket) -> None:
        try:
            caller.recv(65_536)
            caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000000\r\n\r\n")
            for _ in range(1_000):
                caller.sendall(b" " * 1_000_000)
                self.sent += 1_000_000
        except OSError:  # the hub hung up
            self.sent += 1

    def __enter__(self) -> Gusher:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(10)


def latenesses(home: Path, action: str) -> list[float]:
    """Seconds between due and done of an action's steps, by their rows, the last that was made last."""
    query = "SELECT due_at, closed_at FROM plans_steprun WHERE action_type = ? AND state = 'done' ORDER BY created_at"
    with closing(sqlite3.connect(f"file:{home / 'hub.sqlite3'}?mode=ro", uri=True, timeout=10)) as file:
        rows = file.execute(query, [action]).fetchall()
    return [(datetime.fromisoformat(closed) - datetime.fromisoformat(due)).total_seconds() for due, closed in rows]


def result_of(home: Path, action: str) -> str:
    """What stands in the row of an action's only step."""
    with closing(sqlite3.connect(f"file:{home / 'hub.sqlite3'}?mode=ro", uri=True, timeout=10)) as file:
        rows = file.execute("SELECT result FROM plans_steprun WHERE action_type = ?", [action]).fetchall()
    return "".join(result or "" for (result,) in rows)


def reason_of(home: Path, action: str) -> str:
    """Why a step of an action waits for a person."""
    query = "SELECT hold_detail FROM plans_steprun WHERE action_type = ? AND state = 'review' LIMIT 1"
    with closing(sqlite3.connect(f"file:{home / 'hub.sqlite3'}?mode=ro", uri=True, timeout=10)) as file:
        return str(file.execute(query, [action]).fetchone()[0])


def percentile(values: list[float], share: float) -> float:
    """The value that this share of them does not exceed."""
    return sorted(values)[max(0, round(len(values) * share) - 1)]
