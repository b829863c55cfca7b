"""Hours of a step and of a plan, and a plan's sleep, in the editor: said, read again, compared and shown."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest

from hub.accounts.calendars import Span
from hub.contacts.models import CustomField
from hub.plans import enrollment, rules, sleeping
from hub.plans.hours import AnyTime, Hours
from hub.plans.models import Plan, StepRun
from hub.plans.timing import Arrive
from tests.plans.company import ADA, FRIDAY, after, contact, make_plan, note_step
from tests.web.plans.world import address, draft_steps, inputs, posted, started, step_address

pytestmark = pytest.mark.django_db

OWN = {"hours_kind": "between", "hours_days": ["0", "5"], "hours_opens": "10:00", "hours_closes": "12:30"}


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_step_may_have_hours_of_its_own_and_shows_them_again(browser: Any, plan: Plan) -> None:
    step = started(plan)[0]
    base = inputs(browser.get(step_address(plan, step)))["base"]

    answer = browser.post(step_address(plan, step), posted(step.key, base=base, **OWN))

    assert answer.status_code == 302
    assert draft_steps(plan)[0].hours == Hours(days=(0, 5), opens=time(10), closes=time(12, 30))
    page = text(browser.get(answer.url))
    assert 'value="5" id="id_hours_days_5" checked' in page or 'id="id_hours_days_5" value="5" checked' in page
    assert "Mon, Sat, 10:00 – 12:30" in page  # on its card


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"hours_days": []}, "Choose at least one day of the week."),
        ({"hours_closes": "09:00"}, "The end must come after the beginning; midnight is 0:00."),
        ({"hours_opens": "soon"}, "Enter a time of day, such as 9:00."),
        ({"hours_kind": "sometimes"}, "Choose when the step runs."),
    ],
)
def test_hours_that_make_no_sense_keep_what_was_typed(
    browser: Any, plan: Plan, wrong: dict[str, Any], sentence: str
) -> None:
    step = started(plan)[0]
    base = inputs(browser.get(step_address(plan, step)))["base"]

    answer = browser.post(step_address(plan, step), posted(step.key, base=base, name="Typed", **{**OWN, **wrong}))

    assert answer.status_code == 422
    assert sentence in text(answer)
    assert 'value="Typed"' in text(answer)


def test_a_new_step_that_only_waits_starts_at_any_hour(browser: Any, plan: Plan) -> None:
    started(plan)

    page = text(browser.get(address(plan, "/edit/steps/new?type=desk.pause")))

    assert 'value="any"' in page
    assert page.index("checked", page.index('name="hours_kind"')) < page.index('value="between"')


def test_the_hours_of_the_plan_are_saved_in_the_draft_and_compared(browser: Any, plan: Plan) -> None:
    started(plan)
    base = inputs(browser.get(address(plan, "/edit/hours")))["base"]

    answer = browser.post(address(plan, "/edit/hours"), {**OWN, "clock": "contact", "base": base})

    assert answer.url == address(plan, "/edit")
    said = rules.read(plan.versions.get(state="draft").rules)
    assert (said.clock, said.hours and said.hours.days) == ("contact", (0, 5))
    compared = text(browser.get(address(plan, "/changes")))
    assert "Hours: Mon, Sat, 10:00 – 12:30" in compared
    assert "Mon, Sat, 10:00 – 12:30" in text(browser.get(answer.url))


def test_hours_that_somebody_else_saved_meanwhile_are_not_overwritten_unasked(browser: Any, plan: Plan) -> None:
    started(plan)
    base = inputs(browser.get(address(plan, "/edit/hours")))["base"]
    browser.post(address(plan, "/edit/hours"), {**OWN, "clock": "contact", "base": base})

    answer = browser.post(
        address(plan, "/edit/hours"), {**OWN, "hours_opens": "11:00", "clock": "account", "base": base}
    )

    assert answer.status_code == 409
    assert "Mon, Sat, 10:00 – 12:30" in text(answer)
    assert 'value="11:00"' in text(answer)
    assert rules.read(plan.versions.get(state="draft").rules).clock == "contact"

    again = inputs(answer)["base"]
    browser.post(address(plan, "/edit/hours"), {**OWN, "hours_opens": "11:00", "clock": "account", "base": again})
    assert rules.read(plan.versions.get(state="draft").rules).clock == "account"


def test_wrong_hours_of_the_plan_are_told_beside_their_field(browser: Any, plan: Plan) -> None:
    started(plan)

    answer = browser.post(address(plan, "/edit/hours"), {**OWN, "hours_days": [], "clock": "account"})

    assert answer.status_code == 422
    assert "Choose at least one day of the week." in text(answer)


def test_the_preview_says_why_a_step_is_later_than_its_timing(browser: Any, denver: Any) -> None:
    step = note_step(timing=after(1), hours=Hours().model_dump(mode="json"))
    plan = make_plan(denver, step, name="Office")

    page = text(browser.get(address(plan, "/preview")))

    assert "Outside of its hours (Mon – Fri, 9:00 – 17:00)." in page
    assert "Mon" in page


def test_a_plan_is_put_to_sleep_and_its_page_says_so(browser: Any, plan: Plan) -> None:
    rows = {"sleeps.first": ["2026-12-24", ""], "sleeps.last": ["2027-01-03", ""], "sleeps.name": ["Christmas", ""]}

    answer = browser.post(address(plan, "/sleep"), rows)

    assert answer.url == address(plan)
    plan.refresh_from_db()
    assert sleeping.read(plan.sleeps) == (Span(first=date(2026, 12, 24), last=date(2027, 1, 3), name="Christmas"),)
    assert "Thu 24 Dec 2026 – Sun 3 Jan 2027" in text(browser.get(answer.url))
    assert "The plan sleeps Thu 24 Dec 2026" in text(browser.get(address(plan, "/activity")))


@pytest.mark.parametrize("place", ["sleep", "calendar"])
def test_what_waits_for_hours_goes_on_when_they_are_changed(browser: Any, denver: Any, place: str) -> None:
    plan = make_plan(denver, note_step(), name="Asleep")
    enrollment.enroll(plan, [contact(denver).pk], by=ADA)
    later = FRIDAY + timedelta(days=10)
    StepRun.objects.update(due_at=later, hold_reason="hours", hold_detail="The plan sleeps.")
    rows = {f"{which}.{part}": [""] for which in ("sleeps", "closed", "pauses") for part in ("first", "last", "name")}

    if place == "sleep":
        browser.post(address(plan, "/sleep"), rows)
        assert StepRun.objects.get().due_at == later, "nothing was changed"
        browser.post(address(plan, "/sleep"), rows | {"sleeps.first": ["2026-12-24"], "sleeps.last": ["2026-12-26"]})
    else:
        browser.post(f"/a/{denver.pk}/settings/calendar", rows | {"country": "US"})

    assert (StepRun.objects.get().due_at, StepRun.objects.get().hold_reason) == (FRIDAY, "")


def test_sleep_that_ends_before_it_begins_is_told_with_its_row(browser: Any, plan: Plan) -> None:
    rows = {"sleeps.first": ["2026-12-24"], "sleeps.last": ["2026-12-20"], "sleeps.name": [""]}

    answer = browser.post(address(plan, "/sleep"), rows)

    assert answer.status_code == 422
    assert "Row 1: the last day comes before the first." in text(answer)
    assert 'value="2026-12-20"' in text(answer)


def test_who_may_not_edit_plans_puts_none_to_sleep(standard: Any, plan: Plan) -> None:
    assert standard.post(address(plan, "/sleep"), {}).status_code in (403, 404)


def test_a_step_that_is_skipped_when_late_says_so_in_the_comparison(browser: Any, plan: Plan) -> None:
    step = started(plan)[0]
    base = inputs(browser.get(step_address(plan, step)))["base"]

    browser.post(step_address(plan, step), posted(step.key, base=base, late_hours="12", when_late="skip"))

    assert draft_steps(plan)[0].when_late == "skip"
    assert "Skipped after 12 hours" in text(browser.get(address(plan, "/changes")))
    assert draft_steps(plan)[0].hours is None or isinstance(draft_steps(plan)[0].hours, AnyTime)


# --- to arrive by a day -------------------------------------------------------------------------------------------

ARRIVE = {"when_kind": "arrive", "when_lead": "5", "when_lead_unit": "business_days", "when_by_at": "09:00"}


def test_a_card_that_must_arrive_by_a_date_is_kept_and_shown_again(browser: Any, plan: Plan) -> None:
    step = started(plan)[1]
    base = inputs(browser.get(step_address(plan, step)))["base"]
    form = {"type": "post.card", "option_design": "Balloons", **ARRIVE, "when_by_date": "2026-12-24"}

    answer = browser.post(step_address(plan, step), posted(step.key, base=base, **form))

    assert draft_steps(plan)[1].timing == Arrive(date=date(2026, 12, 24), lead=5)
    page = text(browser.get(answer.url))
    assert "So that it arrives by 24 December 2026 (5 business days on the way), at 9:00" in page
    assert 'value="2026-12-24"' in page


def test_the_addons_own_time_on_the_way_is_what_one_begins_with(browser: Any, plan: Plan) -> None:
    started(plan)

    page = text(browser.get(address(plan, "/edit/steps/new?type=post.card")))

    assert 'name="when_lead" value="5"' in page


def test_a_field_of_the_contact_can_be_the_day(browser: Any, plan: Plan, denver: Any) -> None:
    CustomField.objects.create(account=denver, label="Birthday", key="birthday", created_at=FRIDAY)
    step = started(plan)[1]
    before = browser.get(step_address(plan, step))
    form = {"type": "post.card", "option_design": "Balloons", **ARRIVE, "when_by": "Birthday"}

    browser.post(step_address(plan, step), posted(step.key, base=inputs(before)["base"], **form))

    assert "the contact&#x27;s Birthday" in text(before)
    assert draft_steps(plan)[1].timing == Arrive(field="Birthday", lead=5)


def test_no_day_at_all_is_told_beside_the_date(browser: Any, plan: Plan) -> None:
    step = started(plan)[1]
    base = inputs(browser.get(step_address(plan, step)))["base"]

    answer = browser.post(step_address(plan, step), posted(step.key, base=base, type="post.card", **ARRIVE))

    assert answer.status_code == 422
    assert "Choose a date, or a field of the contact." in text(answer)
    assert 'id="id_when_by_date"' in text(answer)


# --- for whom -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ({"meant_kind": "tag", "meant_name": "Joined"}, "Only if the contact has the tag “Joined”"),
        (
            {"meant_kind": "share", "meant_name": "A", "meant_percent": "30", "meant_unless": "on"},
            "Unless the contact is among the first 30 % of the draw “A”",
        ),
    ],
)
def test_a_step_may_be_meant_for_some(browser: Any, plan: Plan, typed: dict[str, Any], expected: str) -> None:
    step = started(plan)[0]
    base = inputs(browser.get(step_address(plan, step)))["base"]

    answer = browser.post(step_address(plan, step), posted(step.key, base=base, **typed))

    assert str(draft_steps(plan)[0].only_if) == expected
    assert expected in text(browser.get(answer.url))
    assert expected in text(browser.get(address(plan, "/changes")))


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"meant_kind": "tag"}, "This is needed."),
        ({"meant_kind": "share", "meant_name": "A", "meant_percent": "200"}, "Enter 99 or less."),
    ],
)
def test_an_unfinished_condition_keeps_what_was_typed(
    browser: Any, plan: Plan, typed: dict[str, Any], sentence: str
) -> None:
    step = started(plan)[0]
    base = inputs(browser.get(step_address(plan, step)))["base"]

    answer = browser.post(step_address(plan, step), posted(step.key, base=base, name="Typed", **typed))

    assert answer.status_code == 422
    assert sentence in text(answer)
    assert 'value="Typed"' in text(answer)
    assert draft_steps(plan)[0].only_if is None
