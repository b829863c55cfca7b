"""The same costly thing for the same contact a second time: a person is asked first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from django.db import transaction

from hub.addons import budget_changes
from hub.addons.budgets import Limits
from hub.audit.actor import Actor
from hub.audit.models import AuditRow
from hub.contacts.models import Contact
from hub.db.errors import Conflict
from hub.engine import review
from hub.plans import enrollment
from hub.plans.models import Plan, StepRun
from tests.engine.guards.gifthouse import MUG, MUG_BY_KEY, TAG, another_plan, falls_ill, gets_well, gift_world
from tests.engine.world import World

pytestmark = pytest.mark.django_db(transaction=True)

ADA = Actor("person", "7", "Ada")


@pytest.fixture
def world() -> Iterator[World]:
    with gift_world(MUG) as made:
        yield made


def put(world: World, contact: Contact, plan: Plan) -> StepRun:
    """The contact goes on the plan; its first step."""
    with transaction.atomic():
        enrollment.enroll(plan, [contact.pk], by=ADA, now=world.clock.now())
    return StepRun.objects.filter(contact_id=contact.pk, enrollment__plan=plan).latest("created_at")


def test_a_second_plan_with_the_same_gift_waits_for_a_persons_word(world: World) -> None:
    (bea,) = world.contacts(1)
    put(world, bea, world.plan)
    world.work()
    world.clock.advance(days=29)

    again = put(world, bea, another_plan(world, MUG))
    world.work()

    again.refresh_from_db()
    assert (again.state, again.hold_reason) == ("held", "possible_repeat")
    assert "was sent the same on 02 March 2026, less than 30 days ago" in again.hold_detail
    assert len(world.vendor.cards) == 1


def test_after_the_accounts_days_it_goes_without_a_question(world: World) -> None:
    (bea,) = world.contacts(1)
    put(world, bea, world.plan)
    world.work()
    world.clock.advance(days=30, seconds=1)

    put(world, bea, another_plan(world, MUG))
    world.work()

    assert len(world.vendor.cards) == 2


@pytest.mark.parametrize(("days", "cards"), [(0, 2), (3, 2), (10, 1)])
def test_the_account_says_how_many_days_count_and_nought_asks_never(world: World, days: int, cards: int) -> None:
    with transaction.atomic():
        budget_changes.set_limits(world.account, Limits(repeat_days=days), by=ADA)
    (bea,) = world.contacts(1)
    put(world, bea, world.plan)
    world.work()
    world.clock.advance(days=5)

    put(world, bea, another_plan(world, MUG))
    world.work()

    assert len(world.vendor.cards) == cards


def test_another_gift_is_no_repeat_and_another_greeting_does_not_make_it_another(world: World) -> None:
    (bea,) = world.contacts(1)
    put(world, bea, world.plan)
    world.work()
    tea = put(world, bea, another_plan(world, ("gifthouse.give", {"gift": "tea"})))
    mug = put(world, bea, another_plan(world, ("gifthouse.give", {"gift": "mug", "greeting": "Once more!"})))

    world.work()

    tea.refresh_from_db(), mug.refresh_from_db()
    assert (tea.state, mug.state) == ("done", "held")


def test_what_costs_nothing_and_other_contacts_are_not_asked_about(world: World) -> None:
    bea, cleo = world.contacts(2)
    tags = [another_plan(world, TAG), another_plan(world, TAG)]
    for plan in tags:
        put(world, bea, plan)
    put(world, bea, world.plan)
    put(world, cleo, world.plan)

    world.work()

    assert set(StepRun.objects.values_list("state", flat=True)) == {"done"}


def test_two_gifts_in_one_plan_are_what_its_author_meant(world: World) -> None:
    twice = replace(world, plan=another_plan(world, MUG, MUG))
    twice.enroll(1)

    twice.work()

    assert len(world.vendor.cards) == 2


def test_a_retry_is_the_same_step_and_is_not_asked_about() -> None:
    with gift_world(MUG_BY_KEY) as world:
        falls_ill(world)
        world.enroll(1)
        world.work()
        gets_well(world)

        world.work_for(seconds=200)

        assert StepRun.objects.get().state == "done"


def test_what_the_vendor_refused_does_not_count(world: World) -> None:
    world.vendor.answers = [lambda request: httpx.Response(422, json={"message": "no stock"})]
    (bea,) = world.contacts(1)
    put(world, bea, world.plan)
    world.work()

    put(world, bea, another_plan(world, MUG))
    world.work()

    assert len(world.vendor.cards) == 1


def test_what_may_have_happened_does_count(world: World) -> None:
    falls_ill(world)
    (bea,) = world.contacts(1)
    put(world, bea, world.plan)
    world.work()
    gets_well(world)

    again = put(world, bea, another_plan(world, MUG))
    world.work()

    again.refresh_from_db()
    assert again.hold_reason == "possible_repeat"


def test_a_person_says_that_it_is_meant_with_a_reason_and_it_goes(world: World) -> None:
    (bea,) = world.contacts(1)
    put(world, bea, world.plan)
    world.work()
    again = put(world, bea, another_plan(world, MUG))
    world.work()

    with transaction.atomic():
        review.allow(world.account.pk, again.pk, "It is her birthday", by=ADA)
    world.work()

    again.refresh_from_db()
    assert again.state == "done"
    row = AuditRow.objects.get(verb="repeat_allowed")
    assert (row.actor_label, row.data["text"]) == ("Ada", "It is her birthday")


def test_only_a_repeat_can_be_let_go_like_that(world: World) -> None:
    (run,) = world.enroll(1)

    with pytest.raises(Conflict), transaction.atomic():
        review.allow(world.account.pk, run.pk, "why not", by=ADA)


def test_of_two_plans_that_come_at_the_same_moment_one_goes(world: World) -> None:
    (bea,) = world.contacts(1)
    put(world, bea, world.plan)
    put(world, bea, another_plan(world, MUG))

    world.work()

    assert len(world.vendor.cards) == 1
    assert sorted(StepRun.objects.values_list("state", flat=True)) == ["done", "held"]
