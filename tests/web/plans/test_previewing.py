"""The preview: when, what exactly, and what is missing, for a chosen contact, on a virtual clock, and while a step is typed."""

from __future__ import annotations

from typing import Any

import pytest

from hub.addons.models import Connection
from hub.plans.models import Enrollment, Plan, StepRun
from tests.plans.company import after, card_step, make_plan, note_step
from tests.web.plans.world import address, contact, list_of_groups, posted, started

pytestmark = pytest.mark.django_db


def test_a_preview_tells_when_what_and_the_arrival(browser: Any, denver: Any, plan: Plan) -> None:
    cleo = contact(denver, "Cleo")

    page = browser.get(address(plan, f"/preview?contact={cleo.pk}")).content.decode()

    assert "Hi Cleo" in page
    assert "22 Nov, 10:00" in page  # two days after ten o'clock on the twentieth
    assert "Expected to arrive Wed 25 Nov 2026 – Fri 27 Nov 2026" in page
    assert not Enrollment.objects.exists()
    assert not StepRun.objects.exists()


def test_the_clock_starts_where_it_is_set(browser: Any, denver: Any, plan: Plan) -> None:
    contact(denver, "Cleo")

    page = browser.get(address(plan, "/preview?start=2026-12-24T08:30")).content.decode()

    assert "26 Dec, 08:30" in page


def test_what_is_missing_stands_beside_its_step(browser: Any, denver: Any, plan: Plan) -> None:
    mia = contact(denver, "Mia", line1="")
    Connection.objects.filter(addon="post").update(enabled=False)

    page = browser.get(address(plan, f"/preview?contact={mia.pk}")).content.decode()

    assert "One step would not be done as things stand" in page
    assert "complete postal address" in page
    assert "Post Office is switched off for this account." in page


def test_an_empty_token_and_a_date_gone_by_are_warned_of(browser: Any, denver: Any) -> None:
    plan = make_plan(
        denver, note_step(options={"text": "{{client.company}}"}, timing={"kind": "on", "date": "2026-01-01"})
    )
    contact(denver, "Cleo")

    page = browser.get(address(plan, "/preview")).content.decode()

    assert "{{client.company}} is empty for this contact." in page
    assert "The date has gone by" in page


def test_what_was_chosen_from_a_list_is_told_by_its_name(browser: Any, denver: Any) -> None:
    list_of_groups(denver, ("g1", "Newcomers"))
    plan = make_plan(
        denver,
        {
            "action_type": "kinds.everything",
            "name": "All",
            "options": {"plain": "x", "group": "g1", "key": "s3cret-9xT2"},
        },
    )

    page = browser.get(address(plan, "/preview")).content.decode()

    assert "Newcomers (g1)" in page
    assert "s3cret" not in page


def test_without_any_contact_a_made_up_one_is_shown(browser: Any, plan: Plan) -> None:
    page = browser.get(address(plan, "/preview")).content.decode()

    assert "a made-up contact" in page
    assert "Hi Ada" in page


def test_the_contact_is_searched_and_remembered(browser: Any, denver: Any, plan: Plan) -> None:
    cleo = contact(denver, "Cleo")
    contact(denver, "Sam")

    found = browser.get(address(plan, "/preview/contact?q=cleo")).content.decode()
    chosen = browser.post(
        address(plan, "/preview/contact"), {"contact": cleo.pk, "next": address(plan, "/preview")}, follow=True
    )

    assert "Cleo" in found
    assert "Sam" not in found
    assert "Hi Cleo" in chosen.content.decode()


def test_choosing_a_contact_never_leads_to_another_site(browser: Any, denver: Any, plan: Plan) -> None:
    cleo = contact(denver, "Cleo")

    for bad in ("https://evil.example/", "//evil.example", "/a/1/settings", "javascript:alert(1)"):
        answer = browser.post(address(plan, "/preview/contact"), {"contact": cleo.pk, "next": bad})
        assert answer.url == address(plan, "/preview")


def test_a_salesperson_previews_for_their_own_contacts_only(denver: Any, seller: Any, enter: Any, plan: Plan) -> None:
    theirs, mine = contact(denver, "Cleo"), contact(denver, "Mine", assigned_user=seller)
    browser = enter(seller)

    assert browser.get(address(plan, f"/preview?contact={theirs.pk}")).status_code == 404
    assert browser.get(address(plan, f"/preview?contact={mine.pk}")).status_code == 200
    assert "Cleo" not in browser.get(address(plan, "/preview/contact?q=")).content.decode()


# --- while a step is typed ----------------------------------------------------------------------------------------


def tried(browser: Any, plan: Plan, **form: Any) -> str:
    answer = browser.post(address(plan, "/edit/try"), form, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_step_is_previewed_as_it_is_typed(browser: Any, denver: Any, plan: Plan) -> None:
    contact(denver, "Cleo")
    card = started(plan)[1]
    when = {"when_kind": "after", "when_amount": "3", "when_unit": "days", "when_since": "previous", "when_at": "09:00"}

    shown = tried(
        browser,
        plan,
        **posted(
            card.key, type="post.card", option_design="Stars", option_greeting="Dear {{client.firstName}}", **when
        ),
    )

    assert "3 days after the previous step, at 9:00" in shown
    assert "23 Nov, 09:00" in shown
    assert "Expected to arrive Thu 26 Nov 2026 – Mon 30 Nov 2026" in shown
    assert "Dear Cleo" in shown
    assert plan.versions.get(state="draft").revision == 0  # nothing is kept


def test_an_unknown_token_is_told_while_it_is_typed(browser: Any, denver: Any, plan: Plan) -> None:
    started(plan)

    assert "There is no token {{client.nope}}." in tried(browser, plan, **posted(option_text="Hi {{client.nope}}"))


def test_an_untouched_step_is_asked_to_be_filled_in_and_not_refused(browser: Any, denver: Any, plan: Plan) -> None:
    started(plan)

    shown = tried(browser, plan, **posted(type="post.card", option_text=""))

    assert "Still to be filled in: Design." in shown
    assert "field-error" not in shown


def test_an_unfinished_step_says_what_it_still_needs(browser: Any, plan: Plan) -> None:
    started(plan)

    assert "This is needed." in tried(browser, plan, **posted(name=""))


def test_a_step_in_the_middle_is_dated_by_those_before_it(browser: Any, denver: Any) -> None:
    plan = make_plan(denver, note_step("One", timing=after(2)), note_step("Two", timing=after(2)), card_step())
    started(plan)
    when = {"when_kind": "after", "when_amount": "1", "when_unit": "days", "when_since": "previous"}

    shown = tried(browser, plan, **posted(at="1", **when))

    assert "23 Nov, 10:00" in shown
