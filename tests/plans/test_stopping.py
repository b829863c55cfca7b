"""Taking contacts off a plan, and coming to its end."""

from __future__ import annotations

import pytest

from hub.accounts.models import Account
from hub.audit.models import AuditRow
from hub.db import clock
from hub.history.models import Note
from hub.plans import enrollment, stopping
from hub.plans.models import Enrollment, StepRun
from hub.plans.scheduling import EnrollmentEnd
from tests.plans.company import ADA, BEN, contact, make_plan


def enrolled(account: Account, first_name: str = "Cleo") -> Enrollment:
    person = contact(account, first_name)
    plan = make_plan(account, name=f"For {first_name}")
    enrollment.enroll(plan, [person.pk], by=ADA)
    return Enrollment.objects.get(contact_id=person.pk)


@pytest.mark.parametrize("state", ["scheduled", "held", "claimed"])
def test_a_step_that_waits_is_cancelled(account: Account, state: str) -> None:
    row = enrolled(account)
    StepRun.objects.update(state=state, fence=3)

    stopped = stopping.stop(account, [row.pk], reason="Has bought already", by=BEN)

    assert stopped == stopping.Stopped(stopped=1, cancelled=1, being_sent=0)
    row.refresh_from_db()
    assert (row.state, row.ended_at, row.end_reason) == ("stopped", clock.now(), "Has bought already")
    run = StepRun.objects.get()
    assert (run.state, run.fence, run.closed_at) == ("cancelled", 4, clock.now())


@pytest.mark.parametrize("state", ["calling", "unknown"])
def test_a_step_that_may_be_on_its_way_is_only_asked_to_be_the_last(account: Account, state: str) -> None:
    row = enrolled(account)
    StepRun.objects.update(state=state, fence=3)

    stopped = stopping.stop(account, [row.pk], reason="Has bought already", by=BEN)

    assert stopped == stopping.Stopped(stopped=1, cancelled=0, being_sent=1)
    run = StepRun.objects.get()
    assert (run.state, run.fence, run.cancel_requested_at) == (state, 3, clock.now())


def test_a_step_that_waits_for_a_person_is_counted_apart_for_it_does_not_end_by_itself(account: Account) -> None:
    row = enrolled(account)
    StepRun.objects.update(state="review", open_attempts=1)

    stopped = stopping.stop(account, [row.pk], reason="Has bought already", by=BEN)

    assert stopped == stopping.Stopped(stopped=1, with_a_person=1)
    assert StepRun.objects.get().cancel_requested_at == clock.now()


def test_a_step_with_an_open_attempt_is_not_closed_behind_its_back(account: Account) -> None:
    row = enrolled(account)
    StepRun.objects.update(open_attempts=1)

    assert stopping.stop(account, [row.pk], reason="", by=BEN).being_sent == 1
    assert StepRun.objects.get().state == "scheduled"


def test_what_is_done_stays_done(account: Account) -> None:
    row = enrolled(account)
    StepRun.objects.update(state="done", closed_at=clock.now())

    stopping.stop(account, [row.pk], reason="", by=BEN)

    assert StepRun.objects.get().state == "done"


def test_stopping_is_told_in_the_history_and_the_audit(account: Account) -> None:
    rows = [enrolled(account, "Cleo"), enrolled(account, "Dora")]

    stopping.stop(account, [row.pk for row in rows], reason="Moved away", by=BEN)

    notes = Note.objects.filter(kind="plan.stopped").order_by("contact_id")
    assert [(note.data["plan"], note.data["text"], note.actor_label) for note in notes] == [
        ("For Cleo", "Moved away", "Ben Builder"),
        ("For Dora", "Moved away", "Ben Builder"),
    ]
    assert AuditRow.objects.get(verb="stopped").data["stopped"] == 2


def test_stopping_twice_changes_nothing_the_second_time(account: Account) -> None:
    row = enrolled(account)
    stopping.stop(account, [row.pk], reason="First", by=BEN)

    again = stopping.stop(account, [row.pk], reason="Second", by=ADA)

    assert again == stopping.Stopped()
    row.refresh_from_db()
    assert row.end_reason == "First"
    assert Note.objects.filter(kind="plan.stopped").count() == 1


def test_another_accounts_enrollment_is_not_touched(account: Account, elsewhere: Account) -> None:
    row = enrolled(account)

    assert stopping.stop(elsewhere, [row.pk], reason="", by=BEN) == stopping.Stopped()
    row.refresh_from_db()
    assert row.state == "running"
    assert StepRun.objects.get().state == "scheduled"


def test_an_enrollment_that_came_to_its_end_is_told_once(account: Account) -> None:
    row = enrolled(account)
    StepRun.objects.update(state="done", closed_at=clock.now())
    end = EnrollmentEnd(row.pk, account.pk, row.contact_id, clock.now(), row.plan_id)

    assert (stopping.finish([end]), stopping.finish([end])) == (1, 0)
    row.refresh_from_db()
    assert (row.state, row.ended_at) == ("finished", clock.now())
    assert Note.objects.filter(kind="plan.finished").count() == 1
