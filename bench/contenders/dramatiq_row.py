"""The peer: what one writes in an afternoon with Dramatiq. A message a unit, an httpx client a thread, a committed row a result.

It is given what favours it: two processes of eight threads that run already when the clock starts, connections kept open, no
intent before the call, no lease, no rate, no history.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import dramatiq
import httpx
import psycopg
from dramatiq.brokers.redis import RedisBroker

from bench import world
from bench.meter import Meter

PROCESSES, THREADS = 2, 8
LOOK_SECONDS = 0.02

broker = RedisBroker(url=os.environ["HUB_REDIS_URL"], namespace="peer")
dramatiq.set_broker(broker)
_mine = threading.local()


@dramatiq.actor(queue_name="peer")
def post(ref: str) -> None:
    """Call the vendor and keep what it said."""
    answer = _http().post(f"{os.environ[world.VENDOR]}/things", json={"ref": ref, "to": "Ada"})
    answer.raise_for_status()
    _rows().execute("INSERT INTO peer_result (ref, vendor_id) VALUES (%s, %s)", (ref, answer.json()["id"]))


def _http() -> httpx.Client:
    if not hasattr(_mine, "http"):
        _mine.http = httpx.Client(trust_env=False)
    return _mine.http  # type: ignore[no-any-return]


def _rows() -> psycopg.Connection[tuple[object, ...]]:
    if not hasattr(_mine, "rows"):
        _mine.rows = psycopg.connect(os.environ["HUB_DATABASE_URL"], autocommit=True)
    return _mine.rows  # type: ignore[no-any-return]


def run(units: int) -> None:
    """So many messages."""
    _rows().execute("CREATE TABLE peer_result (ref text PRIMARY KEY, vendor_id text, at timestamptz DEFAULT now())")
    command = [sys.executable, "-m", "dramatiq", __name__, "-p", str(PROCESSES), "-t", str(THREADS), "-Q", "peer"]
    worker = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    meter = Meter()
    try:
        _warm_up()
        with meter.running(worker.pid):
            for n in range(units):
                post.send(f"r-{n}")
            _wait_for(units + WARM)
    finally:
        worker.terminate()
        worker.wait()
    meter.report(units)


WARM = PROCESSES * THREADS * 4


def _warm_up() -> None:
    """Every thread has its connections."""
    for n in range(WARM):
        post.send(f"warm-{n}")
    _wait_for(WARM)


def _wait_for(rows: int) -> None:
    while _rows().execute("SELECT COUNT(*) FROM peer_result").fetchone() != (rows,):
        time.sleep(LOOK_SECONDS)
