"""Very many contacts started a few at a time."""

from __future__ import annotations

from datetime import date, datetime
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from hub.accounts.calendars import Span
from hub.accounts.models import Account
from hub.contacts.models import Contact
from hub.db.errors import Invalid
from hub.plans import changes, enrollment, spreading, versions
from hub.plans.hours import Hours
from hub.plans.models import Enrollment, Plan, StepRun
from hub.plans.rules import PlanRules
from hub.plans.spreading import Spread
from tests.plans.company import ADA, FRIDAY, after, contact, draft_of, make_plan, note_step

DENVER = ZoneInfo("America/Denver")


def people(account: Account, number: int) -> list[Contact]:
    return [contact(account, f"Cleo{n}") for n in range(number)]


def starts(plan: Plan) -> list[str]:
    runs = StepRun.objects.filter(enrollment__plan=plan).order_by("enrollment_id")
    return [f"{run.due_at.astimezone(DENVER):%a %H:%M}" for run in runs if run.due_at]


def office(account: Account, **timing: object) -> Plan:
    """A plan whose steps start in office hours."""
    plan = make_plan(account, note_step(**({"timing": timing["timing"]} if timing else {})))
    draft = versions.save_rules(draft_of(plan), 0, PlanRules(hours=Hours()), by=ADA)
    versions.make_ready(draft, draft.revision, by=ADA)
    return plan


def test_so_many_an_hour_in_the_order_they_were_put_on_it(account: Account) -> None:
    plan = make_plan(account, note_step())

    report = enrollment.enroll(plan, [one.pk for one in people(account, 5)], by=ADA, spread=Spread(number=2))

    assert starts(plan) == ["Fri 10:00", "Fri 10:00", "Fri 11:00", "Fri 11:00", "Fri 12:00"]
    assert (report.spread, report.last_due) == ("2 an hour", FRIDAY.replace(hour=19).isoformat())


def test_a_night_between_two_portions_does_not_let_them_start_together(account: Account) -> None:
    """Ten to five is seven portions; the eighth waits for Monday at nine, and the ninth for ten."""
    plan = office(account)

    enrollment.enroll(plan, [one.pk for one in people(account, 9)], by=ADA, spread=Spread(number=1))

    assert starts(plan)[5:] == ["Fri 15:00", "Fri 16:00", "Mon 09:00", "Mon 10:00"]


def test_a_sleep_of_the_plan_does_not_let_the_portions_wake_together(account: Account) -> None:
    plan = make_plan(account, note_step())
    changes.put_to_sleep(plan, [Span(first=date(2026, 11, 20), last=date(2026, 11, 21))], by=ADA)

    enrollment.enroll(plan, [one.pk for one in people(account, 4)], by=ADA, spread=Spread(number=1))

    assert starts(plan) == ["Sun 00:00", "Sun 01:00", "Sun 02:00", "Sun 03:00"]


def test_a_first_step_at_nine_oclock_does_not_gather_the_portions_again(account: Account) -> None:
    plan = make_plan(account, note_step(timing=after(0, at="9:00")))

    enrollment.enroll(plan, [one.pk for one in people(account, 3)], by=ADA, spread=Spread(number=1))

    assert starts(plan) == ["Sat 09:00", "Sat 10:00", "Sat 11:00"]


def test_the_plan_starts_for_a_contact_when_its_portion_does(account: Account) -> None:
    plan = make_plan(account, note_step())

    enrollment.enroll(plan, [one.pk for one in people(account, 2)], by=ADA, spread=Spread(number=1, per="day"))

    rows = Enrollment.objects.filter(plan=plan).order_by("pk")
    assert [f"{row.started_at:%a %H}" for row in rows] == ["Fri 17", "Sat 17"]


def test_once_a_day_keeps_the_time_of_day_over_the_change_of_clocks() -> None:
    start = datetime(2026, 10, 31, 9, 0, tzinfo=DENVER)

    found = islice(spreading.portions(Spread(number=1, per="day"), start, DENVER, lambda at: at, lambda at: at), 3)

    assert [f"{one.due.astimezone(DENVER):%d %H:%M}" for one in found] == ["31 09:00", "01 09:00", "02 09:00"]


def test_the_same_contacts_get_the_same_times_again(account: Account) -> None:
    first, second = make_plan(account, note_step()), make_plan(account, note_step(), name="Second")
    ids = [one.pk for one in people(account, 7)]

    for plan in (first, second):
        enrollment.enroll(plan, ids, by=ADA, spread=Spread(number=3))

    assert starts(first) == starts(second)


def test_a_start_that_would_take_longer_than_a_year_is_refused_whole(account: Account) -> None:
    plan = make_plan(account, note_step())
    made = people(account, 1)
    Contact.objects.bulk_create(
        Contact(account=account, first_name="Many", created_at=FRIDAY, updated_at=FRIDAY) for _ in range(400)
    )

    with pytest.raises(Invalid), transaction.atomic():
        enrollment.enroll(plan, Contact.objects.filter(account=account), by=ADA, spread=Spread(number=1, per="day"))

    assert made
    assert not Enrollment.objects.filter(plan=plan).exists()
