"""Test this step: a plain page that says what goes out to whom, asks where it costs, and shows what became of it."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest

from hub.addons.models import Connection
from hub.plans import lateness
from hub.plans.models import CLOSED, Plan, PlanKind, StepRun
from hub.users.models import Grant
from tests.plans.company import FRIDAY, after, card_step, make_plan
from tests.support.people import make_user
from tests.web.plans.world import address, contact, draft_steps, inputs, posted, started, step_address

pytestmark = pytest.mark.django_db


@pytest.fixture
def card(denver: Any, plan: Plan) -> str:
    """The address of the test of a step that posts a card, in a draft."""
    step = next(step for step in started(plan) if step.action_type == "post.card")
    return step_address(plan, step) + "/test"


def send(browser: Any, where: str, **more: Any) -> Any:
    """What a browser posts, of what the page holds."""
    hidden = inputs(browser.get(where))
    return browser.post(where, {name: hidden[name] for name in ("token", "contact")} | more)


def test_the_page_says_what_goes_to_whom_and_sends_nothing_by_itself(browser: Any, denver: Any, card: str) -> None:
    contact(denver, "Cleo")

    page = browser.get(card).content.decode()

    assert "Hi Cleo" in page
    assert "Send it now" in page
    assert "Nobody is put on the plan" in page
    assert "cost money" not in page
    assert not StepRun.objects.exists()


def test_sending_makes_one_test_however_often_the_form_is_posted(browser: Any, denver: Any, card: str) -> None:
    cleo = contact(denver, "Cleo")
    hidden = inputs(browser.get(card))

    first = browser.post(card, {"token": hidden["token"], "contact": hidden["contact"]})
    again = browser.post(card, {"token": hidden["token"], "contact": hidden["contact"]})

    run = StepRun.objects.get()
    assert first["Location"] == again["Location"] == f"{card}/{run.pk}"
    assert (run.kind, run.contact_id, run.state) == ("test", cleo.pk, "scheduled")


def test_the_next_page_shows_what_becomes_of_it_and_can_stop_it(browser: Any, denver: Any, card: str) -> None:
    contact(denver, "Cleo")
    where = send(browser, card)["Location"]

    page = browser.get(where).content.decode()
    assert "It is on its way" in page
    assert 'hx-trigger="every 2s"' in page
    stopped = browser.post(where)

    page = browser.get(stopped["Location"]).content.decode()
    assert "The test was stopped." in page
    assert "every 2s" not in page
    assert StepRun.objects.get().state == "skipped"


ENDINGS = [
    ("done", {"result": {"text": "Card 7 is queued"}}, "Card 7 is queued"),
    ("failed", {"hold_detail": "No such campaign."}, "It failed"),
    ("held", {"hold_reason": "breaker_open", "hold_detail": "Post Office rests."}, "Post Office rests."),
    ("review", {"hold_reason": "unclear", "hold_detail": "No answer came."}, "No answer came."),
    ("scheduled", {"attempts": 1, "hold_detail": "The post was closed."}, "It is tried again"),
]


def test_every_ending_is_told(browser: Any, denver: Any, card: str) -> None:
    contact(denver, "Cleo")
    where = send(browser, card)["Location"]

    for state, values, words in ENDINGS:
        StepRun.objects.update(
            state=state, **{"closed_at": FRIDAY if state in CLOSED else None, "hold_detail": "", **values}
        )
        assert words in browser.get(where).content.decode()


def test_what_stands_in_the_way_is_said_and_nothing_is_sent(browser: Any, denver: Any, card: str) -> None:
    cleo = contact(denver, "Cleo", line1="")
    Connection.objects.filter(addon="post").update(enabled=False)

    page = browser.get(card).content.decode()
    refused = browser.post(card, {"contact": cleo.pk, "token": "x"})

    assert "complete postal address" in page
    assert "Post Office is switched off" in page
    assert "Send it now" not in page
    assert refused.status_code == 409
    assert not StepRun.objects.exists()


def test_a_made_up_contact_gets_nothing(browser: Any, card: str) -> None:
    assert "Choose a contact" in browser.get(card).content.decode()


def test_what_may_cost_money_is_asked_about_plainly(
    browser: Any, denver: Any, card: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact(denver, "Cleo")
    monkeypatch.setattr(lateness, "may_cost", lambda claim: True)

    page = browser.get(card).content.decode()
    unsure = send(browser, card)
    assert not StepRun.objects.exists()
    sure = send(browser, card, sure="1")

    assert "This may cost money at Post Office" in page
    assert unsure.status_code == 422
    assert sure.status_code == 302
    assert StepRun.objects.get().kind == PlanKind.TEST


def test_the_editor_saves_what_is_typed_and_goes_to_the_test(browser: Any, denver: Any) -> None:
    plan = make_plan(denver, card_step())
    contact(denver, "Cleo")
    (step,) = started(plan)
    form = browser.get(step_address(plan, step))

    assert "Save and test this step" in form.content.decode()
    typed = posted(
        step.key, type="post.card", option_design="d1", option_greeting="Dear {{client.firstName}}", then="test",
        **{name: inputs(form)[name] for name in ("base", "revision", "at")},
    )  # fmt: skip
    answer = browser.post(step_address(plan, step), typed)

    assert answer["Location"] == step_address(plan, step) + "/test"
    assert draft_steps(plan)[0].options["greeting"] == "Dear {{client.firstName}}"
    assert "Dear Cleo" in browser.get(answer["Location"]).content.decode()


def test_a_step_that_only_waits_has_nothing_to_test(browser: Any, denver: Any) -> None:
    plan = make_plan(denver, {"action_type": "desk.pause", "name": "Wait", "timing": after(2, "days")})
    (step,) = started(plan)

    assert "Save and test" not in browser.get(step_address(plan, step)).content.decode()
    assert browser.get(step_address(plan, step) + "/test").status_code == 409


def test_a_published_step_can_be_tested_without_a_draft(browser: Any, denver: Any) -> None:
    plan = make_plan(denver, card_step())
    contact(denver, "Cleo")
    key = plan.versions.get().steps.get().key

    answer = send(browser, address(plan, f"/edit/steps/{key}/test"))

    assert re.search(rf"/edit/steps/{key}/test/[0-9a-f-]+$", answer["Location"])


def test_who_may_not_put_contacts_on_plans_may_not_send_a_test(denver: Any, card: str, enter: Any) -> None:
    contact(denver, "Cleo")
    author = make_user(denver, "admin", "author")
    Grant.objects.filter(user=author).update(withdrawn=["plans.use"])
    browser = enter(author)

    page = browser.get(card)
    refused = browser.post(card, {"contact": inputs(page).get("contact", "1"), "token": "x"})

    assert "You may not send it" in page.content.decode()
    assert refused.status_code == 403
    assert not StepRun.objects.exists()


def test_a_real_step_is_not_shown_as_a_test(browser: Any, denver: Any, card: str) -> None:
    contact(denver, "Cleo")
    where = send(browser, card)["Location"]
    StepRun.objects.update(kind=PlanKind.PLAN)

    assert browser.get(where).status_code == 404
    assert UUID(where.rsplit("/", 1)[1]) == StepRun.objects.get().pk
