"""Goals, reasons to stop, and the next plan, in the editor."""

from __future__ import annotations

from typing import Any

import pytest

from hub.plans import changes, rules
from hub.plans.conditions import FieldIs, HasTag
from hub.plans.models import Plan
from hub.plans.rules import PlanRules, StopRule
from tests.plans.company import ADA, make_plan
from tests.web.plans.world import address, inputs, started

pytestmark = pytest.mark.django_db

ROWS = {
    "stops.kind": ["tag", "field", ""], "stops.name": ["Joined", "Member", ""], "stops.value": ["", "yes", ""],
    "stops.goal": ["1", "", "1"],
}  # fmt: skip


def text(answer: Any) -> str:
    return str(answer.content.decode())


def said(plan: Plan) -> PlanRules:
    return rules.read(plan.versions.get(state="draft").rules)


def base_of(browser: Any, plan: Plan) -> str:
    return inputs(browser.get(address(plan, "/edit/goals")))["base"]


def test_goals_and_the_next_plan_are_saved_shown_again_and_compared(browser: Any, plan: Plan, denver: Any) -> None:
    second = make_plan(denver, name="Second")
    started(plan)

    form = {**ROWS, "next_plan": str(second.pk), "base": base_of(browser, plan)}
    answer = browser.post(address(plan, "/edit/goals"), form)

    assert answer.url == address(plan, "/edit")
    assert said(plan).stops == (
        StopRule(when=HasTag(name="Joined"), goal=True), StopRule(when=FieldIs(name="Member", value="yes")),
    )  # fmt: skip
    assert said(plan).next_plan == second.pk
    page = text(browser.get(address(plan, "/edit/goals")))
    assert 'value="Joined"' in page
    compared = text(browser.get(address(plan, "/changes")))
    assert "Goal reached: has the tag “Joined”" in compared
    assert "Afterwards: Second" in compared


def test_what_of_an_e_mail_ends_a_plan_is_ticked_saved_and_compared(browser: Any, plan: Plan) -> None:
    started(plan)
    assert (said(plan).on_reply, said(plan).on_auto_reply, said(plan).on_bounce) == (True, False, True)

    browser.post(address(plan, "/edit/goals"), {"mail": "1", "on_auto_reply": "on", "base": base_of(browser, plan)})

    assert (said(plan).on_reply, said(plan).on_auto_reply, said(plan).on_bounce) == (False, True, False)
    assert "Ends on e-mail: on an automatic answer" in text(browser.get(address(plan, "/changes")))


def test_saving_hours_leaves_the_goals_as_they_are(browser: Any, plan: Plan) -> None:
    started(plan)
    browser.post(address(plan, "/edit/goals"), {**ROWS, "base": base_of(browser, plan)})

    base = inputs(browser.get(address(plan, "/edit/hours")))["base"]
    browser.post(address(plan, "/edit/hours"), {"hours_kind": "", "clock": "contact", "base": base})

    assert (said(plan).clock, len(said(plan).stops)) == ("contact", 2)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"stops.name": ["", "Member", ""]}, "Row 1: choose what is looked at, and enter its name."),
        ({"stops.kind": ["mood", "field", ""]}, "Row 1: choose what is looked at, and enter its name."),
        ({"next_plan": "999999"}, "Choose a plan from the list."),
    ],
)
def test_what_is_wrong_is_told_and_what_was_typed_stays(
    browser: Any, plan: Plan, wrong: dict[str, Any], sentence: str
) -> None:
    started(plan)

    answer = browser.post(address(plan, "/edit/goals"), {**ROWS, "base": base_of(browser, plan), **wrong})

    assert answer.status_code == 422
    assert sentence in text(answer)
    assert 'value="Member"' in text(answer)
    assert said(plan) == rules.NONE


def test_a_plan_of_another_account_cannot_come_next(browser: Any, plan: Plan) -> None:
    from hub.accounts import changes as accounts

    stranger = changes.create_plan(accounts.create("Elsewhere", by=ADA), "Theirs", by=ADA)
    started(plan)

    answer = browser.post(address(plan, "/edit/goals"), {"next_plan": str(stranger.pk), "base": base_of(browser, plan)})

    assert answer.status_code == 422


def test_rules_that_somebody_else_saved_meanwhile_are_not_overwritten_unasked(browser: Any, plan: Plan) -> None:
    started(plan)
    base = base_of(browser, plan)
    browser.post(address(plan, "/edit/goals"), {**ROWS, "base": base})

    answer = browser.post(address(plan, "/edit/goals"), {"stops.kind": ["tag"], "stops.name": ["Left"], "stops.value": [""],
                                                         "stops.goal": [""], "base": base})  # fmt: skip

    assert answer.status_code == 409
    assert "Goal reached: has the tag “Joined”" in text(answer)
    assert len(said(plan).stops) == 2


def test_the_reasons_are_counted_on_the_contacts_page(browser: Any, plan: Plan, denver: Any) -> None:
    from hub.plans import enrollment, stopping
    from hub.plans.models import Enrollment
    from tests.web.plans.world import contact

    people = [contact(denver, name) for name in ("Cleo", "Sam", "Mia")]
    enrollment.enroll(plan, [one.pk for one in people], by=ADA)
    ids = list(Enrollment.objects.values_list("pk", flat=True))
    stopping.stop(denver, ids[:2], reason="Goal reached: has the tag “Joined”", by=ADA)
    stopping.stop(denver, ids[2:], reason="", by=ADA)

    page = text(browser.get(address(plan, "/contacts?state=stopped")))

    assert "Why they were stopped" in page
    assert page.index(">2</strong><span>Goal reached: has the tag “Joined”") < page.index(
        ">1</strong><span>No reason was given"
    )


def test_a_name_that_there_is_not_is_told_before_make_ready_and_every_name_is_offered(browser: Any, plan: Plan) -> None:
    started(plan)

    browser.post(address(plan, "/edit/goals"), ROWS | {"base": base_of(browser, plan)})

    review = text(browser.get(address(plan, "/edit/ready")))
    assert "There is no tag “Joined” in this account." in review
    assert "A contact has no field “Member” in this account." in review
    assert '<option value="Lead source"></option>' in text(browser.get(address(plan, "/edit/goals")))
