"""In the engine: a step waits for its hours, on whose clock, and goes on by itself; a late one asks or is skipped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from hub.accounts import changes as accounts
from hub.accounts.calendars import Calendar, Quiet, Span
from hub.audit.actor import SYSTEM
from hub.dispatch.gate import Hold
from hub.engine import review, waking
from hub.history.models import Note
from hub.plans import changes, enrollment, versions
from hub.plans.hours import Hours
from hub.plans.models import Plan, PlanStep, StepRun
from hub.plans.rules import PlanRules
from tests.engine.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)

NIGHT = Quiet(begins=time(8), ends=time(20))
"""Quiet in the day, for the world's clock begins on a Monday at nine o'clock, UTC."""


@pytest.fixture
def world() -> Iterator[World]:
    with make_world() as made:
        yield made


@transaction.atomic
def ready(world: World, says: PlanRules = PlanRules(), **step: Any) -> Plan:  # noqa: B008  # it is frozen
    """A plan of one step, a note at once."""
    plan = changes.create_plan(world.account, "Hello", by=SYSTEM)
    draft = versions.save_rules(plan.versions.get(), 0, says, by=SYSTEM)
    given = {"action_type": "steps.note", "name": "Note it", "options": {"text": "Hello"}, **step}
    draft = versions.save_draft(draft, draft.revision, [given], by=SYSTEM)
    versions.make_ready(draft, draft.revision, by=SYSTEM)
    return plan


def start(world: World, plan: Plan, *people: dict[str, Any]) -> list[StepRun]:
    contacts = [world.contacts(1, **values)[0] for values in people or ({},)]
    with transaction.atomic():
        enrollment.enroll(plan, [person.pk for person in contacts], by=SYSTEM, now=world.clock.now())
    return list(StepRun.objects.filter(enrollment__plan=plan).order_by("contact_id"))


@transaction.atomic
def set_calendar(world: World, **values: Any) -> None:
    accounts.set_calendar(world.account, Calendar(**values), by=SYSTEM)


def test_each_contacts_first_step_is_due_on_their_own_clock(world: World) -> None:
    plan = ready(world, PlanRules(clock="contact"), timing={"kind": "after", "amount": 0, "unit": "days", "at": "9:00"})

    runs = start(world, plan, {"state": "NY"}, {"state": "CA"}, {"state": "TX"})

    assert [f"{run.due_at:%d %H:%M}" for run in runs] == ["02 14:00", "02 17:00", "02 09:00"]  # Texas is not known


def test_a_plan_on_the_accounts_clock_asks_nobody_where_they_are(world: World) -> None:
    plan = ready(world, PlanRules(hours=Hours(opens=time(10))))

    with CaptureQueriesContext(
        connection,
    ) as asked:
        runs = start(world, plan, {"state": "NY"}, {"state": "CA"})

    assert {f"{run.due_at:%d %H:%M}" for run in runs} == {"02 10:00"}
    assert not [query for query in asked if "phone_cell" in query["sql"] and "SELECT" in query["sql"][:10]]


def test_quiet_hours_that_begin_later_are_kept_when_the_step_starts(world: World) -> None:
    (run,) = start(world, ready(world))
    set_calendar(world, quiet=NIGHT)

    world.work()

    run.refresh_from_db()
    assert (run.state, run.hold_reason, run.attempts) == ("scheduled", Hold.HOURS, 0)
    assert f"{run.due_at:%d %H:%M}" == "02 20:00"
    assert not Note.objects.filter(kind="step.retrying").exists()

    world.clock.advance(hours=11)
    world.work()

    run.refresh_from_db()
    assert (run.state, run.hold_reason) == ("done", "")


def test_a_step_at_any_hour_does_not_keep_quiet_but_sleeps_with_the_account(world: World) -> None:
    set_calendar(world, quiet=NIGHT, pauses=[Span(first=date(2026, 3, 3), last=date(2026, 3, 4))])
    plan = ready(world, hours={"kind": "any"})

    (run,) = start(world, plan)
    world.work()
    run.refresh_from_db()
    assert run.state == "done"

    world.clock.advance(days=1)
    (_first, second) = start(world, plan, {})
    assert f"{second.due_at:%d %H:%M}" == "05 00:00"


def test_a_plan_put_to_sleep_holds_whoever_is_on_it_and_wakes_by_itself(world: World) -> None:
    plan = ready(world)
    (run,) = start(world, plan)
    with transaction.atomic():
        changes.put_to_sleep(plan, [Span(first=date(2026, 3, 1), last=date(2026, 3, 5), name="Moving")], by=SYSTEM)

    world.work()
    run.refresh_from_db()
    assert (run.state, run.hold_detail) == ("scheduled", "The plan sleeps Sun 1 Mar 2026 – Thu 5 Mar 2026 (Moving).")

    world.clock.advance(days=4)
    world.work()
    run.refresh_from_db()
    assert run.state == "done"


@pytest.mark.parametrize(
    ("late", "state", "reason"),
    [
        ({}, "done", ""),
        ({"late_hours": 4}, "held", "late"),
        ({"late_hours": 4, "when_late": "skip"}, "skipped", "late"),
        ({"late_hours": 6, "when_late": "skip"}, "done", ""),
    ],
)
def test_a_late_step_runs_asks_or_is_skipped_as_it_says(
    world: World, late: dict[str, Any], state: str, reason: str
) -> None:
    (run,) = start(world, ready(world, **late))

    world.clock.advance(timedelta(hours=5))
    world.work()

    run.refresh_from_db()
    assert (run.state, run.hold_reason) == (state, reason)


def test_a_plan_that_is_woken_goes_on_at_once(world: World) -> None:
    plan = ready(world)
    (run,) = start(world, plan)
    with transaction.atomic():
        changes.put_to_sleep(plan, [Span(first=date(2026, 3, 1), last=date(2026, 3, 20))], by=SYSTEM)
    world.work()

    with transaction.atomic():
        changes.put_to_sleep(plan, [Span(first=date(2026, 3, 1), last=date(2026, 3, 5))], by=SYSTEM)
        assert waking.of_plan(plan) == 1
    world.work()
    run.refresh_from_db()
    assert (run.state, f"{run.due_at:%d %H:%M}") == ("scheduled", "06 00:00")
    assert run.hold_detail == "The plan sleeps Sun 1 Mar 2026 – Thu 5 Mar 2026."

    with transaction.atomic():
        changes.put_to_sleep(plan, [], by=SYSTEM)
        waking.of_plan(plan)
    world.work()
    run.refresh_from_db()
    assert (run.state, run.closed_at) == ("done", world.clock.now())


def test_a_step_that_waits_for_its_own_time_is_not_woken_with_the_plan(world: World) -> None:
    plan = ready(world, timing={"kind": "after", "amount": 2, "unit": "days"})
    (run,) = start(world, plan)

    assert waking.of_plan(plan) == 0
    assert waking.of_account(world.account) == 0
    run.refresh_from_db()
    assert f"{run.due_at:%d %H:%M}" == "04 09:00"


def test_what_waits_for_quiet_hours_that_are_no_more_goes_on_at_once(world: World) -> None:
    (run,) = start(world, ready(world))
    set_calendar(world, quiet=NIGHT)
    world.work()

    set_calendar(world)
    with transaction.atomic():
        assert waking.of_account(world.account) == 1
    world.account.refresh_from_db()
    world.work()

    run.refresh_from_db()
    assert run.state == "done"


def test_a_skipped_step_leaves_a_line_and_lets_the_plan_go_on(world: World) -> None:
    (run,) = start(world, ready(world, late_hours=1, when_late="skip"))
    world.clock.advance(hours=2)

    world.work()

    kinds = list(Note.objects.filter(contact_id=run.contact_id).order_by("id").values_list("kind", flat=True))
    assert kinds == ["plan.started", "step.skipped", "plan.finished"]


def test_a_late_step_that_a_person_lets_start_waits_for_its_hours_and_asks_no_second_time(world: World) -> None:
    (run,) = start(world, ready(world, PlanRules(hours=Hours()), late_hours=2))
    world.clock.advance(hours=9)
    world.work()
    run.refresh_from_db()
    assert (run.state, run.hold_reason) == ("held", Hold.LATE)

    with transaction.atomic():
        review.run_now(world.account.pk, run.pk, by=SYSTEM)
    world.work()
    run.refresh_from_db()
    assert (run.state, f"{run.due_at:%a %H:%M}") == ("scheduled", "Tue 09:00")

    world.clock.advance(hours=15)
    world.work()
    run.refresh_from_db()
    assert run.state == "done"


def test_versions_keep_the_rules_they_were_made_ready_with(world: World) -> None:
    plan = ready(world, PlanRules(hours=Hours()))

    with transaction.atomic():
        draft = versions.draft_for_editing(plan, by=SYSTEM)
        versions.save_rules(draft, draft.revision, PlanRules(), by=SYSTEM)

    assert plan.versions.get(state="ready").rules != plan.versions.get(state="draft").rules
    assert PlanStep.objects.filter(version__plan=plan).count() == 2
    assert changes.copy_plan(plan, by=SYSTEM).versions.get().rules == plan.versions.get(state="ready").rules
