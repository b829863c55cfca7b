"""A silence on the pages: beside the plan, the connection and the runs; muted with a reason by who may edit, by nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.test import Client

from hub.plans.models import Plan
from hub.silence.models import Silence, Tally, Watched
from hub.users.models import User
from tests.engine.world import World, make_world
from tests.support.people import make_account, make_user

pytestmark = pytest.mark.django_db(transaction=True)

Enter = Callable[[User], Client]


@pytest.fixture
def world() -> Iterator[World]:
    with make_world() as made:
        Plan.objects.update(name="Welcome")
        yield made


def goes_quiet(world: World, kind: str, key: str) -> Watched:
    """A silence that lasts since Friday."""
    day = world.clock.now().date() - timedelta(days=4)
    watched = Watched.objects.create(account=world.account, kind=kind, key=key, last_day=day)
    Tally.objects.create(watched=watched, day=day, done=12)
    Silence.objects.create(watched=watched, since=day + timedelta(days=1), expected=24, noticed_at=world.clock.now())
    return watched


def page(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_silence_stands_beside_the_plan_the_connection_and_the_runs(world: World, enter: Enter) -> None:
    plan = goes_quiet(world, "plan", str(world.plan.pk))
    goes_quiet(world, "addon", "postpigeon")
    browser, here = enter(make_user(world.account, "owner")), f"/a/{world.account.pk}"

    told = page(browser, f"{here}/plans/{world.plan.pk}")
    assert "Quiet since Fri 27 Feb 2026" in told
    assert "Usually it would have done 24 steps since." in told
    assert f"{here}/why?plan={world.plan.pk}" in told
    assert f"{here}/silence/{plan.pk}" in told
    assert "Quiet since Fri 27 Feb 2026" in page(browser, f"{here}/add-ons/postpigeon")
    for runs in ("/runs", "/runs/inbox"):
        assert "Welcome: Quiet since" in page(browser, here + runs)
        assert "PostPigeon: Quiet since" in page(browser, here + runs)


def test_it_is_muted_with_a_reason_and_heard_again(world: World, enter: Enter) -> None:
    watched = goes_quiet(world, "plan", str(world.plan.pk))
    browser, here = enter(make_user(world.account, "owner", "grace")), f"/a/{world.account.pk}"
    alarm = f"{here}/silence/{watched.pk}"

    assert "Fri 27 Feb 2026: 24 steps were missed" in page(browser, alarm)
    assert browser.post(alarm, {"reason": " "}).status_code == 422
    assert browser.post(alarm, {"reason": "Only in the season"}).status_code == 302

    told = page(browser, f"{here}/plans/{world.plan.pk}")
    assert "muted its silence alarm: Only in the season" in told
    assert "Quiet since" not in told
    assert "Welcome: Quiet since" not in page(browser, f"{here}/runs")

    assert browser.post(alarm, {"act": "unmute"}).status_code == 302
    assert "Quiet since" in page(browser, f"{here}/plans/{world.plan.pk}")


def test_who_may_not_edit_sees_it_and_cannot_mute_it_and_strangers_see_nothing(world: World, enter: Enter) -> None:
    plan, addon = goes_quiet(world, "plan", str(world.plan.pk)), goes_quiet(world, "addon", "postpigeon")
    reader = enter(make_user(world.account, "standard"))
    stranger, here = enter(make_user(make_account("Elsewhere"), "owner")), f"/a/{world.account.pk}/silence"

    assert "Mute it" not in page(reader, f"{here}/{plan.pk}")
    assert reader.post(f"{here}/{plan.pk}", {"reason": "I say so"}).status_code == 403
    assert reader.get(f"{here}/{addon.pk}").status_code == 403  # who sees no add-ons is told of no connection
    assert "PostPigeon: Quiet since" not in page(reader, f"/a/{world.account.pk}/runs")
    assert stranger.get(f"{here}/{plan.pk}").status_code == 404


def test_a_private_plan_of_another_is_not_told_of(world: World, enter: Enter) -> None:
    watched = goes_quiet(world, "plan", str(world.plan.pk))
    Plan.objects.update(visibility="private", owner=make_user(world.account, "owner"))
    browser = enter(make_user(world.account, "standard"))

    assert "Welcome" not in page(browser, f"/a/{world.account.pk}/runs")
    assert browser.get(f"/a/{world.account.pk}/silence/{watched.pk}").status_code == 404
