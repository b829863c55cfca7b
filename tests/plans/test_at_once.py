"""Two people at once: each contact is put on a plan once, each draft is saved by one."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction

from hub.accounts.models import Account
from hub.contacts.models import Contact
from hub.history.models import Note
from hub.plans import changes, enrollment, versions
from hub.plans.models import Enrollment, Plan, PlanStep, StepRun
from tests.plans.company import ADA, BEN, contact, draft_of, make_plan, note_step

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each act returned or raised, each in a transaction and a thread of its own, started together."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        start.wait()
        try:
            with transaction.atomic():
                return act()
        except Exception as trouble:
            return trouble
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result() for future in [pool.submit(run, act) for act in acts]]


@pytest.fixture
def plan(account: Account) -> Plan:
    with transaction.atomic():
        made = make_plan(account)
    for n in range(40):
        contact(account, f"C{n}")
    return made


def test_two_admins_enrol_the_same_people(account: Account, plan: Plan) -> None:
    everybody = Contact.objects.filter(account=account)

    reports = at_once(*[lambda: enrollment.enroll(plan, everybody, by=ADA)] * 4)

    assert sorted(report.enrolled for report in reports) == [0, 0, 0, 40]
    assert sum(report.skipped.get("running", 0) for report in reports) == 120
    assert (Enrollment.objects.count(), StepRun.objects.count(), Note.objects.count()) == (40, 40, 40)


def test_one_click_that_arrives_four_times_has_one_report(account: Account, plan: Plan) -> None:
    everybody = Contact.objects.filter(account=account)

    reports = at_once(*[lambda: enrollment.enroll(plan, everybody, by=ADA, token="click-1")] * 4)

    assert [report.enrolled for report in reports] == [40] * 4
    assert sorted(report.repeated for report in reports) == [False, True, True, True]
    assert len({report.batch_id for report in reports}) == 1


def test_overlapping_selections_do_not_block_each_other_for_ever(account: Account, plan: Plan) -> None:
    ids = list(Contact.objects.order_by("pk").values_list("pk", flat=True))

    reports = at_once(
        lambda: enrollment.enroll(plan, ids[:30], by=ADA), lambda: enrollment.enroll(plan, ids[10:][::-1], by=BEN)
    )

    assert sum(report.enrolled for report in reports) == 40


def test_of_two_tabs_that_save_at_once_one_is_told(account: Account, plan: Plan) -> None:
    with transaction.atomic():
        draft = draft_of(plan)

    outcomes = at_once(
        lambda: versions.save_draft(draft, 0, [note_step("Ada's")], by=ADA),
        lambda: versions.save_draft(draft, 0, [note_step("Ben's")], by=BEN),
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["DraftChanged", "PlanVersion"]
    assert PlanStep.objects.filter(version=draft).count() == 1


def test_two_people_who_begin_to_edit_get_one_draft(account: Account, plan: Plan) -> None:
    drafts = at_once(*[lambda: versions.draft_for_editing(plan, by=ADA)] * 4)

    assert {draft.pk for draft in drafts} == {plan.versions.get(state="draft").pk}


def test_archiving_while_somebody_enrols_leaves_no_half(account: Account, plan: Plan) -> None:
    everybody = Contact.objects.filter(account=account)

    at_once(lambda: enrollment.enroll(plan, everybody, by=ADA), lambda: changes.archive(plan, by=BEN))

    assert Enrollment.objects.count() in (0, 40)
    assert StepRun.objects.count() == Enrollment.objects.count()
