"""What follows when a step has closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from hub.accounts.models import Account
from hub.plans import effect_key, scheduling, versions
from hub.plans.loading import load_versions
from hub.plans.models import Plan
from hub.plans.scheduling import ClosedRun, EnrollmentEnd, NewRun
from tests.plans.company import ADA, FRIDAY, after, card_step, draft_of, make_plan, note_step

LATER = FRIDAY + timedelta(hours=3)


@pytest.fixture
def plan(account: Account) -> Plan:
    return make_plan(account, note_step(), card_step(timing=after(2, "business_days", at="9:00")), note_step("Last"))


def closed(plan: Plan, seq: int, state: str = "done", enrollment_id: int = 7) -> ClosedRun:
    return ClosedRun(
        enrollment_id=enrollment_id, account_id=plan.account_id, contact_id=5, version_id=plan.versions.get().pk, seq=seq,
        state=state, closed_at=LATER, enrolled_at=FRIDAY, time_zone="America/Denver",
    )  # fmt: skip


def test_the_next_step_is_due_as_its_timing_says(plan: Plan) -> None:
    (run,) = scheduling.successors([closed(plan, 0)], LATER)

    assert isinstance(run, NewRun)
    assert (run.enrollment_id, run.contact_id, run.seq, run.action_type, run.addon) == (7, 5, 1, "post.card", "post")
    assert run.due_at == FRIDAY.replace(day=24, hour=16)  # Tuesday, nine o'clock in Denver
    assert (run.state, run.created_at) == ("scheduled", LATER)
    step = plan.versions.get().steps.get(position=1)
    assert run.plan_step_id == step.pk
    assert run.effect_key == effect_key.of(plan.account_id, "post.card", 5, 7, step.key)


@pytest.mark.parametrize(("since", "anchor"), [("previous", LATER), ("enrollment", FRIDAY)])
def test_it_counts_from_the_anchor_that_was_chosen(account: Account, since: str, anchor: datetime) -> None:
    plan = make_plan(account, note_step(), note_step(timing=after(30, "minutes", since=since)))

    (run,) = scheduling.successors([closed(plan, 0)], LATER)

    assert isinstance(run, NewRun)
    assert run.due_at == anchor + timedelta(minutes=30)


@pytest.mark.parametrize("state", ["done", "failed", "skipped"])
def test_the_plan_goes_on_however_the_step_ended(plan: Plan, state: str) -> None:
    (run,) = scheduling.successors([closed(plan, 0, state)], LATER)

    assert isinstance(run, NewRun)


def test_after_the_last_step_the_enrollment_ends(plan: Plan) -> None:
    assert scheduling.successors([closed(plan, 2)], LATER) == [EnrollmentEnd(7, plan.account_id, 5, LATER, plan.pk)]


def test_a_stopped_enrollment_has_no_next_step(plan: Plan) -> None:
    runs = [replace(closed(plan, 0), running=False), closed(plan, 0, "cancelled")]

    assert scheduling.successors(runs, LATER) == []


def test_a_batch_is_answered_in_its_order(plan: Plan) -> None:
    answers = scheduling.successors([closed(plan, seq, enrollment_id=seq) for seq in (2, 0, 1)], LATER)

    assert [answer.enrollment_id for answer in answers] == [2, 0, 1]


def test_the_same_closing_twice_makes_the_same_key(plan: Plan) -> None:
    first, second = scheduling.successors([closed(plan, 0), closed(plan, 0)], LATER)

    assert isinstance(first, NewRun)
    assert isinstance(second, NewRun)
    assert first.effect_key == second.effect_key
    assert first.id != second.id


def test_a_ready_version_is_read_once(plan: Plan, django_assert_num_queries: object) -> None:
    version = plan.versions.get().pk
    load_versions([version])

    with django_assert_num_queries(0):  # type: ignore[operator]
        load_versions([version])


def test_a_draft_is_read_anew_each_time(plan: Plan) -> None:
    draft = draft_of(plan)
    assert len(load_versions([draft.pk])[draft.pk].steps) == 3

    versions.save_draft(draft, 0, [note_step()], by=ADA)

    assert len(load_versions([draft.pk])[draft.pk].steps) == 1


def test_an_unknown_version_is_left_out(account: Account) -> None:
    assert load_versions([10**9]) == {}
