"""The editor: steps are added, changed, moved and removed in a draft; two tabs never cost anybody a word."""

from __future__ import annotations

import re
from typing import Any

import pytest

from hub.addons import catalog, installed
from hub.addons.models import Connection
from hub.audit.actor import Actor
from hub.contacts.models import CustomField
from hub.core import registry
from hub.plans import changes, drafting, versions
from hub.plans.models import Plan, PlanVersion
from hub.plans.rules import PlanRules
from tests.plans.company import BEN, FRIDAY, after, card_step, draft_of, make_plan, note_step
from tests.web.plans.world import address, draft_steps, inputs, list_of_groups, posted, started, step_address

pytestmark = pytest.mark.django_db


@pytest.fixture
def empty(denver: Any) -> Plan:
    return changes.create_plan(denver, "Welcome", by=Actor.person(1, "Ada"))


def test_edit_makes_a_draft_from_the_ready_version_and_opens_it(browser: Any, plan: Plan) -> None:
    answer = browser.post(address(plan, "/start-draft"))

    assert answer.url == address(plan, "/edit")
    page = browser.get(answer.url).content.decode()
    assert "Say hello" in page
    assert "Post a card" in page
    assert plan.versions.get(state="draft").number == 2


def test_opening_the_editor_makes_no_draft_by_itself(browser: Any, plan: Plan) -> None:
    page = browser.get(address(plan, "/edit"))

    assert page.status_code == 200
    assert "There is no draft at the moment" in page.content.decode()
    assert not plan.versions.filter(state="draft").exists()


def test_the_chooser_offers_the_built_in_kinds_and_those_of_add_ons_that_are_on(browser: Any, empty: Plan) -> None:
    both = browser.get(address(empty, "/edit/steps/new")).content.decode()
    Connection.objects.filter(addon="kinds").update(enabled=False)
    one = browser.get(address(empty, "/edit/steps/new")).content.decode()

    assert all(title in both for title in ("Write a note", "Post a card", "Do everything"))
    assert "Do everything" not in one
    assert "Write a note" in one


def test_a_kind_of_step_that_is_not_offered_here_is_refused(browser: Any, empty: Plan) -> None:
    Connection.objects.filter(addon="kinds").update(enabled=False)

    answer = browser.post(address(empty, "/edit/steps/new"), posted(type="kinds.everything"))

    assert answer.status_code == 422
    assert draft_steps(empty) == []


def test_a_step_is_added_between_two_others(browser: Any, plan: Plan) -> None:
    started(plan)

    answer = browser.post(address(plan, "/edit/steps/new"), posted(name="In between", at="1"))

    assert answer.status_code == 302
    assert [step.name for step in draft_steps(plan)] == ["Say hello", "In between", "Post a card"]


def test_a_double_click_adds_one_step(browser: Any, empty: Plan) -> None:
    form = posted()

    first, second = (
        browser.post(address(empty, "/edit/steps/new"), form),
        browser.post(address(empty, "/edit/steps/new"), form),
    )

    assert (first.status_code, second.status_code) == (302, 302)
    assert len(draft_steps(empty)) == 1


def test_every_kind_of_field_is_drawn_and_stored_as_it_was_typed(
    browser: Any, empty: Plan, denver: Any, admin: Any
) -> None:
    list_of_groups(denver, ("g1", "Newcomers"), ("g2", "Farewell"))
    page = browser.get(address(empty, "/edit/steps/new?type=kinds.everything")).content.decode()
    names = (
        "plain",
        "long",
        "body",
        "key",
        "group",
        "user",
        "mode",
        "loud",
        "number",
        "lines",
        "table.name",
        "table.value",
    )
    assert [name for name in names if f'name="option_{name}"' not in page] == []
    assert "Make a group first." in page
    assert "Newcomers" in page
    assert "{{client.firstName}}" in page

    browser.post(address(empty, "/edit/steps/new"), {
        **posted(type="kinds.everything"), "option_plain": "Hi {{client.firstName}}", "option_long": "two\nlines",
        "option_body": "x",
        "option_key": "s3cret-key-9xT2", "option_group": "g1", "option_group.typed": "g9", "option_user": str(admin.pk),
        "option_mode": "hard", "option_loud": "on", "option_number": "7", "option_lines": "a\n\nb",
        "option_table.name": ["colour", ""], "option_table.value": ["red", ""],
    })  # fmt: skip

    (step,) = draft_steps(empty)
    assert step.options == {
        "plain": "Hi {{client.firstName}}", "long": "two\nlines", "body": "x", "key": "s3cret-key-9xT2", "group": "g9",
        "user": str(admin.pk), "mode": "hard", "loud": True, "number": "7", "lines": ["a", "b"], "table": {"colour": "red"},
    }  # fmt: skip


def test_a_stored_secret_is_never_shown_and_an_empty_box_keeps_it(browser: Any, empty: Plan) -> None:
    form = posted(type="kinds.everything", option_plain="x", option_key="s3cret-key-9xT2")
    browser.post(address(empty, "/edit/steps/new"), form)
    (step,) = draft_steps(empty)

    page = browser.get(step_address(empty, step))
    browser.post(step_address(empty, step), {**form, **inputs(page), "option_key": "", "option_plain": "y"})

    assert "s3cret-key" not in page.content.decode()
    assert draft_steps(empty)[0].options["key"] == "s3cret-key-9xT2"
    assert draft_steps(empty)[0].options["plain"] == "y"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ({"when_kind": "immediately", "when_amount": "3"}, {"kind": "immediately"}),
        ({"when_kind": "after", "when_amount": "3", "when_unit": "hours", "when_since": "previous", "when_at": "09:00"},
         {"kind": "after", "amount": 3, "unit": "hours", "since": "previous", "at": None}),
        ({"when_kind": "after", "when_amount": "2", "when_unit": "business_days", "when_since": "enrollment", "when_at": "09:00"},
         {"kind": "after", "amount": 2, "unit": "business_days", "since": "enrollment", "at": "09:00:00"}),
        ({"when_kind": "on", "when_date": "2026-12-24", "when_on_at": "18:30"},
         {"kind": "on", "date": "2026-12-24", "at": "18:30:00"}),
    ],
)  # fmt: skip
def test_each_timing_is_stored_as_it_was_chosen(browser: Any, empty: Plan, typed: Any, stored: Any) -> None:
    browser.post(address(empty, "/edit/steps/new"), posted(**typed))

    assert draft_steps(empty)[0].model_dump(mode="json")["timing"] == stored


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"name": ""}, "This is needed."),
        ({"when_kind": "after", "when_amount": "soon", "when_unit": "days", "when_since": "previous"}, "Enter a whole number."),
        ({"when_kind": "after", "when_amount": "9" * 400, "when_unit": "days", "when_since": "previous"}, "too long"),
        ({"when_kind": "on", "when_date": "9999-12-31", "when_on_at": "23:59"}, "Choose a date between"),
        ({"when_kind": "on", "when_date": "", "when_on_at": "23:59"}, "This is needed."),
        ({"when_kind": "someday"}, "Choose when the step runs."),
        ({"late_hours": "-3"}, "Enter 1 or more."),
        ({"notify": "everybody"}, "Choose one of the list."),
        ({"option_text": "Hi {{client.nope}}"}, "There is no token {{client.nope}}.</"),
        ({"option_text": "Hi {{client.frstName}}"}, "There is no token {{client.frstName}}. Did you mean {{client.firstName}}?"),
    ],
)  # fmt: skip
def test_what_cannot_be_stored_is_told_beside_its_field_and_stays_typed(
    browser: Any, empty: Plan, typed: Any, sentence: str
) -> None:
    answer = browser.post(address(empty, "/edit/steps/new"), posted(**{"option_text": "My long text", **typed}))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert typed.get("option_text", "My long text") in page
    assert draft_steps(empty) == []


# --- two tabs -----------------------------------------------------------------------------------------------------


def test_two_tabs_on_one_step_the_second_is_told_who_saved_when_and_keeps_its_words(
    browser: Any, plan: Plan, friday: Any
) -> None:
    step = started(plan)[0]
    tab = inputs(browser.get(step_address(plan, step)))
    friday.advance(minutes=5)
    _saved_by_ben(plan, step, "Ben's words")

    answer = browser.post(step_address(plan, step), {**posted(step.key), **tab, "option_text": "Ada's words"})

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Ben Builder saved this step while you edited it" in page
    assert "20 Nov, 10:05" in page
    assert "Ben&#x27;s words" in page
    assert "Ada&#x27;s words" in page
    assert draft_steps(plan)[0].options["text"] == "Ben's words"

    again = browser.post(step_address(plan, step), {**posted(step.key), **inputs(answer), "option_text": "Ada's words"})

    assert again.status_code == 302
    assert draft_steps(plan)[0].options["text"] == "Ada's words"


def test_two_tabs_on_two_steps_keep_both_and_say_so(browser: Any, plan: Plan) -> None:
    first, second = started(plan)
    tab = inputs(browser.get(step_address(plan, second)))
    _saved_by_ben(plan, first, "Ben's words")

    answer = browser.post(
        step_address(plan, second), {**tab, **_card(second.name), "option_design": "Stars"}, follow=True
    )

    assert "Ben Builder saved other steps meanwhile; both are kept." in answer.content.decode()
    assert [step.options.get("text") or step.options["design"] for step in draft_steps(plan)] == [
        "Ben's words",
        "Stars",
    ]


def test_a_step_that_somebody_removed_meanwhile_comes_back_only_when_that_is_wanted(browser: Any, plan: Plan) -> None:
    first, second = started(plan)
    tab = inputs(browser.get(step_address(plan, second)))
    draft = plan.versions.get(state="draft")
    versions.save_draft(draft, draft.revision, [first], by=BEN)

    answer = browser.post(step_address(plan, second), {**tab, **_card(second.name), "option_design": "Stars"})

    assert answer.status_code == 409
    assert "removed this step while you edited it" in answer.content.decode()
    browser.post(step_address(plan, second), {**inputs(answer), **_card(second.name), "option_design": "Stars"})
    assert [step.options.get("design") for step in draft_steps(plan)] == [None, "Stars"]


def test_saving_into_a_draft_that_was_made_ready_meanwhile_says_so_and_lists_what_was_typed(
    browser: Any, plan: Plan
) -> None:
    step = started(plan)[0]
    tab = inputs(browser.get(step_address(plan, step)))
    draft = plan.versions.get(state="draft")
    versions.make_ready(draft, draft.revision, by=BEN)

    answer = browser.post(step_address(plan, step), {**posted(step.key), **tab, "option_text": "Ada's words"})

    assert answer.status_code == 409
    assert "Ada&#x27;s words" in answer.content.decode()


def _saved_by_ben(plan: Plan, step: Any, text: str) -> None:
    draft = plan.versions.get(state="draft")
    steps = drafting.put(drafting.steps_of(draft), step.model_copy(update={"options": {"text": text}}))
    versions.save_draft(draft, draft.revision, steps, by=BEN)


def _card(name: str) -> dict[str, str]:
    return {"name": name, "notify": "none", "when_kind": "immediately"}


# --- order, copies, removal ---------------------------------------------------------------------------------------


def test_steps_are_put_into_a_new_order_by_dragging(browser: Any, plan: Plan) -> None:
    first, second = started(plan)

    answer = browser.post(
        address(plan, "/edit/order"), {"order": [str(second.key), str(first.key)]}, headers={"HX-Request": "true"}
    )

    assert [step.key for step in draft_steps(plan)] == [second.key, first.key]
    assert 'id="editor-main"' in answer.content.decode()
    assert "hx-swap-oob" in answer.content.decode()


def test_without_scripts_a_step_moves_by_its_buttons(browser: Any, plan: Plan) -> None:
    first, second = started(plan)

    browser.post(address(plan, "/edit/order"), {"up": str(second.key)})
    assert [step.key for step in draft_steps(plan)] == [second.key, first.key]

    browser.post(address(plan, "/edit/order"), {"up": str(second.key)})  # it is the first already
    assert [step.key for step in draft_steps(plan)] == [second.key, first.key]


def test_an_order_that_does_not_know_every_step_loses_none(browser: Any, plan: Plan) -> None:
    first, second = started(plan)

    browser.post(address(plan, "/edit/order"), {"order": [str(second.key), "nonsense"]})

    assert [step.key for step in draft_steps(plan)] == [second.key, first.key]


def test_a_step_is_copied_and_removed(browser: Any, plan: Plan) -> None:
    first, _second = started(plan)

    browser.post(address(plan, f"/edit/steps/{first.key}/copy"))
    assert [step.name for step in draft_steps(plan)] == ["Say hello", "Say hello, again", "Post a card"]

    asked = browser.get(address(plan, f"/edit/steps/{first.key}/remove"))
    assert "Take “Say hello” out of the draft?" in asked.content.decode()
    browser.post(address(plan, f"/edit/steps/{first.key}/remove"))
    browser.post(address(plan, f"/edit/steps/{first.key}/remove"))  # a double click
    assert [step.name for step in draft_steps(plan)] == ["Say hello, again", "Post a card"]


# --- making ready -------------------------------------------------------------------------------------------------


def test_all_problems_are_told_at_once_each_with_a_link_to_its_field(browser: Any, empty: Plan) -> None:
    draft = PlanVersion.objects.get(plan=empty)
    steps = [{**card_step(), "options": {}}, note_step(), {**card_step("Another"), "options": {}}]
    versions.save_draft(draft, 0, steps, by=BEN)
    first, _, third = draft_steps(empty)

    answer = browser.post(address(empty, "/edit/ready"), {"revision": "1"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "2 things stand in the way" in page
    assert f"{step_address(empty, first)}#id_option_design" in page
    assert f"{step_address(empty, third)}#id_option_design" in page
    assert not empty.versions.filter(state="ready").exists()
    assert "Fill this in." in browser.get(step_address(empty, first)).content.decode()


def test_a_draft_without_problems_becomes_the_ready_version(browser: Any, plan: Plan) -> None:
    started(plan)

    asked = browser.get(address(plan, "/edit/ready"))
    browser.post(address(plan, "/edit/ready"), inputs(asked))

    assert (
        "stay on the version they have" in asked.content.decode()
        or "stays on the version it has" in asked.content.decode()
    )
    assert plan.versions.get(state="ready").number == 2


def test_a_draft_that_somebody_saved_meanwhile_is_not_made_ready_unseen(browser: Any, plan: Plan) -> None:
    step = started(plan)[0]
    asked = inputs(browser.get(address(plan, "/edit/ready")))
    _saved_by_ben(plan, step, "Ben's words")

    answer = browser.post(address(plan, "/edit/ready"), asked)

    assert answer.status_code == 409
    assert "Ben Builder saved this plan" in answer.content.decode()
    assert plan.versions.get(state="ready").number == 1


def test_discarding_shows_what_would_be_lost_and_goes_back_to_the_ready_version(browser: Any, plan: Plan) -> None:
    step = started(plan)[0]
    _saved_by_ben(plan, step, "Ben's words")

    asked = browser.get(address(plan, "/edit/discard")).content.decode()
    browser.post(address(plan, "/edit/discard"))

    assert "Ben&#x27;s words" in asked
    assert not plan.versions.filter(state="draft").exists()


def test_a_token_that_has_gone_since_does_not_stop_the_mending_of_another_step(
    browser: Any, denver: Any, empty: Plan
) -> None:
    shoe = CustomField.objects.create(account=denver, label="Shoe size", key="shoe size", created_at=FRIDAY)
    draft = PlanVersion.objects.get(plan=empty)
    told = {"options": {"text": "{{client.custom.Shoe size}}"}}
    versions.save_draft(draft, 0, [note_step("One", **told), note_step("Two", **told)], by=BEN)
    shoe.delete()
    one = draft_steps(empty)[0]

    answer = browser.post(
        step_address(empty, one), {**posted(one.key), **inputs(browser.get(step_address(empty, one)))}
    )

    assert answer.status_code == 302
    assert draft_steps(empty)[0].options["text"] == "Hello"


# --- plugins and vendors in trouble -------------------------------------------------------------------------------


def test_with_its_plugin_gone_a_step_still_opens_and_keeps_its_settings(browser: Any, plan: Plan) -> None:
    card = started(plan)[1]
    with installed.use(registry.from_objects([])) as nothing:
        catalog.sync(nothing)

        page = browser.get(step_address(plan, card))
        form = {**_card("Another name"), **inputs(page), "option_design": "Balloons"}
        browser.post(step_address(plan, card), form)

    assert page.status_code == 200
    assert "plugin for Post Office is not running" in page.content.decode()
    assert draft_steps(plan)[1].name == "Another name"
    assert draft_steps(plan)[1].options["design"] == "Balloons"


def test_an_add_on_that_is_off_is_said_in_the_panel(browser: Any, plan: Plan) -> None:
    card = started(plan)[1]
    Connection.objects.filter(addon="post").update(enabled=False)

    page = browser.get(step_address(plan, card)).content.decode()

    assert "Post Office is switched off for this account." in page


def test_a_vendors_list_is_read_and_the_entry_named_like_the_plan_is_chosen(browser: Any, empty: Plan) -> None:
    answer = browser.get(
        address(empty, "/edit/field?type=kinds.everything&field=group"), headers={"HX-Request": "true"}
    )

    field = answer.content.decode()
    assert '<option value="g1" selected>Welcome</option>' in field
    assert "List loaded" in field


def test_a_new_step_chooses_the_entry_named_like_the_plan(browser: Any, denver: Any, empty: Plan) -> None:
    list_of_groups(denver, ("7", "welcome "), ("8", "Farewell"))

    page = browser.get(address(empty, "/edit/steps/new?type=kinds.everything")).content.decode()

    assert '<option value="7" selected>' in page


def test_a_list_that_could_not_be_read_says_why_and_leaves_the_typed_in_way_out(
    browser: Any, denver: Any, empty: Plan
) -> None:
    list_of_groups(denver, ("g1", "Newcomers"), error="The list could not be loaded. All Kinds is down.")

    page = browser.get(address(empty, "/edit/steps/new?type=kinds.everything")).content.decode()

    assert "The list could not be loaded. All Kinds is down." in page
    assert 'name="option_group.typed"' in page
    assert "Newcomers" in page


def test_cards_tell_the_expected_arrival(browser: Any, plan: Plan) -> None:
    started(plan)

    page = browser.get(address(plan, "/edit")).content.decode()

    assert (
        "Arrives Wed 25 Nov 2026 – Fri 27 Nov 2026, if started now" in page
    )  # Sunday, and three to five business days


# --- who may, and bad input ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "more", ["/edit", "/edit/ready", "/edit/discard", "/edit/steps/new", "/details", "/archive", "/edit/try"]
)
def test_who_may_not_edit_is_told_which_right_is_missing(standard: Any, plan: Plan, more: str) -> None:
    started(plan)

    answer = standard.get(address(plan, more))

    assert answer.status_code == 403
    assert "edit action plans" in answer.content.decode()


def test_nor_is_it_named_where_it_follows_a_plan(browser: Any, standard: Any, denver: Any, admin: Any) -> None:
    mine = make_plan(denver, note_step(), name="Secret")
    changes.edit_plan(mine, {"visibility": "private", "owner": admin}, by=BEN)
    plan = make_plan(denver, note_step(), name="Open")
    draft = versions.save_rules(draft_of(plan), 0, PlanRules(next_plan=mine.pk), by=BEN)
    versions.make_ready(draft, draft.revision, by=BEN)

    assert "Secret" in browser.get(address(plan)).content.decode()
    theirs = standard.get(address(plan)).content.decode()
    assert "Secret" not in theirs
    assert "a plan you do not see" in theirs


def test_anothers_private_plan_does_not_exist(standard: Any, denver: Any, admin: Any) -> None:
    mine = changes.create_plan(denver, "Secret", by=BEN, owner=admin, visibility="private")

    assert standard.get(address(mine)).status_code == 404
    assert standard.get(address(mine, "/preview")).status_code == 404
    assert "Secret" not in standard.get(f"/a/{denver.pk}/plans").content.decode()


@pytest.mark.parametrize(
    "more",
    [
        "/edit/steps/new?at=-1", "/edit/steps/new?at=99999999999", "/edit/steps/new?type=x", "/edit/steps/new?type=nobody.knows",
        "/edit/field", "/edit/field?type=desk.note&field=text", "/edit/field?type=kinds.everything&field=nothing",
        "/edit/steps/00000000-0000-0000-0000-000000000000", "/contacts?cursor=zzz", "/contacts?state=nonsense",
        "/activity?cursor=x",
        "/preview?start=yesterday&version=9&contact=abc", "/preview?start=9999-12-31T23:59",
        "/preview?contact=99999999999999999999",
        "/enroll?chosen=nothing", "/enroll?contact=abc", "/enroll?source=abc&tag=1e9&user=-1&cursor=%00", "/enroll/999999",
        "/stop?ids=x",
    ],
)  # fmt: skip
def test_odd_addresses_get_an_answer(browser: Any, plan: Plan, more: str) -> None:
    started(plan)

    assert browser.get(address(plan, more)).status_code in {200, 302, 400, 404, 422}


@pytest.mark.parametrize(
    "more", ["/edit/steps/new", "/edit/order", "/edit/ready", "/edit/try", "/enroll", "/stop", "/preview/contact"]
)
@pytest.mark.parametrize(
    "body",
    [{}, {"key": "x", "type": "x", "revision": "x", "order": "x", "up": "x", "ids": "x", "contact": "x", "token": "",
      "chosen": ""},
     {"type": "desk.note", "name": "x" * 5000, "late_hours": "9" * 5000, "when_kind": "after", "when_amount": "1e9",
      "when_unit": "years", "when_at": "25:99", "option_text": "{{" * 1000, "ids": "9" * 30, "revision": "9" * 30}],
)  # fmt: skip
def test_odd_forms_get_an_answer(browser: Any, plan: Plan, more: str, body: Any) -> None:
    started(plan)

    assert browser.post(address(plan, more), body).status_code in {200, 302, 400, 404, 409, 422}


def test_a_timing_in_days_keeps_what_was_stored_when_only_the_name_changes(browser: Any, empty: Plan) -> None:
    draft = PlanVersion.objects.get(plan=empty)
    versions.save_draft(draft, 0, [note_step(timing=after(2, at="9:00"))], by=BEN)
    (step,) = draft_steps(empty)
    page = browser.get(step_address(empty, step))

    when = {"when_kind": "after", "when_amount": "2", "when_unit": "days", "when_since": "previous", "when_at": "09:00"}
    browser.post(step_address(empty, step), {**posted(name="Greet"), **when, **inputs(page)})

    assert draft_steps(empty)[0].timing == step.timing
    assert draft_steps(empty)[0].name == "Greet"


@pytest.mark.parametrize(
    ("names", "values", "sentence"),
    [
        (["colour", "size", "colour"], ["red", "9", "blue"], "colour stands here twice. Keep one row of each name."),
        (["colour", ""], ["red", "blue"], "A row has a value and no name."),
    ],
)
def test_a_row_that_saving_would_lose_is_told_beside_the_table_and_stays_typed(
    browser: Any, empty: Plan, names: list[str], values: list[str], sentence: str
) -> None:
    rows = {"option_table.name": names, "option_table.value": values}

    answer = browser.post(address(empty, "/edit/steps/new"), {**posted(type="kinds.everything"), **rows})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert all(f'value="{typed}"' in page for typed in (*names[:2], *values))
    assert draft_steps(empty) == []


def test_a_step_that_only_waits_is_born_with_a_day_and_says_what_it_does(browser: Any, empty: Plan) -> None:
    wait = browser.get(address(empty, "/edit/steps/new?type=desk.pause")).content.decode()
    note = browser.get(address(empty, "/edit/steps/new?type=desk.note")).content.decode()

    assert re.search(r'name="when_kind" value="after"[^>]* checked', wait)
    assert re.search(r'name="when_amount" value="1"', wait)
    assert re.search(r'<option value="days" selected', wait)
    assert "The timing above says how long." in wait
    assert re.search(r'name="when_kind" value="immediately"[^>]* checked', note)


def test_an_empty_draft_shows_its_one_act_as_a_button(browser: Any, empty: Plan) -> None:
    page = browser.get(address(empty, "/edit")).content.decode()

    main = page[page.index('id="editor-main"') :]
    assert "Name and rules" in main
    assert 'class="menu"' not in main


def test_an_empty_draft_is_not_promised_anything_when_it_is_reviewed(browser: Any, empty: Plan) -> None:
    page = browser.get(address(empty, "/edit/ready")).content.decode()

    assert "A plan needs at least one step before it can run." in page
    assert "What will happen" not in page
    assert "What changes" not in page


def test_the_only_version_is_not_offered_for_discarding(browser: Any, empty: Plan) -> None:
    answer = browser.get(address(empty, "/edit/discard"))

    assert answer.status_code == 409
    assert "This is the only version of the plan." in answer.content.decode()
