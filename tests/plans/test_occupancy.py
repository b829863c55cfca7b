"""Who is on a plan, what is held where, and what stopping would cancel."""

from __future__ import annotations

from typing import Any

import pytest

from hub.contacts.models import Contact
from hub.plans import enrollment, occupancy, stopping
from hub.plans.models import Enrollment, StepRun
from tests.plans.company import ADA, contact, make_plan

pytestmark = pytest.mark.django_db


@pytest.fixture
def three(account: Any) -> tuple[Any, list[Any]]:
    """A plan with three contacts on it."""
    plan = make_plan(account)
    people = [contact(account, name) for name in ("Cleo", "Sam", "Mia")]
    enrollment.enroll(plan, [one.pk for one in people], by=ADA)
    return plan, people


def test_a_page_tells_each_contact_and_the_step_it_stands_at(three: Any) -> None:
    plan, people = three

    first, found = occupancy.page(occupancy.enrollments(plan, None), None, size=2)
    rest, end = occupancy.page(occupancy.enrollments(plan, None), found.next, size=2)

    assert [one.contact for one in (*first, *rest)] == people[::-1]
    assert {one.step for one in first} == {"Say hello"}
    assert end.next is None
    assert occupancy.page(occupancy.enrollments(plan, None), end.previous, size=2)[0] == first


def test_only_the_contacts_that_are_asked_for_are_told(three: Any) -> None:
    plan, people = three
    mine = Contact.objects.filter(pk=people[1].pk)

    assert [row.contact_id for row in occupancy.enrollments(plan, mine)] == [people[1].pk]
    assert occupancy.numbers(plan, mine) == {"running": 1, "finished": 0, "stopped": 0}


def test_holds_are_told_by_step_the_largest_first(three: Any, friday: Any) -> None:
    plan, people = three
    held = StepRun.objects.filter(contact_id__in=[people[0].pk, people[1].pk])
    held.update(state="held", hold_reason="addon_off", held_at=friday.now())
    StepRun.objects.filter(contact_id=people[2].pk).update(state="held", hold_reason="late", held_at=friday.now())

    (holds,) = occupancy.held_at(plan).values()

    assert [(hold.reason, hold.count) for hold in holds] == [("addon_off", 2), ("late", 1)]


def test_what_stopping_says_is_what_stopping_does(account: Any, three: Any) -> None:
    plan, people = three
    StepRun.objects.filter(contact_id=people[0].pk).update(state="calling")
    StepRun.objects.filter(contact_id=people[1].pk).update(state="review", open_attempts=1)
    rows = occupancy.enrollments(plan, None)

    said = occupancy.stopping(rows)
    done = stopping.stop(account, rows.values_list("pk", flat=True), reason="enough", by=ADA)

    assert said == occupancy.Stopping(running=3, cancelled=1, being_sent=1, with_a_person=1)
    assert done == stopping.Stopped(stopped=3, cancelled=1, being_sent=1, with_a_person=1)
    assert occupancy.stopping(rows) == occupancy.Stopping()


def test_ids_of_another_plan_and_no_ids_at_all_are_left_out(account: Any, three: Any) -> None:
    plan, people = three
    other = make_plan(account, name="Other")
    enrollment.enroll(other, [people[0].pk], by=ADA)
    ids = list(Enrollment.objects.order_by("pk").values_list("pk", flat=True))

    assert occupancy.of_ids(account, plan, [*ids, "x", "-1", "9" * 40, ""]) == ids[:3]
