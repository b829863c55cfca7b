"""A window of failed steps is tried again in portions, once, whatever dies on the way, and with the rights of who asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from django.db import transaction

from hub.audit.actor import SYSTEM, Actor
from hub.audit.models import AuditRow
from hub.db.errors import Conflict, Problem
from hub.engine.replaying import actors, changes, selecting, working
from hub.engine.replaying.models import Replay
from hub.engine.replaying.selecting import Window
from hub.notifications.models import Notification
from hub.plans.models import StepRun
from hub.users.models import User
from tests.engine.guards.gifthouse import TAG, gift_world
from tests.engine.world import MONDAY, World
from tests.support.people import make_user

pytestmark = pytest.mark.django_db(transaction=True)


ALL = Window()


@pytest.fixture
def world() -> Iterator[World]:
    with gift_world(TAG) as made:
        yield made


def refuses(request: httpx.Request) -> httpx.Response:
    return httpx.Response(422)


def fail(world: World, number: int) -> None:
    world.vendor.answers = [refuses] * number
    world.enroll(number)
    world.work()


def start(world: World, window: Window = ALL, token: str = "t", by: Actor = SYSTEM) -> Replay:
    with transaction.atomic():
        return changes.start(world.account, window, token=token, by=by)


def carry_out(replay: Replay) -> Replay:
    """Every portion, as the bell would ring for them."""
    portion: int | None = 0
    while portion is not None:
        with transaction.atomic():
            assert working.begin(replay.pk, portion)
        with transaction.atomic():
            portion = working.run(replay.pk, portion)
    replay.refresh_from_db()
    return replay


@pytest.fixture
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "PORTION", 3)


@pytest.mark.usefixtures("small_portions")
def test_all_that_failed_is_tried_again_in_portions_and_told_about(world: World) -> None:
    fail(world, 8)
    ada = make_user(world.account, "owner")
    by = Actor("person", str(ada.pk), "Ada")

    replay = carry_out(start(world, by=by))
    world.work()

    assert (replay.state, replay.asked, replay.again, replay.left) == ("done", 8, 8, {})
    assert len(world.vendor.cards) == 8
    audit = AuditRow.objects.get(verb="replayed")
    assert (audit.actor_id, audit.data["steps"]) == (str(ada.pk), 8)
    assert Notification.objects.filter(user_id=ada.pk, kind="bulk.done").count() == 1


def test_a_window_means_what_failed_in_it_and_nothing_else(world: World) -> None:
    fail(world, 2)
    world.clock.advance(hours=2)
    fail(world, 3)
    world.clock.advance(hours=2)
    fail(world, 1)

    def found(window: Window) -> int:
        return selecting.numbers(world.account.pk, window).all

    one, three = MONDAY + timedelta(hours=1), MONDAY + timedelta(hours=3)
    assert found(Window()) == 6
    assert found(Window(since=one, until=three)) == 3
    assert found(Window(until=one)) == 2
    assert found(Window(since=three)) == 1
    assert found(Window(kind="review")) == 0
    assert found(Window(addon="gifthouse", plan_id=world.plan.pk, code="rejected")) == 6
    assert found(Window(addon="postpigeon")) == found(Window(plan_id=10**9)) == found(Window(code="gave_up")) == 0


def test_the_same_answer_twice_starts_one_and_a_second_replay_of_the_same_does_nothing_more(world: World) -> None:
    fail(world, 4)
    first = start(world)
    assert start(world).pk == first.pk
    second = start(world, token="u")

    carry_out(first)
    carry_out(second)
    world.work()

    assert (second.again, second.state) == (0, "done")
    assert len(world.vendor.cards) == 4
    with pytest.raises(Problem):
        start(world, token="v")


def test_what_fails_once_more_is_not_tried_for_ever(world: World) -> None:
    fail(world, 3)
    world.vendor.answers = [refuses] * 3
    replay = start(world)

    with transaction.atomic():
        working.begin(replay.pk, 0)
    with transaction.atomic():
        working.run(replay.pk, 0)
    world.work()

    replay.refresh_from_db()
    assert (replay.again, replay.state) == (3, "done")
    assert StepRun.objects.filter(state="failed").exclude(hold_reason="retried").count() == 3


@pytest.mark.usefixtures("small_portions")
def test_a_portion_that_died_is_done_again_and_one_that_was_done_is_not(world: World) -> None:
    fail(world, 5)
    replay = start(world)
    with transaction.atomic():
        working.run(replay.pk, 0)
        transaction.set_rollback(True)  # the worker dies before it commits
    assert not StepRun.objects.filter(hold_reason="retried").exists()

    world.clock.advance(seconds=31)
    assert working.stuck() == [(replay.pk, 0)]
    with transaction.atomic():
        assert working.run(replay.pk, 0) == 1
    with transaction.atomic():
        assert working.run(replay.pk, 0) is None, "a message that comes twice"
        assert working.run(replay.pk, 1) is None
    world.work()

    assert len(world.vendor.cards) == 5


@pytest.mark.usefixtures("small_portions")
def test_a_replay_that_is_cancelled_stops_after_its_portion(world: World) -> None:
    fail(world, 8)
    replay = start(world)
    with transaction.atomic():
        working.run(replay.pk, 0)
    with transaction.atomic():
        changes.cancel(world.account, replay.pk, by=Actor("person", "9", "Eve"))

    with transaction.atomic():
        assert working.run(replay.pk, 1) is None
    world.work()

    replay.refresh_from_db()
    assert (replay.state, replay.again) == ("cancelled", 3)
    assert len(world.vendor.cards) == 3
    with pytest.raises(Conflict), transaction.atomic():
        changes.cancel(world.account, replay.pk, by=SYSTEM)


@pytest.mark.usefixtures("small_portions")
def test_who_may_no_longer_decide_about_steps_changes_nothing_more(world: World) -> None:
    fail(world, 4)
    ada = make_user(world.account, "owner")
    replay = start(world, by=Actor("person", str(ada.pk), "Ada"))
    with transaction.atomic():
        working.run(replay.pk, 0)
    User.objects.filter(pk=ada.pk).delete()

    with transaction.atomic():
        assert working.run(replay.pk, 1) is None

    replay.refresh_from_db()
    assert (replay.state, replay.again) == ("failed", 3)
    assert replay.problem


def test_a_portion_that_cannot_be_done_ends_the_replay_after_some_tries(world: World) -> None:
    fail(world, 1)
    replay = start(world)

    for _ in range(working.MOST_TRIES):
        with transaction.atomic():
            assert working.begin(replay.pk, 0)
    with transaction.atomic():
        assert not working.begin(replay.pk, 0)

    replay.refresh_from_db()
    assert replay.state == "failed"
    assert "5 times" in replay.problem


def test_the_bell_does_the_portions_and_old_replays_are_forgotten(world: World) -> None:
    fail(world, 2)
    replay = start(world)

    actors.replay_portion.fn(replay.pk, 0)
    actors.replay_portion.fn(replay.pk, 0)

    replay.refresh_from_db()
    assert (replay.state, replay.again) == ("done", 2)
    assert changes.forget_old() == 0
    world.clock.advance(days=91)
    assert changes.forget_old() == 1
