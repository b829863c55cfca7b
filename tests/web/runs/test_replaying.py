"""Trying again from the pages of runs: one step, or all of a window of time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import httpx
import pytest
from django.test import Client

from hub.engine.replaying import actors
from hub.engine.replaying.models import Replay
from hub.plans.models import StepRun
from hub.users.models import User
from tests.engine.guards.gifthouse import MUG, TAG, gift_world
from tests.engine.world import World
from tests.support.people import make_user

pytestmark = pytest.mark.django_db(transaction=True)

Enter = Callable[[User], Client]


@pytest.fixture
def world() -> Iterator[World]:
    with gift_world(TAG) as made:
        yield made


def at(world: World, more: str = "") -> str:
    return f"/a/{world.account.pk}/runs{more}"


def refuses(request: httpx.Request) -> httpx.Response:
    return httpx.Response(422)


def fail(world: World, number: int) -> None:
    world.vendor.answers = [refuses] * number
    world.enroll(number)
    world.work()


def token_in(page: str) -> str:
    found = re.search(r'name="token" value="(\w+)"', page)
    assert found
    return found[1]


def test_a_window_is_counted_then_tried_again_and_its_page_tells_what_came_of_it(world: World, enter: Enter) -> None:
    fail(world, 3)
    browser = enter(make_user(world.account, "owner"))
    assert "/runs/replay?kind=failed" in browser.get(at(world, "?state=failed")).content.decode()

    page = browser.get(at(world, "/replay?kind=failed&since=2026-01-01T00:00&addon=gifthouse")).content.decode()
    assert re.search(r">3</strong>\s*steps are tried again", page)
    answer = browser.post(
        at(world, "/replay"), {"kind": "failed", "token": token_in(page), "reason": "The vendor was wrong"}
    )
    watched = browser.get(answer.url)
    _carry_out()
    world.work()
    ended = browser.get(answer.url).content.decode()

    assert answer.status_code == 302
    assert watched.status_code == 200
    assert len(world.vendor.cards) == 3
    assert "Tried again" in ended
    assert "Nothing to try again" in browser.get(at(world, "/replay")).content.decode()


def test_a_window_that_holds_nothing_offers_no_button_and_nonsense_is_told(world: World, enter: Enter) -> None:
    fail(world, 1)
    browser = enter(make_user(world.account, "owner"))

    nothing = browser.get(at(world, "/replay?until=2020-01-01T00:00")).content.decode()
    odd = browser.get(at(world, "/replay?since=yesterday"))
    for nonsense in (
        "?kind=%00",
        "?plan=abc",
        "?plan=" + "9" * 40,
        "?since=0001-01-01T00:00",
        "?until=9999-12-31T23:59",
    ):
        assert browser.get(at(world, "/replay" + nonsense)).status_code in (200, 400, 422), nonsense

    assert 'name="token"' not in nothing
    assert odd.status_code == 422
    assert "This is not a moment." in odd.content.decode()


def test_pressing_twice_starts_one(world: World, enter: Enter) -> None:
    fail(world, 2)
    browser = enter(make_user(world.account, "owner"))
    token = token_in(browser.get(at(world, "/replay")).content.decode())

    first = browser.post(at(world, "/replay"), {"token": token})
    second = browser.post(at(world, "/replay"), {"token": token})

    assert first.url == second.url
    assert Replay.objects.count() == 1


def test_one_that_runs_shows_how_far_it_is_and_can_be_cancelled(world: World, enter: Enter) -> None:
    fail(world, 2)
    browser = enter(make_user(world.account, "owner"))
    where = browser.post(at(world, "/replay"), {"token": "t"}).url

    part = browser.get(where + "?part=progress", HTTP_HX_REQUEST="true").content.decode()
    browser.post(where + "/cancel")
    _carry_out()
    after = browser.get(where + "?part=progress", HTTP_HX_REQUEST="true")

    assert "Trying again" in part
    assert "<html" not in part
    assert after["HX-Redirect"] == where
    assert Replay.objects.get().state == "cancelled"
    assert world.vendor.cards == []


def test_who_may_not_decide_about_steps_sees_no_button_and_gets_no_page(world: World, enter: Enter) -> None:
    fail(world, 1)
    browser = enter(make_user(world.account, "standard"))

    assert "/runs/replay" not in browser.get(at(world)).content.decode()
    assert browser.get(at(world, "/replay")).status_code in (403, 404)
    assert browser.post(at(world, "/replay"), {"token": "t"}).status_code in (403, 404)
    assert not Replay.objects.exists()


def test_what_costs_money_wants_the_word_typed(enter: Enter) -> None:
    with gift_world(MUG) as world:
        fail(world, 2)
        StepRun.objects.update(costly=True)
        browser = enter(make_user(world.account, "owner"))
        assert "2 of them cost money" in browser.get(at(world, "/replay")).content.decode()

        refused = browser.post(at(world, "/replay"), {"token": "t"})
        accepted = browser.post(at(world, "/replay"), {"token": "t", "word": "SEND"})

        assert (refused.status_code, accepted.status_code) == (422, 302)


def test_a_done_costly_step_is_sent_again_only_by_who_may_with_a_reason_and_the_word(enter: Enter) -> None:
    with gift_world(MUG) as world:
        [run] = world.enroll(1)
        world.work()
        owner, plain = enter(make_user(world.account, "owner")), enter(make_user(world.account, "standard"))
        decide = at(world, f"/{run.pk}/decide")
        assert "decide?act=send_again" in owner.get(at(world, f"/{run.pk}")).content.decode()

        assert plain.post(decide, {"act": "send_again", "reason": "x", "word": "SEND"}).status_code in (400, 403, 404)
        assert owner.post(decide, {"act": "send_again", "reason": "Lost", "word": ""}).status_code == 422
        assert owner.post(decide, {"act": "send_again", "reason": " ", "word": "SEND"}).status_code == 422
        assert owner.post(decide, {"act": "retry"}).status_code == 400
        assert owner.post(decide, {"act": "send_again", "reason": "Lost", "word": "SEND"}).status_code == 302
        assert owner.post(decide, {"act": "send_again", "reason": "Lost", "word": "SEND"}).status_code in (400, 409)
        world.work()

        assert len(world.vendor.cards) == 2


def test_an_unclear_step_that_the_vendor_knows_by_its_key_can_be_followed_up(world: World, enter: Enter) -> None:
    [run] = world.enroll(1)
    world.vendor.answers = [world.vendor.acts_and_hangs_up]
    world.work()
    StepRun.objects.update(state="review", hold_reason="unclear", held_at=run.created_at)
    browser = enter(make_user(world.account, "owner"))

    assert browser.get(at(world, f"/{run.pk}/decide?act=again")).status_code == 200
    assert browser.post(at(world, f"/{run.pk}/decide"), {"act": "again"}).status_code == 302
    world.work_for(seconds=300)

    run.refresh_from_db()
    assert (run.state, len({card["ref"] for card in world.vendor.cards})) == ("done", 1)


def _carry_out() -> None:
    """What the bell does."""
    for row in Replay.objects.all():
        actors.replay_portion.fn(row.pk, row.portion)
