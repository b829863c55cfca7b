"""A connection whose vendor has fallen ill is left alone, its steps wait, and one step at a time finds out when it is well."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from uuid import UUID

import httpx
import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from hub.addons import diagnosis
from hub.audit.models import AuditRow
from hub.dispatch.exchange import NeverLeft
from hub.dispatch.outside import Outside
from hub.engine import actors, release
from hub.engine.guards import probing
from hub.engine.models import Breaker
from hub.notifications.models import Notification
from hub.plans.models import StepRun
from tests.engine.guards.gifthouse import MUG, MUG_BY_KEY, TAG, falls_ill, gets_well, gift_world, is_away
from tests.engine.world import World
from tests.support.people import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> Iterator[World]:
    with gift_world(TAG) as made:
        yield made


def states() -> dict[str, int]:
    found = list(StepRun.objects.values_list("state", flat=True))
    return {state: found.count(state) for state in found}


def test_after_five_contacts_the_rest_wait_and_the_vendor_is_left_alone(world: World) -> None:
    falls_ill(world)
    world.enroll(5)
    world.work()

    late = world.enroll(10)
    world.work()

    assert len(world.vendor.requests) == 5
    held = StepRun.objects.filter(pk__in=[run.pk for run in late])
    assert set(held.values_list("state", "hold_reason")) == {("held", "breaker_open")}
    assert "lets the connection rest" in held[0].hold_detail


def test_a_vendor_that_is_not_there_at_all_counts_too(world: World) -> None:
    is_away(world)
    world.enroll(5)

    world.work()

    assert Breaker.objects.get().state == "open"


def test_a_hub_that_was_held_up_itself_says_nothing_of_its_vendor(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def too_late(*_: object) -> NeverLeft:
        return NeverLeft("the hub was held up until it was too late to ask", late=True)

    monkeypatch.setattr(Outside, "exchange", too_late)
    world.enroll(5)

    world.work()

    assert states() == {"scheduled": 5}
    assert not Breaker.objects.exists()


def test_a_vendor_that_says_no_is_well(world: World) -> None:
    world.vendor.answers = [lambda request: httpx.Response(422, json={"message": "no such tag"})] * 30
    world.enroll(30)

    world.work()

    assert states() == {"failed": 30}
    assert not Breaker.objects.exists()


def test_an_answer_that_leaves_it_open_what_happened_is_an_answer_all_the_same(world: World) -> None:
    world.vendor.answers = [lambda request: httpx.Response(409)] * 6
    world.enroll(6)

    world.work()

    assert list(StepRun.objects.values_list("open_attempts", flat=True)) == [1] * 6
    assert not Breaker.objects.exists()


def test_one_probe_goes_when_the_rest_is_over_and_when_it_fails_the_rest_is_longer(world: World) -> None:
    falls_ill(world)
    world.enroll(5)
    world.work()
    world.enroll(20)
    world.work()
    world.clock.advance(seconds=29)
    assert probing.sweep() == 0

    world.clock.advance(seconds=2)
    assert probing.sweep() == 1
    assert probing.sweep() == 0
    assert release.sweep() == 0
    world.work()

    assert len(world.vendor.requests) == 6
    row = Breaker.objects.get()
    assert (row.state, row.opens) == ("open", 2)


def test_when_a_probe_is_answered_everything_goes_on_a_few_at_first(world: World) -> None:
    falls_ill(world)
    world.enroll(5)
    world.work()
    world.enroll(60)
    world.work()
    gets_well(world)
    world.clock.advance(seconds=31)

    probing.sweep()
    world.work()
    assert Breaker.objects.get().state == "closed"

    assert release.sweep() == probing.A_FEW
    world.clock.advance(seconds=61)
    release.sweep()
    world.work_for(seconds=200)  # the first five wait for their floor after an unclear attempt
    assert states() == {"done": 65}
    assert world.vendor.sent_twice() == []


def test_those_in_charge_are_told_once_that_it_began_and_once_that_it_is_over(world: World) -> None:
    make_user(world.account, "owner")
    falls_ill(world)
    world.enroll(6)
    world.work()
    for _ in range(3):
        world.clock.advance(hours=1)
        probing.sweep()
        world.work()
    gets_well(world)
    world.clock.advance(hours=1)
    probing.sweep()
    world.work()

    told = list(Notification.objects.order_by("pk").values_list("kind", flat=True))
    assert told == ["addon.broken", "addon.recovered"]
    assert list(AuditRow.objects.filter(verb__startswith="rest_").order_by("pk").values_list("verb", flat=True)) == [
        "rest_began", "rest_ended",
    ]  # fmt: skip


def test_two_tickers_let_one_probe_go(world: World) -> None:
    falls_ill(world)
    world.enroll(5)
    world.work()
    world.enroll(10)
    world.work()
    world.clock.advance(seconds=31)
    together, sent = threading.Barrier(4), list[int]()

    def tick() -> None:
        together.wait()
        sent.append(probing.sweep())
        connections.close_all()

    threads = [threading.Thread(target=tick) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(sent) == 1
    assert StepRun.objects.filter(state="scheduled", due_at__lte=world.clock.now()).count() == 1


def test_a_probe_that_never_comes_home_lets_another_go_when_its_lease_is_over(world: World) -> None:
    falls_ill(world)
    world.enroll(5)
    world.work()
    world.enroll(2)
    world.work()
    world.clock.advance(seconds=31)
    probing.sweep()
    first = Breaker.objects.get().probe
    StepRun.objects.filter(pk=first).update(state="cancelled")

    world.clock.advance(seconds=299)
    assert probing.sweep() == 0
    world.clock.advance(seconds=2)
    assert probing.sweep() == 1

    assert Breaker.objects.get().probe not in (None, first)


def test_a_step_that_was_claimed_before_the_rest_began_does_not_leave_either(world: World) -> None:
    runs = world.enroll(3)
    jobs = world.ledger.claim([run.pk for run in runs])
    falls_ill(world)
    world.enroll(5)
    world.work()
    before = len(world.vendor.requests)

    world.runner.run(jobs)

    assert len(world.vendor.requests) == before
    held = StepRun.objects.filter(pk__in=[run.pk for run in runs])
    assert set(held.values_list("state", "hold_reason")) == {("held", "breaker_open")}


def test_a_costly_step_is_never_the_probe_and_the_plugins_check_is_asked_instead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(actors.probe_connection, "send", asked.append)
    with gift_world(MUG) as world:
        falls_ill(world)
        world.enroll(5)
        world.work()
        waiting = world.enroll(4)
        world.work()
        world.clock.advance(seconds=31)

        probing.sweep()

        assert asked == [Breaker.objects.get().pk]
        assert set(StepRun.objects.filter(pk__in=[r.pk for r in waiting]).values_list("state", flat=True)) == {"held"}

        healths = iter(["failing", "ok"])
        monkeypatch.setattr(diagnosis, "examine", lambda found: diagnosis.Diagnosis((), "", next(healths)))
        probing.check(asked[0])
        assert Breaker.objects.get().state == "open"

        world.clock.advance(seconds=61)
        probing.sweep()
        probing.check(asked[0])
        assert Breaker.objects.get().state == "closed"


def test_nor_is_one_that_could_be_sent_twice_but_costs_money(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(actors.probe_connection, "send", asked.append)
    with gift_world(MUG_BY_KEY) as world:
        falls_ill(world)
        world.enroll(5)
        world.work()
        world.clock.advance(minutes=10)
        world.work()
        assert states() == {"held": 5}

        probing.sweep()

        assert states() == {"held": 5}
        assert len(asked) == 1


def test_while_all_is_well_settling_asks_nothing_and_writes_nothing(world: World) -> None:
    world.enroll(10)

    with CaptureQueriesContext(connection) as asked:
        world.work()

    about = [query["sql"] for query in asked if "engine_breaker" in query["sql"]]
    own = [sql for sql in about if not sql.lstrip().startswith("UPDATE plans_steprun")]
    assert len(own) == 1, "one question for the batch of ten"
    assert not Breaker.objects.exists()


def test_a_person_who_does_not_want_to_wait_has_it_tried_at_once(world: World) -> None:
    falls_ill(world)
    world.enroll(5)
    world.work()
    world.enroll(1)
    world.work()
    assert probing.resting(world.account.pk, "gifthouse") is not None

    assert probing.try_now(world.account.pk, "gifthouse")

    assert probing.sweep() == 1
    assert isinstance(Breaker.objects.get().probe, UUID)
    assert not probing.try_now(world.account.pk, "gifthouse")
