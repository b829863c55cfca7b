"""What is over for long goes to the archive, whole or not at all; what waits for anybody stays."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from hub.audit.actor import Actor
from hub.audit.models import AuditRow
from hub.engine import review
from hub.engine.archiving import moving, reads
from hub.engine.archiving.models import ArchivedCount, ArchivedRun, Archiving
from hub.engine.models import Attempt, Leave, Trace
from hub.history.models import Note
from hub.plans import enrollment
from hub.plans import reads as plans
from hub.plans.models import Enrollment, Plan, StepRun
from tests.engine.world import CARD, World, make_world

pytestmark = pytest.mark.django_db(transaction=True)

KEEP = timedelta(days=90)
ADA = Actor.person(7, "Ada", "127.0.0.1")


@pytest.fixture
def world() -> Iterator[World]:
    with make_world([CARD, CARD]) as made:
        yield made


def later(world: World, days: int = 91) -> None:
    world.clock.advance(days=days)


def finish(world: World) -> None:
    """Until every step is done; the vendor's rate lets only a few through at a time."""
    while world.work() or StepRun.objects.filter(closed_at=None).exists():
        world.clock.advance(seconds=10)


def move(world: World, looked_at: int = 200) -> moving.Portion:
    return moving.move_portion(world.clock.now(), KEEP, looked_at)


def move_all(world: World, looked_at: int = 200) -> int:
    moved = 0
    while True:
        portion = move(world, looked_at)
        moved += portion.runs
        if not portion.more:
            return moved


def test_a_finished_plan_is_moved_with_all_that_was_tried(world: World) -> None:
    (first,) = world.enroll(1)
    finish(world)
    sent = Attempt.objects.get(run_id=first.pk)
    later(world)

    assert move(world).runs == 2

    moved = reads.run(world.account.pk, first.pk)
    assert moved is not None
    assert (moved.state, moved.plan_id, moved.result["reference"]) == ("done", world.plan.pk, "id-1")
    assert moved.tries[0].items() >= {"n": 1, "key": sent.key, "outcome": "acted", "vendor_id": sent.vendor_id}.items()
    assert not StepRun.objects.exists()
    assert not Attempt.objects.exists()


def test_the_bytes_that_were_sent_are_not_kept(world: World) -> None:
    world.enroll(1, first_name="Lovelace")
    finish(world)
    later(world)

    move(world)

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM engine_archivedrun")
        assert "Lovelace" not in str(cursor.fetchall())
    assert all("request" not in one for run in ArchivedRun.objects.all() for one in run.tries)


def test_that_a_person_let_it_go_past_a_guard_is_kept_with_it(world: World) -> None:
    first, second = world.enroll(2)
    Leave.objects.create(run_id=first.pk, guard="possible_repeat", by="Ada", at=world.clock.now())
    finish(world)
    later(world)

    move(world)

    kept, other = ArchivedRun.objects.get(pk=first.pk), ArchivedRun.objects.get(pk=second.pk)
    [let_go] = kept.result["let_go"]
    assert let_go.items() >= {"guard": "possible_repeat", "by": "Ada"}.items()
    assert kept.result["reference"] == "id-1"
    assert "let_go" not in other.result
    assert not Leave.objects.exists()


def test_the_contacts_timeline_stays_whole(world: World) -> None:
    world.enroll(1)
    finish(world)
    before = list(Note.objects.order_by("pk").values())
    later(world)

    move(world)

    assert list(Note.objects.order_by("pk").values()) == before


def test_the_contacts_page_still_knows_how_each_step_ended(world: World) -> None:
    (run,) = world.enroll(1)
    finish(world)
    later(world)

    move(world)

    (line,) = plans.enrollments_of(world.account, run.contact_id)
    assert [step.state for step in line.steps] == ["done", "done"]
    assert line.done == 2


def test_who_was_on_a_plan_once_is_not_put_on_it_as_if_for_the_first_time(world: World) -> None:
    Plan.objects.update(reenrollment=Plan.Reenrollment.NEVER)
    (run,) = world.enroll(1)
    finish(world)
    later(world)
    move(world)

    with transaction.atomic():
        report = enrollment.enroll(world.plan, [run.contact_id], by=ADA, now=world.clock.now())

    assert report.enrolled == 0


def _with_an_open_run(world: World, run: StepRun) -> None:
    StepRun.objects.filter(pk=run.pk).update(state="review", closed_at=None)


def _with_a_failure_nobody_has_looked_at(world: World, run: StepRun) -> None:
    StepRun.objects.filter(pk=run.pk).update(state="failed", hold_reason="rejected")


def _closed_by_a_person_lately(world: World, run: StepRun) -> None:
    StepRun.objects.filter(pk=run.pk).update(closed_at=world.clock.now() + timedelta(days=60))


@pytest.mark.parametrize("how", [_with_an_open_run, _with_a_failure_nobody_has_looked_at, _closed_by_a_person_lately])
def test_what_somebody_may_still_want_stays(world: World, how: Any) -> None:
    (run, _) = world.enroll(2)
    finish(world)
    how(world, run)
    later(world)

    move(world)

    assert set(StepRun.objects.values_list("enrollment_id", flat=True)) == {run.enrollment_id}
    assert StepRun.objects.count() == 2  # both runs of the one that stays


def test_a_failure_that_was_left_goes_in_the_next_round(world: World) -> None:
    (run,) = world.enroll(1)
    finish(world)
    _with_a_failure_nobody_has_looked_at(world, run)
    later(world)
    assert move(world).runs == 0

    with transaction.atomic():
        review.leave(world.account.pk, run.pk, by=ADA)
    assert move(world).runs == 0  # it rests after a round
    world.clock.advance(hours=7)

    assert move(world).runs == 2


def test_what_ended_lately_or_still_runs_stays(world: World) -> None:
    world.enroll(1)
    finish(world)
    later(world, days=89)
    world.enroll(1)

    assert move_all(world) == 0


def test_many_portions_move_everything_and_each_enrollment_once(world: World) -> None:
    world.enroll(7)
    finish(world)
    later(world)

    assert [move(world, looked_at=3).enrollments for _ in range(4)] == [3, 3, 1, 0]

    assert ArchivedRun.objects.count() == 14
    assert Enrollment.objects.filter(archived_at=None).count() == 0


def test_those_that_stay_do_not_stand_in_the_way(world: World) -> None:
    runs = world.enroll(6)
    finish(world)
    for run in runs[:4]:
        _with_a_failure_nobody_has_looked_at(world, run)
    later(world)

    assert move_all(world, looked_at=2) == 4


def test_cut_off_in_the_middle_of_a_portion_nothing_is_lost_and_the_next_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.enroll(4)
    finish(world)
    later(world)
    move(world, looked_at=2)
    before = (StepRun.objects.count(), Attempt.objects.count(), ArchivedRun.objects.count())

    def power_cut(label: str) -> None:
        raise RuntimeError(label)

    monkeypatch.setattr(moving.crash, "point", power_cut)
    with pytest.raises(RuntimeError, match="in_archive"):
        move(world, looked_at=2)
    assert (StepRun.objects.count(), Attempt.objects.count(), ArchivedRun.objects.count()) == before
    monkeypatch.undo()

    assert move_all(world, looked_at=2) == 4
    assert ArchivedRun.objects.count() == 8
    assert sum(ArchivedCount.objects.values_list("number", flat=True)) == 8


def test_the_counts_are_what_was_there(world: World) -> None:
    runs = world.enroll(3)
    finish(world)
    StepRun.objects.filter(pk=runs[0].pk).update(state="skipped")
    day = world.clock.now().date()
    later(world)

    move_all(world, looked_at=1)

    week = timedelta(days=7)
    assert reads.counts(world.account.pk, day, day + week) == {"done": 5, "skipped": 1}
    assert reads.counts(world.account.pk, day - week, day) == {}


def test_the_audit_log_says_what_was_moved(world: World) -> None:
    world.enroll(2)
    finish(world)
    later(world)

    move(world)

    row = AuditRow.objects.get(verb="archived")
    assert (row.account_id, row.object_kind) == (world.account.pk, "step_runs")
    assert row.data.items() >= {"enrollments": 2, "runs": 4}.items()


def test_what_was_sent_and_cost_money_is_still_known(world: World) -> None:
    (run,) = world.enroll(1)
    finish(world)
    StepRun.objects.filter(pk=run.pk).update(costly=True)
    since = world.clock.now() - timedelta(days=1)
    later(world)

    move(world)

    account, who = world.account.pk, [run.contact_id]
    assert reads.sent_since(account, who, "postpigeon.mail_card", since) == {run.contact_id}
    assert reads.sent_since(account, who, "postpigeon.mail_card", world.clock.now()) == set()


def test_kept_tries_of_a_moved_run_go(world: World) -> None:
    (run,) = world.enroll(1)
    finish(world)
    Trace.objects.create(run_id=run.pk, fence=1, at=world.clock.now(), data={})
    later(world)

    move(world)

    assert not Trace.objects.exists()


def test_a_round_that_has_come_to_the_end_rests(world: World) -> None:
    move(world)
    assert Archiving.objects.get().rests_until == world.clock.now() + moving.REST

    world.enroll(1)
    finish(world)
    later(world)

    assert move(world).runs == 2  # the rest is over long since
