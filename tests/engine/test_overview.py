"""The engine at a glance: days in the account's own zone, what comes, what waits."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db.models import QuerySet

from hub.contacts.models import Contact
from hub.engine import overview, reads
from hub.plans.models import StepRun
from tests.support.people import make_account

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 2, 15, tzinfo=UTC)
DENVER = ZoneInfo("America/Denver")


def run(account, state: str, contact_id: int = 1, addon: str = "note", **more) -> StepRun:
    from hub.plans.models import Enrollment, Plan, PlanStep, PlanVersion

    plan = Plan.objects.create(account=account, name="Plan", created_at=NOW)
    version = PlanVersion.objects.create(plan=plan, number=1, made_at=NOW, saved_at=NOW)
    step = PlanStep.objects.create(version=version, position=0, action_type=f"{addon}.do", name="Do")
    enrollment = Enrollment.objects.create(
        account=account, plan=plan, version=version, contact_id=contact_id, started_at=NOW
    )
    return StepRun.objects.create(
        account=account, enrollment=enrollment, contact_id=contact_id, plan_step=step, seq=0, action_type=f"{addon}.do",
        addon=addon, state=state, effect_key=uuid.uuid4().hex, created_at=NOW, **more,
    )  # fmt: skip


def test_a_day_is_a_day_of_the_accounts_zone_also_when_clocks_change() -> None:
    account = make_account()
    run(account, "done", closed_at=datetime(2026, 11, 1, 5, 59, tzinfo=UTC))  # 31 October, 23:59 in Denver
    run(account, "done", closed_at=datetime(2026, 11, 1, 6, 0, tzinfo=UTC))  # 1 November, 00:00, a day of 25 hours
    run(account, "failed", closed_at=datetime(2026, 11, 2, 6, 59, tzinfo=UTC))  # 1 November, 23:59
    run(account, "done", closed_at=datetime(2026, 11, 2, 7, 0, tzinfo=UTC))  # 2 November, 00:00

    days = overview.closed_by_day(account.pk, DENVER, NOW, days=3)

    assert days == [
        overview.Day(date(2026, 10, 31), 1, 0),
        overview.Day(date(2026, 11, 1), 1, 1),
        overview.Day(date(2026, 11, 2), 1, 0),
    ]


def test_what_comes_is_counted_and_its_first_are_shown_in_order() -> None:
    account = make_account()
    for hours in range(9, 0, -1):
        run(account, "scheduled", due_at=NOW + timedelta(hours=hours))
    run(account, "scheduled", due_at=NOW + timedelta(days=2))

    number, first = overview.coming(account.pk, NOW, timedelta(hours=24))

    assert number == 9
    assert [one.due_at for one in first] == [NOW + timedelta(hours=hours) for hours in range(1, 7)]
    assert overview.scheduled(account.pk) == 10


def test_what_waits_is_joined_by_reason_with_its_oldest_and_its_addons() -> None:
    account, other = make_account(), make_account("Other")
    run(account, "held", addon="a", hold_reason="connection", held_at=NOW - timedelta(hours=1))
    run(account, "held", addon="b", hold_reason="connection", held_at=NOW - timedelta(hours=9))
    run(account, "held", addon="a", hold_reason="rate", held_at=NOW)
    run(other, "held", addon="a", hold_reason="connection", held_at=NOW)

    waits = overview.waits(account.pk)

    assert waits.held == [
        overview.Group("connection", 2, NOW - timedelta(hours=9), ("a", "b")),
        overview.Group("rate", 1, NOW, ("a",)),
    ]
    assert waits.for_people == []


def test_what_is_late_is_for_a_person_and_what_was_refused_is_counted_until_somebody_settles_it() -> None:
    account = make_account()
    run(account, "held", addon="a", hold_reason="late", held_at=NOW)
    run(account, "failed", hold_reason="missing")
    run(account, "failed", hold_reason="retried")
    run(account, "failed", hold_reason="left")

    waits = overview.waits(account.pk)

    assert waits.held == []
    assert [group.code for group in waits.for_people] == ["late"]
    assert waits.refused == 1


def test_whose_turn_it_is_comes_to_the_number_that_the_rail_counts_by_itself() -> None:
    account = make_account()
    for state, code in (
        ("held", "late"), ("held", "connection"), ("review", "unclear"), ("review", "late"), ("failed", "missing"),
        ("failed", "late"), ("failed", "retried"),
    ):  # fmt: skip
        run(account, state, hold_reason=code, held_at=NOW)

    waits = overview.waits(account.pk)

    for codes, number in (({"late"}, 3), ({"connection"}, 0), ({"late", "unclear", "missing"}, 5), (set[str](), 0)):
        assert waits.for_whom(codes) == reads.waiting_for(account.pk, codes) == number


def test_only_the_steps_of_some_contacts_count_for_those_who_see_only_these() -> None:
    account = make_account()
    mine = Contact.objects.create(account=account, first_name="Mine", created_at=NOW, updated_at=NOW)
    run(account, "review", contact_id=mine.pk, hold_reason="unclear", held_at=NOW)
    run(account, "review", contact_id=mine.pk + 1, hold_reason="unclear", held_at=NOW)

    assert overview.waits(account.pk, Contact.objects.filter(pk=mine.pk)).for_people[0].count == 1
    assert overview.waits(account.pk).for_people[0].count == 2


def test_the_days_count_the_steps_of_some_contacts_and_of_nobody_where_nobody_is_seen() -> None:
    account = make_account()
    mine = Contact.objects.create(account=account, first_name="Mine", created_at=NOW, updated_at=NOW)
    for contact_id, state in ((mine.pk, "done"), (mine.pk + 1, "done"), (mine.pk + 1, "failed")):
        run(account, state, contact_id=contact_id, closed_at=NOW)

    def today(among: QuerySet[Contact] | None) -> overview.Day:
        return overview.closed_by_day(account.pk, DENVER, NOW, among=among)[-1]

    day = date(2026, 11, 2)
    assert today(None) == overview.Day(day, 2, 1)
    assert today(Contact.objects.filter(account=account, first_name__startswith="Mi")) == overview.Day(day, 1, 0)
    assert today(Contact.objects.none()) == overview.Day(day, 0, 0)
