"""The list of plans and a plan's own page: numbers, holds, rules, activity, and what may be done to a plan as a whole."""

from __future__ import annotations

from typing import Any

import pytest

from hub.plans import changes, enrollment
from hub.plans.models import Plan, StepRun
from hub.web.views.plans import pacing
from tests.plans.company import ADA, BEN, draft_of, make_plan, note_step
from tests.web.plans.world import address, contact

pytestmark = pytest.mark.django_db


def test_an_account_without_plans_says_what_to_do_first(browser: Any, standard: Any, denver: Any) -> None:
    mine, theirs = (one.get(f"/a/{denver.pk}/plans").content.decode() for one in (browser, standard))

    assert "No plans yet" in mine
    assert f"/a/{denver.pk}/plans/new" in mine
    assert f"/a/{denver.pk}/plans/new" not in theirs
    assert "An admin of this account makes plans" in theirs


def test_the_list_tells_states_and_numbers(browser: Any, denver: Any, plan: Plan) -> None:
    draft_of(plan)
    changes.create_plan(denver, "Not yet", by=BEN)
    enrollment.enroll(plan, [contact(denver, name).pk for name in ("Cleo", "Sam", "Mia")], by=ADA)
    StepRun.objects.filter(pk=StepRun.objects.first().pk).update(state="held", hold_reason="addon_off")

    page = browser.get(f"/a/{denver.pk}/plans").content.decode()

    row = page[page.index(">Welcome<") :]
    assert "Ready" in row
    assert "Draft" in row
    assert ">3</a>" in row  # on it
    assert '<span class="is-warning">1</span>' in row  # held
    assert "Not yet" in page


def test_plans_are_found_by_name_and_state(browser: Any, denver: Any, plan: Plan) -> None:
    changes.create_plan(denver, "Not yet", by=BEN)

    def names(query: str) -> list[bool]:
        page = browser.get(f"/a/{denver.pk}/plans?{query}").content.decode()
        return ["Welcome<" in page, "Not yet<" in page]

    assert names("q=wel") == [True, False]
    assert names("state=draft") == [False, True]
    assert names("state=archived") == [False, False]
    assert names("q=nothing+like+it") == [False, False]


def test_a_new_plan_opens_in_the_editor(browser: Any, denver: Any, admin: Any) -> None:
    form = {"name": "Win back", "description": "", "reenrollment": "never", "visibility": "private"}

    answer = browser.post(f"/a/{denver.pk}/plans/new", form)

    plan = Plan.objects.get(name="Win back")
    assert answer.url == address(plan, "/edit")
    assert (plan.owner, plan.visibility, plan.reenrollment) == (admin, "private", "never")
    assert "No steps yet" in browser.get(answer.url).content.decode()


def test_a_plan_without_a_name_is_not_made(browser: Any, denver: Any) -> None:
    form = {"name": "  ", "description": "kept", "reenrollment": "never", "visibility": "public"}

    answer = browser.post(f"/a/{denver.pk}/plans/new", form)

    assert answer.status_code == 422
    assert "kept" in answer.content.decode()
    assert not Plan.objects.exists()


def test_name_and_rules_are_changed(browser: Any, plan: Plan) -> None:
    form = {"name": "Hello", "description": "For newcomers", "reenrollment": "always", "visibility": "public"}

    browser.post(address(plan, "/details"), form)

    plan.refresh_from_db()
    assert (plan.name, plan.description, plan.reenrollment) == ("Hello", "For newcomers", "always")


def test_a_copy_is_a_draft_of_the_same_steps(browser: Any, plan: Plan) -> None:
    browser.post(address(plan, "/copy"))

    copy = Plan.objects.exclude(pk=plan.pk).get()
    assert copy.name == "Copy of Welcome"
    assert [step.name for step in copy.versions.get(state="draft").steps.all()] == ["Say hello", "Post a card"]


def test_archiving_says_who_goes_on_and_can_be_taken_back(browser: Any, denver: Any, plan: Plan) -> None:
    enrollment.enroll(plan, [contact(denver).pk], by=ADA)

    asked = browser.get(address(plan, "/archive")).content.decode()
    browser.post(address(plan, "/archive"))

    assert "1 contact is on it and goes on to the end." in asked
    assert "Welcome<" not in browser.get(f"/a/{denver.pk}/plans").content.decode()
    assert "Welcome<" in browser.get(f"/a/{denver.pk}/plans?state=archived").content.decode()
    browser.post(address(plan, "/restore"))
    assert "Welcome<" in browser.get(f"/a/{denver.pk}/plans").content.decode()


def test_the_timeline_tells_who_waits_where_and_why(browser: Any, denver: Any, plan: Plan, friday: Any) -> None:
    enrollment.enroll(plan, [contact(denver, name).pk for name in ("Cleo", "Sam", "Mia")], by=ADA)
    first, second, third = StepRun.objects.order_by("contact_id")
    StepRun.objects.filter(pk=first.pk).update(state="held", hold_reason="addon_off", held_at=friday.now())
    StepRun.objects.filter(pk=second.pk).update(state="review")
    StepRun.objects.filter(pk=third.pk).update(state="failed", closed_at=friday.now())

    page = browser.get(address(plan)).content.decode()

    assert "2 wait here" in page
    assert "1 failed" in page
    assert "1 needs a person" in page
    assert "Add-on off" in page
    assert "An admin can switch the add-on on." in page
    assert "Arrives" in page


def test_a_draft_is_shown_beside_the_ready_version(browser: Any, plan: Plan) -> None:
    from hub.plans import drafting, versions

    draft = draft_of(plan)
    steps = drafting.steps_of(draft)
    versions.save_draft(draft, 0, [steps[0].model_copy(update={"name": "Say hi"}), steps[1]], by=BEN)

    page = browser.get(address(plan, "/changes")).content.decode()

    assert "<del>1. Say hello (Write a note)</del>" in page
    assert "<ins>1. Say hi (Write a note)</ins>" in page
    assert "A draft is waiting" in browser.get(address(plan)).content.decode()


def test_earlier_versions_that_are_still_in_use_are_told(browser: Any, denver: Any, plan: Plan) -> None:
    from hub.plans import versions

    enrollment.enroll(plan, [contact(denver).pk], by=ADA)
    versions.make_ready(draft_of(plan), 0, by=ADA)

    assert "Version 1: 1 contact" in browser.get(address(plan)).content.decode()


def test_the_activity_tells_what_was_done(browser: Any, denver: Any, plan: Plan) -> None:
    enrollment.enroll(plan, [contact(denver).pk], by=ADA)

    page = browser.get(address(plan, "/activity")).content.decode()

    for sentence in ("Made the plan", "Saved the draft: 2 steps", "Made version 1 ready", "Put 1 contact on the plan"):
        assert sentence in page
    assert "Ada Admin" in page


def test_who_may_only_use_plans_is_offered_that_and_nothing_else(standard: Any, browser: Any, plan: Plan) -> None:
    mine, theirs = browser.get(address(plan)).content.decode(), standard.get(address(plan)).content.decode()

    for offered in (
        address(plan, "/start-draft"),
        address(plan, "/details"),
        address(plan, "/archive"),
        address(plan, "/copy"),
    ):
        assert offered in mine
        assert offered not in theirs
    assert address(plan, "/enroll") in theirs


def test_a_foreign_plan_is_not_there(browser: Any, denver: Any) -> None:
    from tests.support.people import make_account

    elsewhere = changes.create_plan(make_account("Elsewhere"), "Theirs", by=BEN)

    assert browser.get(f"/a/{denver.pk}/plans/{elsewhere.pk}").status_code == 404
    assert browser.post(f"/a/{denver.pk}/plans/{elsewhere.pk}/archive").status_code == 404
    assert browser.get(f"/a/{denver.pk}/plans/{10**18}").status_code == 404


def test_who_may_only_make_plans_of_their_own_edits_those_and_no_others(denver: Any, enter: Any, plan: Plan) -> None:
    from tests.support.people import make_user

    member = make_user(denver, "member")
    browser = enter(member)
    mine = make_plan(denver, note_step(), name="Mine", owner=member)

    assert browser.get(address(mine, "/details")).status_code == 200
    assert browser.get(address(plan, "/details")).status_code == 403
    assert "Go on editing" not in browser.get(address(plan)).content.decode()


def test_the_list_asks_the_database_as_often_for_many_plans_as_for_few(
    browser: Any, denver: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(12):
        changes.create_plan(denver, f"Plan {number}", by=BEN)
    browser.get(f"/a/{denver.pk}/plans")

    with django_assert_max_num_queries(24):
        browser.get(f"/a/{denver.pk}/plans")


def test_the_plan_says_how_long_its_vendors_limit_makes_many_contacts_take(
    browser: Any, denver: Any, plan: Plan
) -> None:
    page = browser.get(address(plan)).content.decode()

    assert "Post Office takes 60 a minute: a step of 500 contacts takes about 9 minutes." in page


def test_a_plan_whose_vendors_make_nobody_wait_says_nothing_of_it(browser: Any, denver: Any) -> None:
    page = browser.get(address(make_plan(denver, note_step()))).content.decode()

    assert "takes about" not in page


@pytest.mark.parametrize(
    ("contacts", "told"),
    [
        (60, []),
        (61, ["Post Office takes 60 a minute: a step of 61 contacts takes about 2 minutes."]),
        (9000, ["Post Office takes 60 a minute: a step of 9,000 contacts takes about 3 hours."]),
    ],
)
def test_only_what_is_noticed_is_said(plan: Plan, contacts: int, told: list[str]) -> None:
    assert pacing.lines(plan.versions.get(state="ready"), contacts) == told
