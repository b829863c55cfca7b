"""Contacts come on a plan and off it: counts first, a word of what happens, and nothing twice."""

from __future__ import annotations

from typing import Any

import pytest

from hub.contacts.query import ContactQuery
from hub.plans import changes, enrollment
from hub.plans.models import Enrollment, Plan, StepRun
from tests.plans.company import ADA, BEN, make_plan
from tests.web.plans.world import address, contact, inputs

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(denver: Any) -> list[Any]:
    """Three contacts, the last without an address."""
    return [contact(denver, "Cleo"), contact(denver, "Samantha"), contact(denver, "Mia", line1="")]


def count(browser: Any, plan: Plan, **form: Any) -> Any:
    """Mark contacts and look at the count."""
    return browser.post(address(plan, "/enroll"), form, follow=True)


def test_the_count_says_who_starts_who_stays_and_what_they_lack(
    browser: Any, denver: Any, plan: Plan, people: list[Any]
) -> None:
    enrollment.enroll(plan, [people[0].pk], by=ADA)
    archived = contact(denver, "Old", archived_at=people[0].created_at)

    page = count(browser, plan, ids=[one.pk for one in (*people, archived)]).content.decode()

    assert "2 contacts would start “Welcome”" in page
    assert "are on it already" in page
    assert "are archived" in page
    assert "1 lacks a complete postal address" in page
    assert "Put only the 1 complete one on it" in page
    assert "Put all 2 on it" in page
    assert Enrollment.objects.count() == 1  # counting changes nothing


def test_confirming_puts_them_on_and_a_second_click_starts_nobody_twice(
    browser: Any, plan: Plan, people: list[Any]
) -> None:
    form = inputs(count(browser, plan, ids=[one.pk for one in people]))

    first = browser.post(address(plan, "/enroll"), form, follow=True)
    second = browser.post(address(plan, "/enroll"), form, follow=True)

    assert "3 contacts were put on “Welcome”" in first.content.decode()
    assert "This was done already; nobody was started twice." in second.content.decode()
    assert Enrollment.objects.count() == 3
    assert StepRun.objects.count() == 3


def test_only_the_complete_ones_when_that_is_asked(browser: Any, plan: Plan, people: list[Any]) -> None:
    form = inputs(count(browser, plan, ids=[one.pk for one in people]))

    report = browser.post(address(plan, "/enroll"), {**form, "only_complete": "1"}, follow=True).content.decode()

    assert "2 contacts were put on “Welcome”" in report
    assert "lack what the steps need" in report
    assert set(Enrollment.objects.values_list("contact_id", flat=True)) == {people[0].pk, people[1].pk}


def test_all_that_match_the_filter_are_counted_not_only_those_on_the_page(
    browser: Any, plan: Plan, people: list[Any]
) -> None:
    page = count(browser, plan, all_matching="1", q="", address="yes").content.decode()

    assert "2 contacts would start “Welcome”" in page


def test_a_selection_handed_over_by_another_page_chooses_a_plan_first(
    browser: Any, denver: Any, plan: Plan, people: list[Any]
) -> None:
    key = _kept(browser, denver, ContactQuery(text="cleo"))

    choice = browser.get(f"/a/{denver.pk}/plans/choose?chosen={key}").content.decode()
    counted = browser.get(address(plan, f"/enroll?chosen={key}")).content.decode()

    assert "Put 1 contact on which plan?" in choice
    assert address(plan, f"/enroll?chosen={key}") in choice
    assert "1 contact would start “Welcome”" in counted


def test_a_selection_of_those_on_another_plan_is_no_more_than_those(
    browser: Any, denver: Any, plan: Plan, people: list[Any]
) -> None:
    other = make_plan(denver, name="Other")
    enrollment.enroll(other, [people[0].pk], by=ADA)
    key = _kept(browser, denver, ContactQuery(on_plan=other.pk))

    choice = browser.get(f"/a/{denver.pk}/plans/choose?chosen={key}").content.decode()
    counted = browser.get(address(plan, f"/enroll?chosen={key}")).content.decode()

    assert "Put 1 contact on which plan?" in choice
    assert "1 contact would start “Welcome”" in counted


def test_a_selection_of_another_account_is_not_at_hand(browser: Any, denver: Any, plan: Plan) -> None:
    session = browser.session
    session["plan_selections"] = {"k": {"account": denver.pk + 1, "query": {}}}
    session.save()

    answer = browser.get(address(plan, "/enroll?chosen=k"))

    assert answer.status_code == 400
    assert "no longer at hand" in answer.content.decode()


def test_a_salesperson_puts_their_own_contacts_on_and_nobody_elses(
    denver: Any, seller: Any, enter: Any, plan: Plan, people: list[Any]
) -> None:
    mine = contact(denver, "Mine", assigned_user=seller)
    browser = enter(seller)

    picker = browser.get(address(plan, "/enroll")).content.decode()
    by_ids = count(browser, plan, ids=[mine.pk, people[0].pk])
    by_filter = count(browser, plan, all_matching="1")
    browser.post(address(plan, "/enroll"), inputs(by_ids))

    assert "Mine" in picker
    assert "Cleo" not in picker
    assert "1 contact would start" in by_ids.content.decode()
    assert "1 contact would start" in by_filter.content.decode()
    assert list(Enrollment.objects.values_list("contact_id", flat=True)) == [mine.pk]


def test_contacts_of_another_account_are_not_counted(browser: Any, plan: Plan) -> None:
    from tests.support.people import make_account

    stranger = contact(make_account("Elsewhere"), "Stranger")

    page = count(browser, plan, ids=[stranger.pk]).content.decode()

    assert "0 contacts would start" in page
    assert "Put 0" not in page


def test_a_draft_takes_nobody_and_says_what_to_do(browser: Any, denver: Any, people: list[Any]) -> None:
    draft = changes.create_plan(denver, "Not yet", by=BEN)

    answer = browser.get(address(draft, "/enroll"))

    assert answer.status_code == 409
    assert "still a draft" in answer.content.decode()


def test_a_standard_user_may_put_contacts_on_a_plan(standard: Any, plan: Plan, people: list[Any]) -> None:
    form = inputs(count(standard, plan, ids=[people[0].pk]))

    assert "1 contact was put on" in standard.post(address(plan, "/enroll"), form, follow=True).content.decode()


def test_a_paused_account_says_that_every_step_would_wait(
    browser: Any, denver: Any, plan: Plan, people: list[Any]
) -> None:
    denver.switch.status = "paused"
    denver.switch.save()

    assert "This account is paused" in count(browser, plan, ids=[people[0].pk]).content.decode()


def test_nobody_marked_is_said(browser: Any, plan: Plan) -> None:
    answer = browser.post(address(plan, "/enroll"), {"ids": []})

    assert answer.status_code == 400
    assert "No contact was marked." in answer.content.decode()


# --- off again ----------------------------------------------------------------------------------------------------


def test_stopping_says_first_what_it_cancels_and_then_does_it(browser: Any, plan: Plan, people: list[Any]) -> None:
    enrollment.enroll(plan, [one.pk for one in people], by=ADA)
    StepRun.objects.filter(contact_id=people[1].pk).update(state="calling")
    ids = list(Enrollment.objects.filter(contact_id__in=[people[0].pk, people[1].pk]).values_list("pk", flat=True))

    asked = browser.post(address(plan, "/stop"), {"ids": ids})
    assert Enrollment.objects.filter(state="stopped").count() == 0

    done = browser.post(address(plan, "/stop"), {"ids": ids, "confirmed": "1", "reason": "Moved away"}, follow=True)

    page = asked.content.decode()
    assert "Take 2 contacts off “Welcome”?" in page
    assert "1 step that waits is cancelled" in page
    assert "1 step is on its way or may have been sent" in page
    assert "2 contacts were taken off the plan." in done.content.decode()
    assert set(Enrollment.objects.filter(state="stopped").values_list("end_reason", flat=True)) == {"Moved away"}


def test_all_that_match_the_search_are_stopped(browser: Any, plan: Plan, people: list[Any]) -> None:
    enrollment.enroll(plan, [one.pk for one in people], by=ADA)

    browser.post(address(plan, "/stop"), {"all_matching": "1", "q": "cleo", "confirmed": "1"})

    assert list(Enrollment.objects.filter(state="stopped").values_list("contact_id", flat=True)) == [people[0].pk]


def test_a_salesperson_sees_and_stops_only_their_own(
    denver: Any, seller: Any, enter: Any, plan: Plan, people: list[Any]
) -> None:
    mine = contact(denver, "Mine", assigned_user=seller)
    enrollment.enroll(plan, [mine.pk, people[0].pk], by=ADA)
    browser = enter(seller)
    theirs = Enrollment.objects.get(contact_id=people[0].pk)

    page = browser.get(address(plan, "/contacts")).content.decode()
    browser.post(address(plan, "/stop"), {"ids": [theirs.pk], "confirmed": "1"})
    browser.post(address(plan, "/stop"), {"all_matching": "1", "confirmed": "1"})

    assert "Mine" in page
    assert "Cleo" not in page
    assert list(Enrollment.objects.filter(state="stopped").values_list("contact_id", flat=True)) == [mine.pk]


def test_the_contacts_of_a_plan_are_searched_and_filtered(browser: Any, plan: Plan, people: list[Any]) -> None:
    enrollment.enroll(plan, [one.pk for one in people], by=ADA)

    found = browser.get(address(plan, "/contacts?q=cleo&state=running")).content.decode()
    none = browser.get(address(plan, "/contacts?state=stopped")).content.decode()

    assert "Cleo" in found
    assert "Samantha" not in found
    assert "Say hello" in found
    assert "Nobody fits" in none


def _kept(browser: Any, account: Any, query: ContactQuery) -> str:
    session = browser.session
    session["plan_selections"] = {"key1": {"account": account.pk, "query": query.to_json()}}
    session.save()
    return "key1"


def test_they_may_start_a_few_at_a_time_and_the_report_says_until_when(
    browser: Any, plan: Plan, people: list[Any]
) -> None:
    form = inputs(count(browser, plan, ids=[one.pk for one in people]))

    report = browser.post(
        address(plan, "/enroll"), {**form, "spread": "hour", "spread_number": "1"}, follow=True
    ).content.decode()

    assert "(1 an hour)" in report
    assert ", for the last of them" in report
    dues = StepRun.objects.order_by("due_at").values_list("due_at", flat=True)
    assert [(due - dues[0]).total_seconds() for due in dues if due and dues[0]] == [0, 3600, 7200]


def test_a_spread_without_a_number_starts_nobody(browser: Any, plan: Plan, people: list[Any]) -> None:
    form = inputs(count(browser, plan, ids=[one.pk for one in people]))

    answer = browser.post(address(plan, "/enroll"), {**form, "spread": "day", "spread_number": "few"})

    assert answer.status_code == 422
    assert "Enter how many start at a time" in answer.content.decode()
    assert not Enrollment.objects.exists()
