"""What all peers share: the vendor's address, a client and a session for each thread, the row, and the wait for the last one."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence

import httpx
import psycopg

from bench.meter import Meter

VENDOR = os.environ.get("BENCH_VENDOR", "")
DATABASE = os.environ.get("HUB_DATABASE_URL", "")
REDIS = os.environ.get("HUB_REDIS_URL", "")

LOOK_SECONDS = 0.02
LONGEST = 120.0

_mine = threading.local()


def http() -> httpx.Client:
    """This thread's."""
    if not hasattr(_mine, "http"):
        _mine.http = httpx.Client(trust_env=False)
    return _mine.http  # type: ignore[no-any-return]


def rows() -> psycopg.Connection[tuple[object, ...]]:
    """This thread's session."""
    if not hasattr(_mine, "rows"):
        _mine.rows = psycopg.connect(DATABASE, autocommit=True)
    return _mine.rows  # type: ignore[no-any-return]


def post(ref: str) -> None:
    """The unit: call the vendor and keep what it said."""
    answer = http().post(f"{VENDOR}/things", json={"ref": ref, "to": "Ada"}, headers={"Idempotency-Key": ref})
    answer.raise_for_status()
    keep(ref, answer.json()["id"])


def keep(ref: str, vendor_id: str) -> None:
    """The durable record."""
    rows().execute("INSERT INTO peer_result (ref, vendor_id) VALUES (%s, %s)", (ref, vendor_id))


def table() -> None:
    """Where the records go."""
    rows().execute("CREATE TABLE peer_result (ref text PRIMARY KEY, vendor_id text, at timestamptz DEFAULT now())")


def wait_for(number: int) -> None:
    """Until so many records are there."""
    end = time.monotonic() + LONGEST
    while rows().execute("SELECT COUNT(*) FROM peer_result").fetchone() != (number,):
        if time.monotonic() > end:
            raise SystemExit("the peer did not come to its end")
        time.sleep(LOOK_SECONDS)


def race(units: int, workers: Sequence[Sequence[str]], send: Callable[[Sequence[str]], None], warm: int = 64) -> None:
    """Start the workers, warm them up, then measure from the first unit given to the last record.

    Args:
        workers: their command lines, after ``python``.
        send: gives units, by their references, to the peer's queue.
    """
    running = [
        subprocess.Popen([sys.executable, *line], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for line in workers
    ]
    meter = Meter()
    try:
        send([f"warm-{number}" for number in range(warm)])
        wait_for(warm)
        with meter.running(*(worker.pid for worker in running)):
            send([f"r-{number}" for number in range(units)])
            wait_for(units + warm)
    finally:
        for worker in running:
            worker.terminate()
        for worker in running:
            worker.wait()
    meter.report(units)
