"""Pauses and locks of the account above, again and again, while workers write intents as fast as they can (P17).

From the commit of either on no intent passes that was not begun before. The lines are written as in a storm, and judged like one;
a storm's own pauses and locks meet killed workers and lost commits besides, but far fewer of them.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from hub.engine import release
from tests.faults import verdict
from tests.faults.history import Line
from tests.faults.sequence import SHUTS
from tests.faults.stage import Stage
from tests.faults.stores import SqlStore, sql_store

WORKERS = 3
FOR_EACH = 2
"""New steps for each time that the account is shut."""

IDLE_SECONDS, LONGEST_SECONDS = 0.001, 10.0


PREPARING_SECONDS = 0.05
"""The longest that a plugin takes between claim and intent."""


def work(stage: Stage, who: str, over: threading.Event) -> None:
    """Claim, let the plugin prepare, write the intent, send and settle, until it is over."""
    chance = random.Random(who)
    try:
        while not over.wait(IDLE_SECONDS):
            for run in stage.claims(who):
                time.sleep(chance.uniform(0, PREPARING_SECONDS))
                if stage.intends(who, run):
                    stage.sends(who, run)
                    stage.settles(who, run)
    finally:
        connections.close_all()


def shut_and_open(store: SqlStore, times: int, chance: random.Random) -> None:
    """New work, and when a worker has it in hand the account is shut, in one way or in both."""
    for _ in range(times):
        claimed = _written(store, "claim")
        for _ in range(FOR_EACH):
            store.enroll()
        _wait_for_more(store, "claim", claimed, LONGEST_SECONDS)
        ways = chance.choice([["pause"], ["lock"], ["pause", "lock"], ["lock", "pause"]])
        for way in ways:
            getattr(store, way)()
        _wait_for_more(store, "offers", _written(store, "offers"), 2 * PREPARING_SECONDS)
        chance.shuffle(ways)
        for way in ways:
            getattr(store, f"un{way}")()
        release.sweep()


def _written(store: SqlStore, what: str) -> int:
    return sum(line["what"] == what for line in store.kept.lines)


def _wait_for_more(store: SqlStore, what: str, than: int, seconds: float) -> None:
    end = time.monotonic() + seconds
    while _written(store, what) == than and time.monotonic() < end:
        time.sleep(IDLE_SECONDS)


def asked_while_shut(lines: Sequence[Line]) -> int:
    """How often a worker came to the barrier while it was down."""
    down, met = set[str](), 0
    for line in lines:
        if line["what"] in SHUTS:
            down.add(line["what"])
        elif line["what"].removeprefix("un") in SHUTS:
            down.discard(line["what"].removeprefix("un"))
        met += line["what"] == "asks" and bool(down)
    return met


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_many_pauses_and_locks_under_load_none_is_passed(pytestconfig: pytest.Config) -> None:
    times = 20 if pytestconfig.getoption("--faults") == "small" else 1_000
    chance = random.Random(pytestconfig.getoption("--faults-seed") or 1)
    with sql_store(["blind"]) as store:
        stage, over = Stage(store, "blind"), threading.Event()
        with ThreadPoolExecutor(WORKERS) as threads:
            working = [threads.submit(work, stage, f"worker {number}", over) for number in range(WORKERS)]
            try:
                shut_and_open(store, times, chance)
            finally:
                over.set()
            for one in working:
                one.result()

        stage.rests(most=20 * times)

        assert verdict.faults(verdict.read(store.kept.lines)) == []
        assert asked_while_shut(store.kept.lines) >= times // 10
        assert len(stage.vendor.done) == FOR_EACH * times
