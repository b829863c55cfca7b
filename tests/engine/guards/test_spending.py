"""What costs money is counted where it is written down that it leaves; the account's limit is kept to the very last step."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from hub.addons import budget_changes
from hub.addons.budgets import ALL, Limits
from hub.audit.actor import SYSTEM
from hub.dispatch.requests import Denied, FrozenRequest, Granted, Intent
from hub.engine import intend, release, review
from hub.engine.guards import spending
from hub.engine.models import Attempt, Spent
from hub.plans.models import StepRun
from tests.engine.guards.gifthouse import MUG, MUG_BY_KEY, TAG, falls_ill, gets_well, gift_world
from tests.engine.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> Iterator[World]:
    with gift_world(MUG) as made:
        yield made


def limit(world: World, per_day: dict[str, int]) -> None:
    with transaction.atomic():
        budget_changes.set_limits(world.account, Limits(per_day), by=SYSTEM)


def spent(world: World) -> dict[str, int]:
    return spending.spent(world.account.pk, world.clock.now())


def held() -> list[str]:
    return sorted(StepRun.objects.filter(state="held").values_list("hold_reason", flat=True))


def test_no_more_costly_steps_leave_than_the_day_allows_and_the_rest_wait(world: World) -> None:
    limit(world, {ALL: 3})
    world.enroll(5)

    world.work()

    assert len(world.vendor.cards) == 3
    assert held() == ["no_budget", "no_budget"]
    assert spent(world) == {ALL: 3, "gifthouse": 3}
    assert "limit of 3 costly steps a day" in StepRun.objects.filter(state="held")[0].hold_detail


def test_the_limit_of_one_addon_leaves_the_others_alone(world: World) -> None:
    limit(world, {"gifthouse": 1, "postpigeon": 0})
    world.enroll(2)

    world.work()

    assert len(world.vendor.cards) == 1
    assert held() == ["no_budget"]


def test_what_waits_goes_on_the_next_day_of_the_accounts_own_clock_as_far_as_that_day_allows(world: World) -> None:
    world.account.time_zone = "America/Denver"  # Monday 9:00 UTC is 2:00 there
    world.account.save()
    limit(world, {ALL: 2})
    world.enroll(6)
    world.work()

    world.clock.advance(hours=21)  # 23:00 there
    assert release.sweep() == 0
    world.clock.advance(hours=1)  # midnight
    assert release.sweep() == 2
    world.work()

    assert len(world.vendor.cards) == 4
    assert spent(world) == {ALL: 2, "gifthouse": 2}
    assert held() == ["no_budget", "no_budget"]


def test_when_the_limit_is_raised_what_waits_goes_on_at_the_tickers_next_look(world: World) -> None:
    limit(world, {ALL: 1})
    world.enroll(4)
    world.work()

    limit(world, {ALL: 3})

    assert release.sweep() == 2
    world.work()
    assert len(world.vendor.cards) == 3
    assert held() == ["no_budget"]


def test_a_limit_of_nought_lets_none_through(world: World) -> None:
    limit(world, {ALL: 0})
    world.enroll(2)

    world.work()

    assert world.vendor.requests == []
    assert held() == ["no_budget", "no_budget"]


def test_what_the_vendor_refused_is_given_back(world: World) -> None:
    limit(world, {ALL: 1})
    world.vendor.answers = [lambda request: httpx.Response(422, json={"message": "no such address"})]
    world.enroll(1)
    world.work()
    assert spent(world) == {ALL: 0, "gifthouse": 0}

    world.enroll(1)
    world.work()

    assert len(world.vendor.cards) == 1


def test_what_is_unclear_stays_spent_until_a_person_says_that_it_did_not_happen(world: World) -> None:
    falls_ill(world)
    (run,) = world.enroll(1)
    world.work()
    assert spent(world) == {ALL: 1, "gifthouse": 1}

    with transaction.atomic():
        review.resolve(world.account.pk, run.pk, happened=False, by=SYSTEM)

    assert spent(world) == {ALL: 0, "gifthouse": 0}


def test_what_was_spent_yesterday_is_not_given_back_today(world: World) -> None:
    falls_ill(world)
    (run,) = world.enroll(1)
    world.work()
    gets_well(world)
    world.clock.advance(days=1)
    world.enroll(2)
    world.work()

    with transaction.atomic():
        review.resolve(world.account.pk, run.pk, happened=False, by=SYSTEM)

    assert spent(world) == {ALL: 2, "gifthouse": 2}


def test_the_same_request_sent_again_under_its_key_is_paid_for_once() -> None:
    with gift_world(MUG_BY_KEY) as world:
        limit(world, {ALL: 1})
        falls_ill(world)
        (run,) = world.enroll(1)
        world.work()
        gets_well(world)

        world.work_for(seconds=200)

        run.refresh_from_db()
        assert (run.state, run.attempts) == ("done", 2)
        assert spent(world) == {ALL: 1, "gifthouse": 1}


def test_a_step_that_costs_nothing_asks_no_budget() -> None:
    with gift_world(TAG) as world:
        limit(world, {ALL: 0})
        world.enroll(3)

        with CaptureQueriesContext(connection) as asked:
            world.work()

        assert len(world.vendor.cards) == 3
        assert not [query for query in asked if "engine_spent" in query["sql"] or "addons_budget" in query["sql"]]


def test_many_workers_at_once_never_spend_one_too_many(world: World) -> None:
    limit(world, {ALL: 7})
    world.enroll(24)
    jobs = world.ledger.claim(list(StepRun.objects.values_list("pk", flat=True)))
    intents = [a_costly_intent(job.run_id, job.fence) for job in jobs]
    together, answers = threading.Barrier(6), list[Granted | Denied]()

    def work(mine: list[Intent]) -> None:
        together.wait()
        for intent in mine:
            answers.extend(intend.intend([intent], world.worker, world.clock.now()))
        connections.close_all()

    threads = [threading.Thread(target=work, args=(intents[n::6],)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 24
    assert sum(isinstance(answer, Granted) for answer in answers) == 7
    assert {answer.code for answer in answers if isinstance(answer, Denied)} == {"no_budget"}
    assert Attempt.objects.count() == Spent.objects.get(addon=ALL).count == 7


def test_an_intent_whose_answer_was_lost_is_granted_again_and_paid_for_once(world: World) -> None:
    limit(world, {ALL: 1})
    world.enroll(1)
    (job,) = world.ledger.claim(list(StepRun.objects.values_list("pk", flat=True)))
    mine = a_costly_intent(job.run_id, job.fence)

    answers = [world.ledger.intend([mine])[0] for _ in range(2)]

    assert answers[0] == answers[1]
    assert isinstance(answers[1], Granted)
    assert spent(world)[ALL] == 1


def test_an_intent_that_is_not_written_spends_nothing(world: World) -> None:
    world.enroll(2)
    jobs = world.ledger.claim(list(StepRun.objects.values_list("pk", flat=True)))
    stale = [a_costly_intent(job.run_id, job.fence - 1) for job in jobs]

    answers = world.ledger.intend(stale)

    assert all(isinstance(answer, Denied) and answer.fenced for answer in answers)
    assert spent(world) == {ALL: 0, "gifthouse": 0}


def a_costly_intent(run_id: object, fence: int) -> Intent:
    from hub.core.effects import once

    effect = once(costly=True)
    request = FrozenRequest("POST", "https://gifts.example/gifts")
    return Intent(run_id, fence, request, effect, effect.effect_class(reconciles=False), "ref", timedelta(seconds=30))
