"""Steps whose parcel must be there by a day: counted backwards, by a date or by the contact's own day of every year."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hub.accounts.calendars import Calendar, Span
from hub.accounts.models import Account
from hub.contacts.models import CustomField
from hub.plans import anniversaries, checking, drafting, moments, preview, timing, versions, workdays
from hub.plans.anniversaries import Anniversary
from hub.plans.drafting import StepDraft
from hub.plans.hours import Hours
from hub.plans.moments import Clock
from hub.plans.rules import PlanRules
from hub.plans.timing import Arrive
from hub.plans.whereabouts import Person
from tests.plans.company import ADA, FRIDAY, card_step, contact, draft_of, make_plan

DENVER = ZoneInfo("America/Denver")
US = Calendar(country="US")
CHRISTMAS_EVE = date(2026, 12, 24)


def due(when: Arrive, start: str, clock: Clock | None = None, birthday: str = "") -> str:
    person = Person(fields={"Birthday": birthday})
    at = datetime.fromisoformat(start).replace(tzinfo=DENVER)
    step = StepDraft(action_type="post.card", name="Card", timing=when)
    here = clock or Clock(DENVER, US, person=person)
    return f"{moments.due(step, here, previous=at, enrolled=at).astimezone(DENVER):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("lead", "unit", "by", "expected"),
    [
        (5, "business_days", CHRISTMAS_EVE, "2026-12-17 09:00"),  # Thursday to Thursday
        (5, "business_days", date(2026, 11, 30), "2026-11-20 09:00"),  # Thanksgiving and a weekend lie between
        (5, "business_days", date(2026, 11, 29), "2026-11-19 09:00"),  # a Sunday: there by the Friday before
        (0, "business_days", date(2026, 12, 25), "2026-12-24 09:00"),  # nothing is brought on Christmas Day
        (3, "days", CHRISTMAS_EVE, "2026-12-21 09:00"),
        (1, "days", date(2028, 3, 1), "2028-02-29 09:00"),
    ],
)
def test_it_leaves_on_the_last_day_that_is_early_enough(lead: int, unit: Any, by: date, expected: str) -> None:
    assert due(Arrive(date=by, lead=lead, unit=unit), "2026-11-02 10:00") == expected


@pytest.mark.parametrize(
    ("birthday", "start", "expected"),
    [
        ("1990-12-24", "2026-11-02 10:00", "2026-12-17 09:00"),
        ("12/24/1990", "2026-12-17 18:00", "2026-12-17 09:00"),  # the very day: it leaves at once and is there in time
        ("24.12.1990", "2026-12-18 08:00", "2027-12-16 09:00"),  # too late for this year; in the next the 24th is shut
        (
            "1992-02-29",
            "2026-11-02 10:00",
            "2027-02-19 09:00",
        ),  # the 28th in a common year, a Sunday, and Presidents' Day
        ("1992-02-29", "2027-12-01 10:00", "2028-02-22 09:00"),
        ("someday", "2026-11-02 10:00", "2026-11-02 10:00"),  # at once, so that it is told
    ],
)
def test_a_birthday_comes_again_every_year(birthday: str, start: str, expected: str) -> None:
    assert due(Arrive(field="Birthday", lead=5), start, birthday=birthday) == expected


def test_where_the_days_before_are_closed_it_rather_leaves_earlier() -> None:
    by_hours = Clock(DENVER, US, PlanRules(hours=Hours(days=(1,), opens=time(10), closes=time(12))))

    assert due(Arrive(date=CHRISTMAS_EVE, lead=5), "2026-11-02 10:00", by_hours) == "2026-12-15 10:00"


def test_it_leaves_before_the_account_sleeps() -> None:
    asleep = Clock(DENVER, Calendar(pauses=(Span(first=date(2026, 12, 10), last=date(2026, 12, 20)),)))

    assert due(Arrive(date=CHRISTMAS_EVE, lead=5), "2026-11-02 10:00", asleep) == "2026-12-09 09:00"


days = st.dates(date(2024, 1, 1), date(2032, 1, 1))


@given(days, st.integers(0, 30))
def test_what_is_counted_backwards_arrives_in_time_and_a_day_later_would_not(by: date, lead: int) -> None:
    leaves = workdays.back(by, lead, US.is_working_day)

    assert workdays.add(leaves, lead, US.is_working_day) <= by
    following = workdays.on_or_after(leaves + timing.timedelta(days=1), US.is_working_day)
    assert workdays.add(following, lead, US.is_working_day) > by


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1990-05-17", Anniversary(5, 17)), ("--05-17", Anniversary(5, 17)), ("1990-05-17T00:00:00Z", Anniversary(5, 17)),
        ("5/17/1990", Anniversary(5, 17)), ("5/17", Anniversary(5, 17)), ("17.5.1990", Anniversary(5, 17)),
        ("17. 5.", Anniversary(5, 17)), ("2/29", Anniversary(2, 29)), ("2/30", None), ("17/5", None), ("May", None), ("", None),
    ],
)  # fmt: skip
def test_days_are_read_as_people_write_them(text: str, expected: Anniversary | None) -> None:
    assert anniversaries.read(text) == expected


# --- shown and checked --------------------------------------------------------------------------------------------


def arrives(**values: Any) -> dict[str, Any]:
    return {"kind": "arrive", "lead": 5, **values}


def test_the_preview_tells_who_has_no_such_day(account: Account) -> None:
    CustomField.objects.create(account=account, label="Birthday", key="birthday", created_at=FRIDAY)
    plan = make_plan(account, card_step(timing=arrives(field="Birthday")))

    (lacking,) = preview.of(plan.versions.get(), contact(account), FRIDAY).steps
    (known,) = preview.of(plan.versions.get(), contact(account, "Sam", custom={"Birthday": "12/24"}), FRIDAY).steps

    assert "The contact lacks a date in the field “Birthday”, so this step would fail." in lacking.problems
    assert (f"{known.local:%d %b}", known.problems, known.warnings) == ("17 Dec", (), ())
    assert known.timing == "so that it arrives by the contact's Birthday (5 business days on the way), at 9:00"


def test_the_preview_warns_of_what_comes_too_late(account: Account) -> None:
    plan = make_plan(account, card_step(timing=arrives(date="2026-11-25")))

    (step,) = preview.of(plan.versions.get(), contact(account), FRIDAY).steps

    assert "It would arrive after Wed 25 Nov 2026, by which it is meant to be there." in step.warnings


def test_ready_asks_for_the_field_and_warns_of_too_little_time(account: Account) -> None:
    plan = make_plan(account)
    given = [card_step(timing=arrives(field="Birthday", lead=2))]
    draft = versions.save_draft(draft_of(plan), 0, given, by=ADA)

    verdict = versions.review(draft)

    assert [(one.field, one.sentence) for one in verdict.problems] == [
        ("timing.field", "Contacts have no field “Birthday”. Choose another, or make it under Lists.")
    ]
    assert [one.sentence for one in verdict.warnings] == [
        "What it sends takes 3–5 business days, so it may arrive too late."
    ]
    assert drafting.steps_of(draft)[0].timing == Arrive(field="Birthday", lead=2)


@pytest.mark.parametrize(
    "wrong",
    [{}, {"date": "2026-12-24", "field": "Birthday"}, {"date": "0026-12-24"}, {"field": "Birthday", "lead": -1}],
)
def test_by_a_day_needs_one_day(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        timing.read({"kind": "arrive", **wrong})


def test_a_wrong_field_is_named_by_its_own_path() -> None:
    with pytest.raises(checking.PlanProblems) as told:
        checking.parse([card_step(timing={"kind": "arrive", "date": "soon"})])

    assert list(told.value.fields) == ["steps.1.timing.date"]
