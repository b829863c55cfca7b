"""What the guards hold, as people see it: in the inbox, on the step's own page and on the add-on's."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import transaction
from django.test import Client

from hub.audit.models import AuditRow
from hub.contacts.models import Contact
from hub.engine.models import Attempt, Breaker
from hub.plans.models import StepRun
from hub.users.models import User
from tests.engine.guards.gifthouse import MUG, TAG, another_plan, falls_ill, gift_world
from tests.engine.guards.test_repeats import put
from tests.engine.world import World
from tests.support.people import make_user

pytestmark = pytest.mark.django_db(transaction=True)

Enter = Callable[[User], Client]


def repeat(world: World) -> StepRun:
    """A step that waits because the contact got the same."""
    (bea,) = world.contacts(1)
    put(world, Contact.objects.get(pk=bea.pk), world.plan)
    world.work()
    run = put(world, bea, another_plan(world, MUG))
    world.work()
    run.refresh_from_db()
    return run


def test_a_possible_repeat_is_decided_by_whoever_may_spend_and_with_a_reason(enter: Enter) -> None:
    with gift_world(MUG) as world:
        run = repeat(world)
        browser = enter(make_user(world.account, "owner"))
        inbox = browser.get(f"/a/{world.account.pk}/runs/inbox").content.decode()
        assert "The contact may have got the same already" in inbox
        decide = f"/a/{world.account.pk}/runs/{run.pk}/decide"
        assert "It may be paid for twice" in browser.get(f"{decide}?act=allow").content.decode()

        for given in ({"reason": " ", "word": "SEND"}, {"reason": "Her birthday", "word": "send it"}):
            assert browser.post(decide, {"act": "allow", **given}).status_code == 422
        browser.post(decide, {"act": "allow", "reason": "Her birthday", "word": "SEND"})

        world.work()
        run.refresh_from_db()
        assert run.state == "done"
        assert AuditRow.objects.get(verb="repeat_allowed").data["text"] == "Her birthday"


def test_who_may_not_spend_is_not_offered_it_and_cannot_do_it(enter: Enter) -> None:
    with gift_world(MUG) as world:
        run = repeat(world)
        cleo = make_user(world.account, "admin", "cleo")
        cleo.grants.update(withdrawn=["runs.spend"])
        browser = enter(cleo)

        page = browser.get(f"/a/{world.account.pk}/runs/{run.pk}").content.decode()
        answer = browser.post(f"/a/{world.account.pk}/runs/{run.pk}/decide", {"act": "allow", "reason": "I want it"})

        assert "Send it all the same" not in page
        assert answer.status_code == 400
        run.refresh_from_db()
        assert run.state == "held"


def test_the_addons_page_says_that_the_connection_rests_and_has_it_tried_at_once(enter: Enter) -> None:
    with gift_world(TAG) as world:
        falls_ill(world)
        world.enroll(5)
        world.work()
        world.enroll(2)
        world.work()
        browser = enter(make_user(world.account, "owner"))
        page = f"/a/{world.account.pk}/add-ons/gifthouse"

        shown = browser.get(page).content.decode()
        assert "so the connection rests" in shown
        assert "2 steps wait for this add-on" in shown

        answer = browser.post(f"{page}/try-now", follow=True).content.decode()
        assert "It is tried within seconds" in answer
        assert Breaker.objects.get().next_at == world.clock.now()


def test_the_gallery_says_that_a_connection_rests(enter: Enter) -> None:
    with gift_world(TAG) as world:
        browser = enter(make_user(world.account, "owner"))
        gallery = f"/a/{world.account.pk}/add-ons"
        assert "Rests" not in browser.get(gallery).content.decode()

        falls_ill(world)
        world.enroll(5)
        world.work()

        shown = browser.get(gallery).content.decode()
        assert shown.count("Rests") == 1
        assert "Its steps wait until the vendor answers again." in shown


def money(browser: Client, run: StepRun) -> str:
    """What the step's page says of its cost."""
    page = browser.get(f"/a/{run.account_id}/runs/{run.pk}").content.decode()
    found = re.search(r"Costs money</dt>\s*<dd[^>]*>([^<]*)<", page)
    assert found
    return found[1].strip()


def test_a_steps_page_says_what_is_known_of_its_cost_at_each_time(enter: Enter) -> None:
    with gift_world(MUG) as world:
        browser = enter(make_user(world.account, "owner"))
        first, second = world.enroll(2)
        assert money(browser, first) == "that shows when it is sent"  # the add-on has calls of both kinds

        world.dispatch([first.pk])
        assert money(browser, first) == "yes"
        assert money(browser, second) == "yes, once it is sent"

        refused = {"state": "failed", "hold_reason": "rejected", "closed_at": world.clock.now()}
        StepRun.objects.filter(pk=second.pk).update(**refused)
        assert money(browser, second) == "its call would have; nothing was sent"


def test_what_costs_nothing_says_so_and_its_request_shows_the_key_it_left_with(enter: Enter) -> None:
    with gift_world(TAG) as world:
        browser = enter(make_user(world.account, "owner"))
        [run] = world.enroll(1)
        world.work()

        assert money(browser, run) == "no"
        page = browser.get(f"/a/{world.account.pk}/runs/{run.pk}").content.decode()
        assert f"Idempotency-Key: {Attempt.objects.get().key}" in page
        assert "gift-key-123456" not in page


@pytest.mark.parametrize("many", [False, True], ids=["one", "many"])
def test_what_becomes_of_a_step_that_costs_money_is_not_said_without_a_reason(enter: Enter, many: bool) -> None:
    with gift_world(MUG) as world:
        run = repeat(world)
        browser = enter(make_user(world.account, "owner"))
        where = f"/a/{world.account.pk}/runs/inbox/decide" if many else f"/a/{world.account.pk}/runs/{run.pk}/decide"
        cause = {"act": "skip", "code": "possible_repeat", "state": "held"}
        asked = browser.get(where, cause).content.decode()

        refused = browser.post(where, {**cause, "reason": "  "})
        assert StepRun.objects.get(pk=run.pk).state == "held"
        taken = browser.post(where, {**cause, "reason": "She has one"})

    assert 'maxlength="2000" required' in asked
    assert (refused.status_code, taken.status_code) == (422, 302)
    assert StepRun.objects.get(pk=run.pk).state == "skipped"


def test_a_whole_page_of_repeats_is_not_let_go_at_once(enter: Enter) -> None:
    with gift_world(MUG) as world:
        repeat(world)
        browser = enter(make_user(world.account, "owner"))
        many = f"/a/{world.account.pk}/runs/inbox/decide"

        answer = browser.post(many, {"act": "allow", "code": "possible_repeat", "state": "held"})

        assert answer.status_code == 400
        with transaction.atomic():
            assert StepRun.objects.filter(state="held").count() == 1
