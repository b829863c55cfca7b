"""What vendors changed: heard while steps run, counted by shape, shown to who looks after the add-on, set aside when seen."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from django.db import transaction

from hub.addons import drift, installed
from hub.addons.models import Drift
from hub.audit.actor import SYSTEM
from hub.db import clock
from hub.db.errors import NotFound
from hub.dispatch import drift_watch
from hub.dispatch.drift_watch import Seen, Watch
from hub.dispatch.exchange import Answered
from hub.dispatch.heard import Heard
from hub.dispatch.requests import FrozenRequest
from hub.plans.models import StepRun
from tests.core import postpigeon
from tests.engine.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)


def store(counts: Any) -> None:
    drift.add(counts, {"postpigeon": "1.0"}, clock.now())


@pytest.fixture
def watch() -> Watch:
    return Watch(store, alone=False)


@pytest.fixture
def world(watch: Watch) -> Iterator[World]:
    with make_world() as made:
        installed.outside().listeners = (watch.hear,)
        yield made


def card(**more: Any) -> Callable[[httpx.Request], httpx.Response]:
    """A vendor's answer to a new card, with more or other fields than were declared."""
    return lambda request: httpx.Response(201, json={"id": "id-1", "status": "queued", **more})


def found() -> list[tuple[str, str, str, int]]:
    return [(row.endpoint, row.kind, row.path, row.count) for row in Drift.objects.order_by("kind", "path")]


def test_a_step_that_is_done_tells_what_is_new_and_one_that_is_not_tells_why(world: World, watch: Watch) -> None:
    runs = world.enroll(3)
    world.vendor.answers = [card(carrier="UPS"), card(carrier="DHL"), card(status="lost")]

    world.work(passes=1)
    watch.drain()
    watch.flush()

    assert found() == [("POST /cards", "new_field", "carrier", 2), ("POST /cards", "new_value", "status", 1)]
    assert sorted(StepRun.objects.filter(pk__in=[r.pk for r in runs]).values_list("state", flat=True)) == [
        "done", "done", "unknown",
    ]  # fmt: skip
    assert "UPS" not in json.dumps(list(Drift.objects.values()), default=str)
    assert "lost" not in json.dumps(list(Drift.objects.values()), default=str)


def test_the_same_again_is_counted_and_keeps_its_beginning(world: World) -> None:
    seen = Seen("postpigeon", "GET /cards", "type", "[].id", "a whole number, where a text is declared")
    began = world.clock.now()
    store({seen: 3})
    world.clock.advance(hours=1)
    store({seen: 4})

    [row] = Drift.objects.all()
    assert (row.count, row.first_seen, row.last_seen) == (7, began, world.clock.now())


def test_errors_and_other_peoples_addresses_are_no_drift(world: World, watch: Watch) -> None:
    world.enroll(2)
    world.vendor.answers = [
        lambda request: httpx.Response(422, json={"message": "no"}),
        lambda request: httpx.Response(503),
    ]

    world.work(passes=1)
    watch.drain()

    assert not watch._counts


def test_nothing_that_goes_wrong_with_the_watch_is_noticed_by_a_step(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    [run] = world.enroll(1)
    installed.outside().listeners = (lambda heard: 1 / 0,)

    world.work()

    run.refresh_from_db()
    assert run.state == "done"


def test_only_so_many_answers_are_looked_at() -> None:
    now = [1000.0]
    watch = Watch(store, alone=False, tick=lambda: now[0])
    answer = Answered(201, {}, b'{"id": "id-1", "status": "queued", "carrier": "UPS"}')
    heard = Heard(postpigeon.addon.hub_addon(), postpigeon.mail, "", "", FrozenRequest("POST", ""), answer, True)

    def looked_at(number: int) -> int:
        for _ in range(number):
            watch.hear(heard)
        watch.drain()
        return sum(watch._counts.values())

    assert looked_at(drift_watch.AT_ONCE + 500) == drift_watch.AT_ONCE + 1
    now[0] += drift_watch.EVERY_SECONDS
    assert looked_at(500) == drift_watch.AT_ONCE + 2


def test_a_full_queue_drops_and_a_store_that_fails_gets_the_counts_again(world: World) -> None:
    given: list[Any] = []

    def moody(counts: Any) -> None:
        given.append(dict(counts))
        if len(given) == 1:
            raise OSError("away")

    watch = Watch(moody, alone=False)
    watch._queue.maxsize = 2
    installed.outside().listeners = (watch.hear,)
    world.enroll(5)
    world.vendor.answers = [card(carrier="UPS")] * 5

    world.work(passes=1)
    assert watch.dropped == 3

    watch.drain()
    watch.flush()
    watch.flush()
    watch.flush()
    assert given == [given[0], given[0]]
    assert sum(given[0].values()) == 2


def test_a_vendor_that_invents_a_field_a_day_does_not_fill_the_table(world: World) -> None:
    store({Seen("postpigeon", "GET /me", "new_field", f"field_{n}", ""): 1 for n in range(drift.MOST + 50)})
    store({Seen("postpigeon", "GET /me", "new_field", f"field_{n}", ""): 1 for n in range(drift.MOST + 50)})

    assert Drift.objects.count() == drift.MOST
    assert set(Drift.objects.values_list("count", flat=True)) == {2}


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("new_field", "card.to comes and is not declared."),
        ("missing", "card.to is declared and does not come."),
        ("null", "card.to comes as null, which is not declared."),
        ("new_value", "card.to has a value that is not in the declared list."),
        ("type", "card.to is a list, where a text is declared."),
        ("unreadable", "The answer is not JSON."),
    ],
)
def test_each_kind_has_its_sentence(kind: str, says: str) -> None:
    assert drift.sentence(Drift(kind=kind, path="card.to", detail="a list, where a text is declared")) == says


def test_an_item_of_another_add_on_is_not_found(world: World) -> None:
    drift.add({Seen("other", "GET /me", "new_field", "plan", ""): 1}, {}, clock.now())

    with pytest.raises(NotFound), transaction.atomic():
        drift.dismiss(world.account, "postpigeon", [Drift.objects.get().pk], by=SYSTEM)


def test_in_a_hub_that_runs_a_thread_of_its_own_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drift_watch, "FLUSH_SECONDS", 0.01)
    stored = threading.Event()
    given: list[Any] = []
    watch = Watch(lambda counts: (given.append(dict(counts)), stored.set()))
    answer = Answered(201, {}, b'{"id": "id-1", "status": "lost"}')

    watch.hear(Heard(postpigeon.addon.hub_addon(), postpigeon.mail, "", "", FrozenRequest("POST", ""), answer, False))

    assert stored.wait(10)
    assert given == [{Seen("postpigeon", "POST /cards", "new_value", "status", ""): 1}]


def test_a_hub_listens_and_writes_under_the_version_that_runs(world: World) -> None:
    [listener] = installed.listeners()
    assert listener.__func__ is Watch.hear

    installed._keep_drift({Seen("postpigeon", "GET /me", "new_field", "plan", ""): 2})

    assert Drift.objects.get().count == 2
