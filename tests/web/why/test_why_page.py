"""The page *Why not?*: it finds what is asked about, answers with who acts and what next, and shows nobody what is not theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.test import Client

from hub.accounts import changes as accounts
from hub.addons import budget_changes
from hub.addons import changes as addons
from hub.addons.budgets import ALL, Limits
from hub.audit.actor import Actor
from hub.contacts.models import Contact
from hub.plans.models import Plan, StepRun
from hub.users.models import User
from tests.engine.guards.gifthouse import MUG, TAG, another_plan, falls_ill, gift_world
from tests.engine.whynot.test_the_chain_knows_the_guards import put_all
from tests.engine.world import CARD, World, make_world
from tests.support.people import make_user

pytestmark = pytest.mark.django_db(transaction=True)

Enter = Callable[[User], Client]
DAYS = {"kind": "after", "amount": 2, "unit": "days"}
ADA = Actor.person(1, "Ada Admin")


@pytest.fixture
def world() -> Iterator[World]:
    with make_world([CARD, CARD], timings=[{"kind": "immediately"}, DAYS]) as made:
        Plan.objects.update(name="Welcome")
        yield made


def at(world: World, **query: object) -> str:
    return f"/a/{world.account.pk}/why?{urlencode(query)}"


def key_of(world: World, position: int) -> str:
    return str(world.plan.versions.get(state="ready").steps.get(position=position).key)


def page(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_of_a_run_leads_to_the_answer_with_the_person_behind_it(world: World, enter: Enter) -> None:
    [run] = world.enroll(1)
    with transaction.atomic():
        addons.disable(world.account, "postpigeon", by=ADA)
    world.work()
    browser = enter(make_user(world.account, "owner"))

    assert f"/why?run={run.pk}" in page(browser, f"/a/{world.account.pk}/runs/{run.pk}")
    told = page(browser, at(world, run=run.pk))

    assert "Why does “Step 1” of “Welcome” not start for Ada0 Byron?" in told
    assert "Here it stops" in told
    assert "PostPigeon is switched off for this account." in told
    assert "Switched off" in told  # the audit row behind it
    assert "Ada Admin" in told
    assert "not reached" in told
    assert f"/a/{world.account.pk}/add-ons/postpigeon" in told  # where it is mended


def test_a_limit_that_is_reached_says_when_it_goes_on_and_a_rest_when_the_vendor_is_tried_again(
    enter: Enter,
) -> None:
    with gift_world(MUG) as world:
        with transaction.atomic():
            budget_changes.set_limits(world.account, Limits({ALL: 1}), by=ADA)
        world.enroll(1)
        world.work()
        [late] = world.enroll(1)
        browser = enter(make_user(world.account, "owner"))

        limit = page(browser, at(world, run=late.pk))
        assert "limit of 1 costly steps a day is reached" in limit
        assert "It goes on, at the earliest" in limit
        assert f"/a/{world.account.pk}/settings/spending" in limit  # where it is raised

        falls_ill(world)
        put_all(world, another_plan(world, TAG), 5)
        world.work()
        [other] = world.enroll(1)
        assert "The vendor is tried again" in page(browser, at(world, run=other.pk))


def test_a_later_step_is_told_with_the_step_that_it_waits_for(world: World, enter: Enter) -> None:
    [run] = world.enroll(1)
    with transaction.atomic():
        accounts.pause(world.account, by=ADA)
    world.work()
    browser = enter(make_user(world.account, "owner"))

    told = page(browser, at(world, contact=run.contact_id, plan=world.plan.pk, step=key_of(world, 1)))

    assert "The step “Step 1” comes first, and is not closed: it is held." in told
    assert "The account is paused." in told
    assert "Set the account active" in told


def test_whoever_comes_with_half_a_question_chooses_the_rest(world: World, enter: Enter) -> None:
    [run] = world.enroll(1)
    browser = enter(make_user(world.account, "owner"))

    assert "For which contact?" in page(browser, at(world))
    assert "Ada0" in page(browser, at(world, q="Ada0", plan=world.plan.pk))
    assert "Of which plan?" in page(browser, at(world, contact=run.contact_id))
    steps = page(browser, at(world, contact=run.contact_id, plan=world.plan.pk))
    assert "Which step?" in steps
    assert "1. Step 1" in steps


def test_another_moment_is_asked_about_and_what_is_no_moment_stands_beside_its_field(
    world: World, enter: Enter
) -> None:
    [run] = world.enroll(1)
    world.work()
    browser = enter(make_user(world.account, "owner"))
    about = {"contact": run.contact_id, "plan": world.plan.pk, "step": key_of(world, 1)}

    assert "It is not due yet." in page(browser, at(world, **about))
    assert "As things stand now, nothing will be in the way then." in page(
        browser, at(world, **about, at="2026-03-06T09:00")
    )
    then = page(browser, at(world, **about, at="2026-03-01T09:00"))
    assert "was not on the plan then" in then
    assert "Put the contact on the plan" not in then  # nobody can act in the past
    assert "This is not a date and time" in page(browser, at(world, **about, at="soon"))


def test_nobody_is_told_about_contacts_and_plans_that_are_not_theirs_to_see(world: World, enter: Enter) -> None:
    [run] = world.enroll(1)
    owner, sales = make_user(world.account, "owner"), make_user(world.account, "sales")
    Contact.objects.filter(pk=run.contact_id).update(assigned_user=owner)
    private = Plan.objects.create(
        account=world.account, name="Secret", visibility="private", owner=owner, created_at=world.clock.now()
    )
    seller, stranger = enter(sales), enter(make_user(world.account, "affiliate"))
    about = {"contact": run.contact_id, "plan": world.plan.pk, "step": key_of(world, 0)}

    assert seller.get(at(world, **about)).status_code == 404
    assert seller.get(at(world, run=run.pk)).status_code == 404
    assert seller.get(at(world, plan=private.pk)).status_code == 404
    assert "Secret" not in page(seller, at(world))
    assert stranger.get(at(world, **about)).status_code == 403


def test_nonsense_in_the_address_is_answered(world: World, enter: Enter) -> None:
    browser = enter(make_user(world.account, "owner"))
    [run] = world.enroll(1)

    for query in ({"run": "x"}, {"contact": "9" * 40}, {"plan": world.plan.pk, "step": "x"}, {"contact": "99999"}):
        assert browser.get(at(world, **query)).status_code in (200, 404), query
    strange = {"contact": run.contact_id, "plan": world.plan.pk, "step": StepRun.objects.first().pk}  # type: ignore[union-attr]
    assert browser.get(at(world, **strange)).status_code == 404
