"""The scaled-out hub: web, ticker and several workers as processes of their own, on PostgreSQL and Redis."""

from __future__ import annotations

import json
import os
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError

import psycopg
import pytest
from cryptography.fernet import Fernet

from hub.cli.demo.catch import read
from hub.cli.demo.children import Children
from tests.cli.program import environment, hub
from tests.process.company import make
from tests.support.homes import in_postgres
from tests.support.postgres import Postgres
from tests.support.servers import free_port
from tests.support.valkey import Valkey

pytestmark = pytest.mark.slow


class Scaled:
    """Everything that is needed, and a look into the database. That is empty where ``tables`` are not asked for."""

    def __init__(self, folder: Path, postgres: Postgres, valkey: Valkey, *, tables: bool = True) -> None:
        self.home, self.ledger, self.logs = folder / "home", folder / "ledger", folder / "logs"
        name = f"scaled_{os.getpid()}"
        self.url = in_postgres(postgres, name, folder / "template") if tables else postgres.create_database(name)
        keys = {
            "HUB_SECRET_KEYS": Fernet.generate_key().decode(),
            "HUB_SECRET_KEY": "scaled-out-secret-0123456789-abcdefgh",
        }
        self.children = Children(
            self.logs, environment(self.home, HUB_DATABASE_URL=self.url, HUB_REDIS_URL=valkey.url, **keys)
        )

    def states(self) -> dict[str, int]:
        with psycopg.connect(self.url) as connection:
            return dict(connection.execute("SELECT state, COUNT(*) FROM plans_steprun GROUP BY state").fetchall())

    def senders(self) -> list[int]:
        """Process ids of workers whose requests are out at this moment."""
        with psycopg.connect(self.url) as connection:
            rows = connection.execute(
                "SELECT DISTINCT w.pid FROM plans_steprun s JOIN engine_worker w ON w.no = s.worker_no AND w.ended_at IS NULL"
                " WHERE s.state = 'calling'"
            )
            return [pid for (pid,) in rows.fetchall()]

    def unclear(self) -> int:
        """Steps that may have been done and go again."""
        with psycopg.connect(self.url) as connection:
            asked = "SELECT COUNT(*) FROM plans_steprun WHERE state = 'scheduled' AND open_attempts > 0"
            (number,) = connection.execute(asked).fetchone() or (0,)
            return int(number)

    def log_lines(self, name: str) -> list[dict[str, Any]]:
        """What a child, and those it started, have written to their log."""
        written = (self.logs / f"{name}.log").read_text().splitlines()
        return [json.loads(line) for line in written if line.startswith("{")]

    def workers(self) -> dict[int, int]:
        """Of the living: process id → number."""
        with psycopg.connect(self.url) as connection:
            return dict(connection.execute("SELECT pid, no FROM engine_worker WHERE ended_at IS NULL").fetchall())


@pytest.fixture
def scaled(tmp_path: Path, postgres: Postgres, valkey: Valkey) -> Iterator[Scaled]:
    made = Scaled(tmp_path, postgres, valkey)
    with made.children:
        yield made


def until(condition: Callable[[], bool], seconds: float = 300.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)


def test_a_killed_worker_is_replaced_and_every_step_is_done_once(scaled: Scaled) -> None:
    _, catcher = scaled.children.start("catcher", "hub.cli.demo.catch", "--ledger", str(scaled.ledger), "--delay", "1")
    scaled.children.environment["HUB_EGRESS_ALLOWED"] = catcher.removeprefix("http://").rstrip("/")
    make(scaled.home, scaled.children.environment, catcher, contacts=300)
    workers, _ = scaled.children.start("workers", "hub.cli.main", "worker", "--processes", "2", "--threads", "2")
    until(lambda: len(scaled.workers()) == 2)
    scaled.children.start("ticker", "hub.cli.main", "ticker")

    sending: list[int] = []
    until(lambda: bool(sending.extend(scaled.senders()) or sending))
    victim = sending[0]
    os.kill(victim, signal.SIGKILL)

    until(lambda: len(set(scaled.workers()) - {victim}) == 2)
    until(lambda: set(scaled.states()) <= {"done", "scheduled"} and scaled.states().get("done", 0) > 100)
    effects = [line["body"]["contact"] for line in read(scaled.ledger) if line["what"] == "effect"]
    assert len(effects) == len(set(effects))
    _one_search_tells_a_steps_story_over_all_processes(scaled)

    make(scaled.home, scaled.children.environment, catcher, contacts=1_500)
    until(lambda: scaled.states().get("calling", 0) > 0)
    scaled.children.forget(workers)
    workers.stop()

    left, unclear = scaled.states(), scaled.unclear()
    assert workers.code == 0
    assert set(left) <= {"done", "scheduled"}  # what was out came home, what was not begun was given back
    acted = sum(line["what"] == "effect" for line in read(scaled.ledger))
    assert left["done"] <= acted <= left["done"] + unclear  # what the dead worker had sent goes again minutes later
    assert scaled.workers() == {}


def _one_search_tells_a_steps_story_over_all_processes(scaled: Scaled) -> None:
    """What the dead worker held: the ticker says from whom it was taken, and another worker how it ended."""
    until(lambda: bool(_told(scaled, "ticker", "step taken back")))  # a row is there a moment before its line is
    taken, ended = _told(scaled, "ticker", "step taken back"), _told(scaled, "workers", "step settled")
    assert ended  # what was taken back after it had been sent goes again minutes later, so not all of it is among these
    for line in (*taken, *ended):
        assert {"run", "attempt", "account", "addon", "worker", "state"} <= line.keys()
    assert len({line["from_worker"] for line in taken}) == 1


def _told(scaled: Scaled, name: str, event: str) -> list[dict[str, Any]]:
    return [line for line in scaled.log_lines(name) if line["event"] == event]


def test_the_web_runs_alone_and_each_part_ends_on_sigterm(scaled: Scaled) -> None:
    port = free_port()
    scaled.children.environment["HUB_METRICS_PORT"] = str(port)
    web, line = scaled.children.start("web", "hub.cli.main", "web", "--port", "0")
    worker, _ = scaled.children.start("worker", "hub.cli.main", "worker")
    ticker, _ = scaled.children.start("ticker", "hub.cli.main", "ticker")

    with urllib.request.urlopen(line.removeprefix("ready: ") + "health/live", timeout=20) as answer:
        assert answer.status == 200
    parts = {f'hub_processes{{part="{part}"}} 1.0' for part in ("web", "worker", "ticker")}
    until(lambda: {*parts, 'hub_workers{life="alive"} 1.0'} <= _scraped(port))

    for child in (web, worker, ticker):
        scaled.children.forget(child)
        child.stop()
    assert [web.code, worker.code, ticker.code] == [0, 0, 0]
    assert scaled.workers() == {}


def test_a_part_does_not_start_on_a_database_that_is_behind(tmp_path: Path, postgres: Postgres, valkey: Valkey) -> None:
    scaled = Scaled(tmp_path, postgres, valkey, tables=False)

    refused = hub(scaled.home, "worker", **_own(scaled))

    assert refused.returncode == 1
    assert "Run: hub migrate" in refused.stderr


def _scraped(port: int) -> set[str]:
    """The one address of all processes, whichever of them serves it; empty while none has begun to."""
    with suppress(URLError), urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
        return set(answer.read().decode().splitlines())
    return set()


def _own(scaled: Scaled) -> dict[str, str]:
    return {
        name: value
        for name, value in scaled.children.environment.items()
        if name.startswith("HUB_") and name != "HUB_HOME"
    }


def test_redis_may_die_and_come_back_empty_and_every_step_is_done_and_told_once(scaled: Scaled, valkey: Valkey) -> None:
    """What is told goes the way of webhooks, whose bells are lost as well, and some of whose messages are half-way."""
    _, catcher = scaled.children.start(
        "catcher", "hub.cli.demo.catch", "--ledger", str(scaled.ledger), "--delay", "0.2"
    )
    scaled.children.environment["HUB_EGRESS_ALLOWED"] = catcher.removeprefix("http://").rstrip("/")
    make(scaled.home, scaled.children.environment, catcher, contacts=200, told=catcher + "told")
    scaled.children.start("worker", "hub.cli.main", "worker", "--threads", "2")
    scaled.children.start("ticker", "hub.cli.main", "ticker")
    until(lambda: scaled.states().get("done", 0) > 10 and bool(arrived(scaled, "/told")))

    assert len(arrived(scaled, "/told")) < 200
    valkey.kill()
    time.sleep(1.0)  # long enough for both to notice
    valkey.start()
    valkey.wipe()

    until(lambda: scaled.states() == {"done": 200})
    until(lambda: len(arrived(scaled, "/told")) >= 200)
    assert len({body["contact"] for body in arrived(scaled, "/call")}) == len(arrived(scaled, "/call")) == 200
    assert len({body["data"]["id"] for body in arrived(scaled, "/told")}) == len(arrived(scaled, "/told")) == 200


def arrived(scaled: Scaled, path: str) -> list[dict[str, Any]]:
    """What the web server acted on there."""
    return [line["body"] for line in read(scaled.ledger) if line["what"] == "effect" and line["path"] == path]
