"""Who is on a plan, what they wait for, and what stopping them would cancel."""

from __future__ import annotations

import pytest

from hub.accounts.models import Account
from hub.contacts.models import Contact
from hub.db import clock
from hub.plans import drafting, enrollment, occupancy, stopping
from hub.plans.models import Enrollment, Plan, StepRun
from tests.plans.company import ADA, contact, make_plan


@pytest.fixture
def plan(account: Account) -> Plan:
    made = make_plan(account)
    people = [contact(account, name) for name in ("Cleo", "Dora", "Emil")]
    enrollment.enroll(made, [person.pk for person in people], by=ADA)
    return made


def run_of(first_name: str) -> StepRun:
    return StepRun.objects.get(contact_id=Contact.objects.get(first_name=first_name).pk)


def test_each_contact_is_listed_with_the_step_it_stands_at(plan: Plan) -> None:
    rows, following = occupancy.page(occupancy.enrollments(plan, Contact.objects.all()), None)

    assert {(row.contact.first_name, row.step) for row in rows if row.contact} == {
        ("Cleo", "Say hello"), ("Dora", "Say hello"), ("Emil", "Say hello"),
    }  # fmt: skip
    assert following == ""


def test_whom_the_asking_person_may_not_see_is_not_on_the_list(plan: Plan) -> None:
    visible = Contact.objects.filter(first_name="Dora")

    rows, _following = occupancy.page(occupancy.enrollments(plan, visible, "running"), None)

    assert [row.contact.first_name for row in rows if row.contact] == ["Dora"]
    assert occupancy.numbers(plan, visible) == {"running": 1, "finished": 0, "stopped": 0}


def test_held_steps_are_told_by_cause_the_largest_first(plan: Plan) -> None:
    StepRun.objects.update(state="held", hold_reason="addon_off", hold_detail="Desk is off.", held_at=clock.now())
    StepRun.objects.filter(pk=run_of("Emil").pk).update(hold_reason="late")

    (held,) = occupancy.held_at(plan).values()

    assert [(cause.reason, cause.count, cause.since) for cause in held] == [
        ("addon_off", 2, clock.now()),
        ("late", 1, clock.now()),
    ]
    assert list(occupancy.held_at(plan)) == [drafting.steps_of(plan.versions.get())[0].key]


def test_what_stopping_would_do_is_what_it_does(account: Account, plan: Plan) -> None:
    StepRun.objects.filter(pk=run_of("Cleo").pk).update(state="calling")
    StepRun.objects.filter(pk=run_of("Dora").pk).update(open_attempts=1)
    rows = Enrollment.objects.filter(plan=plan)

    said = occupancy.stopping(rows)
    did = stopping.stop(account, occupancy.of_ids(account, plan, rows.values_list("pk", flat=True)), reason="", by=ADA)

    assert (said.running, said.cancelled, said.being_sent) == (did.stopped, did.cancelled, did.being_sent) == (3, 1, 2)


def test_ids_that_are_none_are_left_out(account: Account, elsewhere: Account, plan: Plan) -> None:
    one = Enrollment.objects.order_by("pk")[0].pk

    assert occupancy.of_ids(account, plan, [one, str(one), "x", "", "²", -1, 10**30, None]) == [one]
    assert occupancy.of_ids(elsewhere, plan, [one]) == []
