"""The disk is full, the file may only be read, somebody else holds the lock: no call leaves without a durable intent.

The real runner sends steps of all four classes while the store takes no word of its writer. The vendor's own ledger is the judge;
when the store takes words again, everything comes to rest, once each.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest
from django.db import connection, connections, transaction
from django.db.backends.signals import connection_created

from hub.addons import changes as addons
from hub.audit.actor import SYSTEM
from hub.db import dialect
from hub.dispatch import offering
from hub.engine import due, release, storing, sweep
from hub.engine.models import Attempt
from hub.plans import enrollment
from hub.plans.models import StepRun
from tests.dispatch.test_store_trouble import _Asyncio
from tests.engine.world import Vendor, World, make_plan, make_world
from tests.support import fourclasses

pytestmark = pytest.mark.django_db(transaction=True)

CONTACTS = 3
"""On each plan, of which there is one for each class."""


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The runner's patience is tried elsewhere."""
    sleep = offering.asyncio.sleep
    monkeypatch.setattr(offering, "asyncio", _Asyncio(lambda seconds: sleep(min(seconds, 0.002))))


@pytest.fixture
def world() -> Iterator[World]:
    with make_world(more_addons=[fourclasses.addon]) as made:
        made.vendor.behave = four_classes(made.vendor)  # type: ignore[method-assign]
        with transaction.atomic():
            addons.make_available(made.account, "classes", by=SYSTEM)
            addons.enable(made.account, "classes", by=SYSTEM)
            addons.save_settings(made.account, "classes", {"api_key": "classes-key-123"}, by=SYSTEM)
        yield made


def four_classes(vendor: Vendor) -> Callable[[httpx.Request], httpx.Response]:
    """It knows a key and a place again, and lists what it has done."""
    known: dict[str, dict[str, Any]] = {}

    def behave(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            wanted = request.url.params.get("ref")
            return httpx.Response(200, json=[card for card in vendor.cards if card["ref"] == wanted])
        body = json.loads(request.content)
        same = request.headers.get("Idempotency-Key") or (request.url.path if request.method == "PUT" else "")
        if not same or same not in known:
            card = {"id": f"id-{len(vendor.cards) + 1}", **body}
            vendor.cards.append(card)
            known[same] = card
            return httpx.Response(201, json=card)
        return httpx.Response(201, json=known[same])

    return behave


def enroll(world: World) -> None:
    for klass in fourclasses.CLASSES:
        with transaction.atomic():
            plan = make_plan(world.account, [(f"classes.{klass}", {})], (), "none")
            people = [person.pk for person in world.contacts(CONTACTS)]
            enrollment.enroll(plan, people, by=SYSTEM, now=world.clock.now())


@contextmanager
def its_writer_with(world: World, *statements: str) -> Iterator[None]:
    """The connection on which the runner writes, with a word said to the store when it is opened."""

    def opened(connection: Any, **_: Any) -> None:
        if not threading.current_thread().name.startswith("hub-ledger"):
            return
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    connection_created.connect(opened)
    try:
        world.runner._writer.submit(connections.close_all).result()
        yield
    finally:
        connection_created.disconnect(opened)
        world.runner._writer.submit(connections.close_all).result()


@contextmanager
def under_way(world: World) -> Iterator[None]:
    """Everything that is due is carried out, until each step's outcome has been offered to the store, taken or not. What was not
    taken is offered on, and whoever leaves has let the store take it."""
    ids, offered, settle = due.due_steps(world.clock.now(), 500), set[Any](), world.ledger.settle

    def noted(settlements: Any) -> None:
        try:
            settle(settlements)
        finally:
            offered.update(one.job.run_id for one in settlements)

    def work() -> None:
        world.dispatch(ids)
        connections.close_all()

    world.ledger.settle = noted  # type: ignore[method-assign]
    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    until = time.monotonic() + 60
    while offered != set(ids):
        assert time.monotonic() < until, "not each outcome was offered"
        time.sleep(0.01)
    yield
    worker.join(60)
    del world.ledger.settle
    assert not worker.is_alive(), "what was offered was never taken"


def full() -> list[str]:
    """Not one page more. What needs none may still be written, as on a real disk; PostgreSQL then takes no write at all."""
    if dialect.is_postgres():
        return ["SET default_transaction_read_only = on"]
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")  # no page is left half empty by tests before this one
        cursor.execute("PRAGMA page_count")
        (pages,) = cursor.fetchone()
    return [f"PRAGMA max_page_count = {pages}"]


def read_only() -> list[str]:
    return ["SET default_transaction_read_only = on"] if dialect.is_postgres() else ["PRAGMA query_only = on"]


def durable() -> set[str]:
    """References of which it is written down that they leave."""
    return set(Attempt.objects.values_list("key", flat=True))


def come_to_rest(world: World) -> None:
    for _ in range(30):
        sweep.sweep()
        release.sweep()
        world.work()
        if not StepRun.objects.exclude(state__in=["done", "review"]).exists():
            break
        world.clock.advance(seconds=60)


def judge(world: World) -> dict[str, int]:
    """One effect at most, and nothing said that is not so. State → number."""
    acted = [card["ref"].split("-")[2] for card in world.vendor.cards]
    assert len(acted) == len(set(acted)), "done twice"
    states = {run.pk.hex: run.state for run in StepRun.objects.all()}
    assert set(states.values()) <= {"done", "review"}, states
    assert {run for run, state in states.items() if state == "done"} <= set(acted), "called done"
    return {state: list(states.values()).count(state) for state in set(states.values())}


@pytest.mark.parametrize("refusing", [full, read_only])
def test_a_store_that_takes_no_words_lets_nothing_out_and_all_is_sent_when_it_does(
    world: World, refusing: Callable[[], list[str]]
) -> None:
    enroll(world)

    with ExitStack() as store:
        store.enter_context(its_writer_with(world, *refusing()))
        with under_way(world):
            sent = {card["ref"] for card in world.vendor.cards}
            assert sent <= durable(), "a request left whose intent is nowhere"
            assert len(sent) < len(fourclasses.CLASSES) * CONTACTS
            assert storing.refuses(), "people are told once, and not by each step"
            store.close()

    come_to_rest(world)
    assert not storing.refuses()
    ends = judge(world)
    assert ends["done"] >= len(fourclasses.CLASSES) * CONTACTS - len(sent)


def test_a_store_that_is_full_when_the_answer_comes_leaves_the_step_open_and_it_is_found_out_later(
    world: World,
) -> None:
    enroll(world)

    with ExitStack() as store:

        def fills_up(request: httpx.Request) -> httpx.Response:
            store.enter_context(its_writer_with(world, *read_only()))
            return world.vendor.behave(request)

        world.vendor.answers = [fills_up]
        with under_way(world):
            out = StepRun.objects.filter(state="calling").count()
            assert out, "what had left is still called out"
            store.close()

    come_to_rest(world)
    judge(world)


def test_while_somebody_else_holds_the_lock_nothing_leaves(world: World, pytestconfig: pytest.Config) -> None:
    seconds = 0.6 if pytestconfig.getoption("--faults") == "small" else 30.0
    enroll(world)
    held, begun, over = threading.Event(), threading.Event(), threading.Event()
    seen: list[int] = []

    def hold() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            if dialect.is_postgres():
                cursor.execute("LOCK TABLE engine_attempt IN EXCLUSIVE MODE")
            held.set()
            begun.wait(60)
            over.wait(seconds)
            seen.append(len(world.vendor.requests))
        connections.close_all()

    jobs = world.ledger.claim(due.due_steps(world.clock.now(), 500))
    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(60)

    began = time.monotonic()
    begun.set()
    world.runner.run(jobs)
    holder.join()

    assert seen == [0]
    assert time.monotonic() - began >= seconds * 0.9
    come_to_rest(world)
    judge(world)
