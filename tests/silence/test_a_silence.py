"""The alarm at work: done steps are counted once, a quiet plan and connection are told once, and the first act ends it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from hub.accounts import changes as accounts
from hub.accounts.calendars import Calendar, Span
from hub.addons import changes as addons
from hub.audit.actor import Actor
from hub.audit.models import AuditRow
from hub.db import clock
from hub.db.errors import Invalid
from hub.history import changes as history
from hub.history.changes import NewNote
from hub.notifications.models import Notification
from hub.notifications.wording import sentence
from hub.plans import changes as plans
from hub.plans.models import Enrollment, Plan
from hub.silence import actors, changes, counting, judging, reads
from hub.silence.models import Mark, Silence, Tally, Watched
from hub.users.models import User
from tests.engine.world import World, make_world
from tests.support.people import make_user

pytestmark = pytest.mark.django_db(transaction=True)

ADA = Actor.person(1, "Ada Admin")
NOON = time(12)
WEEKS = 6


@pytest.fixture
def world(settings: Any) -> Iterator[World]:
    """Six weeks in which the plan did five steps on each workday; it is Monday, 2 March, shortly after nine."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with make_world() as made:
        Plan.objects.update(name="Welcome")
        make_user(made.account, "owner", "grace")
        [run] = made.enroll(1)
        acts(made, run.enrollment_id, *_workdays(made.clock.now().date() - timedelta(weeks=WEEKS), 7 * WEEKS))
        made.clock.advance(minutes=5)
        yield made


def _workdays(begin: date, number: int) -> list[date]:
    days = [begin + timedelta(days=count) for count in range(number)]
    return [day for day in days if day.weekday() < 5]


def acts(world: World, enrollment_id: int, *days: date, times: int = 10) -> None:
    """What the engine writes with a done step."""
    data = {"step": "Step 1", "plan": "Welcome", "addon": "postpigeon", "text": ""}
    history.add_many(
        NewNote(world.account.pk, 1, "step.done", data, None, enrollment_id, at=datetime.combine(day, NOON, UTC))
        for day in days
        for _ in range(times)
    )


def look(world: World) -> int:
    """What the actor does at the ticker's word: count all, then judge."""
    count(world)
    return judging.judge(world.clock.now())


def count(world: World) -> None:
    more = True
    while more:
        with transaction.atomic():
            more = counting.count(world.clock.now())


def told() -> list[str]:
    return [sentence(row) for row in Notification.objects.filter(kind__startswith="silence.").order_by("kind", "pk")]


def test_a_plan_and_its_connection_that_go_quiet_are_told_once_and_end_with_the_first_act(world: World) -> None:
    assert look(world) == 0  # Monday is not over
    world.clock.advance(days=1)

    assert look(world) == 2
    assert look(world) == 0
    for line, name in zip(told(), ("PostPigeon usually carries steps out", "“Welcome” usually acts"), strict=True):
        assert line.startswith(f"{name} and has been quiet since Sat 28 Feb 2026.")
        assert line.endswith("Usually it would have done 10 steps since. Ask “Why not?”, or mute it there.")
    plan = reads.of_plan(world.account, world.plan.pk)
    assert reads.lasting(plan) is not None
    world.clock.advance(days=1)
    assert look(world) == 0
    assert len(told()) == 2

    world.enroll(1)
    world.work()  # a real step, by the real engine
    world.clock.advance(minutes=5)
    look(world)

    assert reads.lasting(plan) is None
    assert Silence.objects.filter(ended_at=None).count() == 0
    assert reads.all_lasting(world.account) == []


@pytest.mark.parametrize(("state", "whom"), [("active", "sam"), ("archived", "grace")])
def test_a_quiet_plan_is_told_to_its_owner_while_they_work_here(world: World, state: str, whom: str) -> None:
    owner = make_user(world.account, "sales", "sam")
    User.objects.filter(pk=owner.pk).update(state=state)
    Plan.objects.update(owner=owner)
    look(world)
    world.clock.advance(days=1)

    look(world)

    assert Notification.objects.get(kind="silence.plan").user_id == User.objects.get(username=whom).pk


def test_each_done_step_is_counted_once_however_often_the_ticker_looks(world: World) -> None:
    for _ in range(3):
        look(world)

    watched = reads.of_plan(world.account, world.plan.pk)
    assert watched is not None
    numbers = dict(reads.numbers(watched))
    assert sum(numbers.values()) == 5 * WEEKS * 10
    assert numbers[date(2026, 2, 27)] == 10
    assert watched.last_day == date(2026, 2, 27)


def test_what_was_written_a_moment_ago_waits_for_others_on_their_way(world: World) -> None:
    look(world)
    before = Mark.objects.get().note_id
    world.enroll(1)
    world.work()

    look(world)
    assert Tally.objects.filter(day=date(2026, 3, 2)).count() == 0

    world.clock.advance(minutes=3)
    look(world)
    assert Tally.objects.filter(day=date(2026, 3, 2)).count() == 2  # the plan's and the connection's
    assert Mark.objects.get().note_id > before


def test_a_look_costs_a_few_statements_whatever_the_history(world: World) -> None:
    with CaptureQueriesContext(connection) as first, transaction.atomic():
        counting.count(world.clock.now())
    actors.look()  # judges both, once a day
    with CaptureQueriesContext(connection) as asked:
        actors.look()

    assert len(first) <= 24  # three hundred steps on thirty days, of a plan and of a connection
    assert len(asked) <= 12
    assert not any('FROM "plans_steprun"' in query["sql"] for query in asked)


def test_what_is_switched_off_archived_or_paused_is_quiet_on_purpose(world: World) -> None:
    count(world)
    with transaction.atomic():
        addons.disable(world.account, "postpigeon", by=ADA)
        plans.archive(world.plan, by=ADA)
    world.clock.advance(days=2)

    assert look(world) == 0


def test_a_silence_is_over_when_somebody_ends_it_on_purpose(world: World) -> None:
    look(world)
    world.clock.advance(days=1)
    assert look(world) == 2
    with transaction.atomic():
        plans.archive(world.plan, by=ADA)

    look(world)

    assert [silence.watched.kind for silence in reads.all_lasting(world.account)] == ["addon"]


SHUT = {"pause": (accounts.pause, accounts.unpause), "lock": (accounts.lock_login, accounts.unlock_login)}


@pytest.mark.parametrize("shut", SHUT)
def test_the_days_of_a_pause_of_a_lock_and_of_a_sleep_do_not_count(world: World, shut: str) -> None:
    close, open_again = SHUT[shut]
    count(world)
    with transaction.atomic():
        close(world.account, by=ADA)
    for _ in range(3):
        look(world)
        world.clock.advance(days=1)
    with transaction.atomic():
        open_again(world.account, by=ADA)
        accounts.set_calendar(
            world.account, Calendar(pauses=(Span(first=date(2026, 3, 5), last=date(2026, 3, 6)),)), by=ADA
        )
    world.clock.advance(days=4)

    assert look(world) == 0  # Thursday and Friday slept; Saturday and Sunday bring nothing

    world.clock.advance(days=1)
    assert look(world) == 2


def test_a_mute_wants_a_reason_keeps_still_and_can_be_taken_back(world: World) -> None:
    look(world)
    watched = reads.of_plan(world.account, world.plan.pk)
    assert watched is not None
    with pytest.raises(Invalid):
        changes.mute(watched, "  ", by=ADA)

    with transaction.atomic():
        changes.mute(watched, "Only in the season", by=ADA)
    world.clock.advance(days=2)
    assert look(world) == 1  # the connection's
    assert reads.lasting(watched) is None

    with transaction.atomic():
        changes.unmute(watched, by=ADA)
    assert look(world) == 1
    deeds = AuditRow.objects.filter(object_kind="plan", verb__startswith="silence_").order_by("pk")
    assert list(deeds.values_list("verb", "actor_label")) == [
        ("silence_muted", "Ada Admin"),
        ("silence_heard_again", "Ada Admin"),
    ]


def test_counting_in_an_old_installation_begins_some_weeks_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "PORTION", 20)
    enrollment = Enrollment.objects.get()
    world.clock.advance(days=90)
    acts(world, enrollment.pk, world.clock.now().date() - timedelta(days=1))

    count(world)

    days = set(Tally.objects.values_list("day", flat=True))
    assert world.clock.now().date() - timedelta(days=1) in days
    assert Watched.objects.count() == 2
    assert min(days) > date(2026, 2, 20)  # the notes before that are too old to be of use, and were not looked at


def test_old_numbers_go(world: World) -> None:
    look(world)
    world.clock.advance(days=45)

    assert judging.forget_old(clock.now()) > 0
    oldest = Tally.objects.order_by("day").values_list("day", flat=True).first()
    assert oldest is None or oldest >= date(2026, 1, 27)
