"""The disk is full at some write, and nobody chose at which: no call leaves without a durable intent, and nothing is lost.

SQLite's file may grow by a few pages more, drawn by chance, whoever writes. So it is full at the claim, at the intent, within the
transaction of an outcome, or at none of them. What is known is kept, and written down when there is room. (PostgreSQL's disk is
its server's; what a worker sees of it is in ``test_a_store_that_refuses.py``.) ``--faults=large`` draws 150 times.
"""

from __future__ import annotations

import json
import random
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import httpx
import pytest
from django.db import OperationalError, connection, connections
from django.db.backends.signals import connection_created

from hub.engine import claim, due, intend, settle
from hub.plans.models import StepRun
from tests.engine.world import World
from tests.faults import test_a_store_that_refuses as store
from tests.support.fourclasses import CLASSES

world, _hurried = store.world, store._hurried

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

CROWDS = 4
"""How often, before each draw, the four classes' few contacts are enrolled: so many that a wave of them fills pages."""

TIMES = {"small": 6, "quarter": 50, "large": 150}
REFUSALS = 20
"""After so many the store is full for good, and room is made. Until then somebody else's write may still have found some."""

NO_LIMIT = 4_294_967_294
"""SQLite's own."""

SECONDS = 60.0


def pages() -> int:
    """Of the file, none of them empty."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA page_count")
        return int(cursor.fetchone()[0])


def may_have(number: int, session: Any = connection) -> None:
    with session.cursor() as cursor:
        cursor.execute(f"PRAGMA max_page_count = {number}")


@contextmanager
def room_for(world: World, more: int) -> Iterator[None]:
    """The file may grow by so many pages, on each connection of this process, those that are yet to be opened too."""
    number = pages() + more

    def opened(connection: Any, **_: Any) -> None:
        may_have(number, connection)

    connection_created.connect(opened)
    may_have(number)
    world.runner._writer.submit(connections.close_all).result()
    try:
        yield
    finally:
        connection_created.disconnect(opened)
        may_have(NO_LIMIT)
        world.runner._writer.submit(connections.close_all).result()


def enroll(world: World) -> None:
    for _ in range(CROWDS):
        store.enroll(world)


@contextmanager
def counting() -> Iterator[Counter[str]]:
    """How often the store did not take a claim, an intent, an outcome, until the block ends."""
    refused: Counter[str] = Counter()
    with pytest.MonkeyPatch.context() as patched:
        for module, word in ((claim, "claim"), (intend, "intend"), (settle, "settle")):
            patched.setattr(module, word, counted(getattr(module, word), word, refused))
        yield refused


def counted(function: Callable[..., Any], word: str, refused: Counter[str]) -> Callable[..., Any]:
    def tried(*asked: Any) -> Any:
        try:
            return function(*asked)
        except OperationalError:
            refused[word] += 1
            raise

    return tried


def sends_only_what_is_durable(world: World) -> list[str]:
    """Looks at each request that arrives, from a connection of its own, and says which had no intent."""
    file, behave, rash = str(connection.settings_dict["NAME"]), world.vendor.behave, list[str]()

    def looks(request: httpx.Request) -> httpx.Response:
        if request.method != "GET":
            ref = json.loads(request.content)["ref"]
            with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as session:
                if not session.execute("SELECT 1 FROM engine_attempt WHERE key = ?", [ref]).fetchone():
                    rash.append(ref)
        return behave(request)

    world.vendor.behave = looks  # type: ignore[method-assign]
    return rash


def work_until_it_is_full(world: World, more: int) -> Counter[str]:
    """Everything that is due is begun, with little room; when nothing goes any more, or all is done, there is room again."""

    def work() -> None:
        try:
            world.dispatch(due.due_steps(world.clock.now(), 500))
        except OperationalError:  # at the claim: nothing was taken
            return
        finally:
            connections.close_all()

    worker, end = threading.Thread(target=work, daemon=True), time.monotonic() + SECONDS
    with counting() as refused:
        with room_for(world, more):
            worker.start()
            while worker.is_alive() and refused["settle"] < REFUSALS:
                assert time.monotonic() < end
                time.sleep(0.002)
            connections.close_all()
        worker.join(SECONDS)
        assert not worker.is_alive(), "what was known was never written down"
    return refused


def test_a_disk_that_is_full_at_any_write_lets_out_nothing_unannounced_and_loses_nothing(
    world: World, pytestconfig: pytest.Config
) -> None:
    chance = random.Random(pytestconfig.getoption("--faults-seed") or 1)
    rash = sends_only_what_is_durable(world)
    before = pages()
    enroll(world)
    store.come_to_rest(world)
    most = pages() - before
    refused: Counter[str] = Counter()

    for turn in range(1, TIMES[pytestconfig.getoption("--faults")] + 1):
        enroll(world)
        refused.update(work_until_it_is_full(world, chance.randint(0, most)).keys())

        store.come_to_rest(world)
        assert rash == [], "a request left whose intent is nowhere"
        assert store.judge(world) == {"done": (turn + 1) * CROWDS * len(CLASSES) * store.CONTACTS}
    assert StepRun.objects.filter(open_attempts__gt=0).count() == 0
    assert refused["intend"], "no intent found the disk full"
    assert refused["settle"], "no outcome found the disk full"
