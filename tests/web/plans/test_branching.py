"""Asking how an earlier step ended: chosen by name in the editor, kept or refused plainly, and supposed in the preview."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest

from hub.contacts.models import Tag
from hub.plans.conditions import OnlyIf, StepEnded
from hub.plans.models import Plan
from tests.plans.company import card_step, make_plan, note_step
from tests.web.plans.world import address, contact, draft_steps, inputs, posted, started, step_address

pytestmark = pytest.mark.django_db

CARD, CALL = UUID(int=1), UUID(int=2)
QUESTION = {"when": {"kind": "step", "step": str(CARD), "ended": "rejected"}, "unless": False}
SENTENCE = "Only if “Post a card” was refused by the vendor"


def text(page: Any) -> str:
    return str(page.content.decode())


@pytest.fixture
def asking(denver: Any) -> Plan:
    """A plan whose second step asks how the first one ended."""
    return make_plan(denver, card_step(key=CARD), note_step("Call instead", key=CALL, only_if=QUESTION))


def test_an_earlier_step_is_chosen_by_its_name(browser: Any, denver: Any) -> None:
    plan = make_plan(denver, card_step(key=CARD), note_step("Call instead", key=CALL))
    step = started(plan)[1]
    form = browser.get(step_address(plan, step))
    typed = {"meant_kind": "step", "meant_step": str(CARD), "meant_ended": "rejected"}

    answer = browser.post(step_address(plan, step), posted(step.key, base=inputs(form)["base"], **typed))

    assert f'<option value="{CARD}">1. Post a card</option>' in text(form)
    assert draft_steps(plan)[1].only_if == OnlyIf(when=StepEnded(step=CARD, ended="rejected"))
    assert SENTENCE in text(browser.get(answer.url))
    assert SENTENCE in text(browser.get(address(plan, "/changes")))


def test_names_of_tags_stages_and_fields_are_offered(browser: Any, denver: Any, plan: Plan) -> None:
    Tag.objects.create(account=denver, name="Joined", key="joined")

    page = text(browser.get(step_address(plan, started(plan)[0])))

    assert 'list="meant-names"' in page
    assert re.search(r'<datalist id="meant-names">\s*<option value="Joined"></option>', page)
    assert '<option value="Lead source"></option>' in page


def test_without_a_step_nothing_is_kept_and_the_field_says_so(browser: Any, denver: Any) -> None:
    plan = make_plan(denver, note_step("Call instead", key=CALL))
    step = started(plan)[0]
    form = browser.get(step_address(plan, step))

    answer = browser.post(
        step_address(plan, step), posted(step.key, base=inputs(form)["base"], meant_kind="step", meant_step="")
    )

    assert "There is no step in front of this one" in text(form)
    assert answer.status_code == 422
    assert "Choose an earlier step." in text(answer)
    assert 'href="#id_meant_step"' in text(answer)


def test_taking_a_step_out_names_those_that_ask_for_it_and_the_draft_says_what_they_lost(
    browser: Any, asking: Plan
) -> None:
    card, call = started(asking)

    question = text(browser.get(step_address(asking, card) + "/remove"))
    browser.post(step_address(asking, card) + "/remove")
    editor = text(browser.get(step_address(asking, call)))

    assert "Another step asks how this one ended" in question
    assert "“Call instead”. The question stays as it is" in question
    assert "It asks how a step ended that is no longer in the plan." in editor
    assert f'<option value="{CARD}" selected>A step that is not in front of this one</option>' in editor


def test_a_step_that_nobody_asks_for_is_taken_out_without_a_word(browser: Any, asking: Plan) -> None:
    _card, call = started(asking)

    assert "how this one ended" not in text(browser.get(step_address(asking, call) + "/remove"))


def test_moving_the_step_behind_keeps_the_question_and_says_what_is_wrong(browser: Any, asking: Plan) -> None:
    started(asking)

    page = text(browser.post(address(asking, "/edit/order"), {"down": str(CARD)}, follow=True))

    assert draft_steps(asking)[0].only_if == OnlyIf.model_validate(QUESTION)
    assert "It asks how “Post a card” ended, which comes after it." in page


def test_a_copy_of_a_step_asks_for_the_same_step(browser: Any, asking: Plan) -> None:
    _card, call = started(asking)

    browser.post(step_address(asking, call) + "/copy")

    assert [step.only_if and step.only_if.asks for step in draft_steps(asking)] == [None, str(CARD), str(CARD)]


def test_the_preview_supposes_an_end_and_shows_either_way(browser: Any, denver: Any, asking: Plan) -> None:
    contact(denver, "Cleo")

    unknown = text(browser.get(address(asking, "/preview")))
    refused = text(browser.get(address(asking, f"/preview?ends_{CARD}=rejected")))
    done = text(browser.get(address(asking, f"/preview?ends_{CARD}=done")))

    assert "Suppose “Post a card”" in unknown
    assert "It depends on how “Post a card” ends, which is not known yet." in unknown
    assert "Passed over:" not in unknown + refused
    assert "It depends on" not in refused + done
    assert f"{SENTENCE}. It was done." in done
    assert '<option value="done" selected>was done</option>' in done


def test_the_live_preview_tells_what_a_typed_question_depends_on(browser: Any, asking: Plan) -> None:
    _card, call = started(asking)
    typed = {"meant_kind": "step", "meant_step": str(CARD), "meant_ended": "done", "meant_unless": "on"}

    page = text(browser.post(address(asking, "/edit/try"), posted(call.key, **typed)))

    assert "Unless “Post a card” was done: then it runs as it stands here." in page
