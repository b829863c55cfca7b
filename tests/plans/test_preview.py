"""A plan for one contact on a virtual clock."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest

from hub.accounts import changes as accounts
from hub.accounts.calendars import Calendar, Span
from hub.accounts.models import Account
from hub.addons.models import Connection
from hub.contacts import facts as contact_facts
from hub.contacts.models import Contact, CustomField
from hub.core import Token, TokenSet, Unreachable, Wait, guard
from hub.core.registry import Registry
from hub.db import clock
from hub.plans import enrollment, filling, preview, versions
from hub.plans.arrival import Window
from hub.plans.drafting import StepDraft
from hub.plans.models import Enrollment, Plan, StepRun
from hub.plans.preview import Preview, StepPreview
from tests.plans.company import ADA, FRIDAY, after, card_step, contact, draft_of, make_plan, note_step


def shown(plan: Plan, person: Contact) -> Preview:
    return preview.of(plan.versions.get(), person, clock.now())


def only_step(plan: Plan, person: Contact) -> StepPreview:
    (step,) = shown(plan, person).steps
    return step


def test_each_step_is_shown_when_it_would_run(account: Account) -> None:
    timings = [None, after(2), after(90, "minutes"), after(1, "business_days", at="9:00")]
    plan = make_plan(account, *(note_step(**({"timing": timing} if timing else {})) for timing in timings))

    told = shown(plan, contact(account))

    assert [f"{step.local:%a %d %H:%M}" for step in told.steps] == [
        "Fri 20 10:00", "Sun 22 10:00", "Sun 22 11:30", "Mon 23 09:00",
    ]  # fmt: skip
    assert [step.timing for step in told.steps][1] == "2 days after the previous step"
    assert (told.ends_at, told.ok) == (told.steps[-1].runs_at, True)


def test_exactly_what_would_be_sent_is_shown(account: Account) -> None:
    plan = make_plan(account, card_step(options={"design": "Balloons", "inside": "From {{account.company}}"}))

    step = only_step(plan, contact(account))

    assert {field.label: field.text for field in step.fields} == {
        "Design": "Balloons", "Greeting": "Hi Cleo", "Inside": "From Denver Gym",
    }  # fmt: skip


def test_a_parcel_has_an_expected_arrival(account: Account) -> None:
    step = only_step(make_plan(account, card_step()), contact(account))

    assert step.arrival == Window(date(2026, 11, 25), date(2026, 11, 27))


def test_an_account_closed_for_a_year_by_a_slip_still_has_its_preview(account: Account) -> None:
    accounts.set_calendar(account, Calendar(closed=(Span(first=date(2026, 11, 21), last=date(2027, 11, 21)),)), by=ADA)

    step = only_step(make_plan(account, card_step()), contact(account))

    assert step.arrival == Window(date(2026, 11, 25), date(2026, 11, 27)), "as if it had weekends only"


def test_so_does_one_closed_for_years_whose_parcel_must_arrive_by_a_birthday(account: Account) -> None:
    years = [Span(first=date(year, 1, 1), last=date(year, 12, 31)) for year in range(2025, 2031)]
    accounts.set_calendar(account, Calendar(closed=tuple(years)), by=ADA)
    CustomField.objects.create(account=account, label="Birthday", key="birthday", created_at=FRIDAY)
    arrive = {"kind": "arrive", "field": "Birthday", "lead": 7}

    step = only_step(make_plan(account, card_step(timing=arrive)), contact(account, custom={"Birthday": "5/17"}))

    assert f"{step.local:%a %d %b %Y}" == "Thu 06 May 2027"
    assert step.warnings == ()


def test_what_the_contact_lacks_is_said(account: Account) -> None:
    step = only_step(make_plan(account, card_step()), contact(account, zip=""))

    assert not step.ok
    assert step.problems == (
        "The contact lacks a complete postal address (zip code missing), so this step would fail.",
    )


def test_an_empty_token_is_a_warning(account: Account) -> None:
    step = only_step(make_plan(account, note_step(options={"text": "Call {{client.phoneCell}}"})), contact(account))

    assert step.ok
    assert step.warnings == ("{{client.phoneCell}} is empty for this contact.",)
    assert step.fields[0].text == "Call "


def test_an_add_on_that_was_switched_off_is_said(account: Account) -> None:
    plan = make_plan(account, card_step())
    Connection.objects.update(enabled=False)

    step = only_step(plan, contact(account))

    assert not step.ok
    assert "switched off" in step.problems[0]
    assert step.fields  # its texts can be read all the same


def test_a_kind_of_step_that_nobody_claims_is_said(account: Account) -> None:
    plan = make_plan(account, note_step())
    plan.versions.get().steps.update(action_type="gone.send")

    step = only_step(plan, contact(account))

    assert not step.ok
    assert (step.title, step.fields) == ("gone.send", ())


def test_tokens_that_raise_are_said_and_the_rest_is_shown(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    def boom(*_: object) -> dict[str, str]:
        raise SystemExit("a plugin's own trouble")

    plan = make_plan(account, card_step(), note_step())
    whose = TokenSet((Token("client.firstName", "First name"),), boom)
    monkeypatch.setattr(Registry, "token_sets", lambda self, names: (whose,) if names else ())

    card, note = shown(plan, contact(account)).steps

    assert (card.ok, note.ok) == (False, True)
    assert card.problems == (
        "The tokens of A plugin failed with SystemExit, so a person would be asked. Its author must mend it.",
    )


def test_tokens_that_never_come_are_said_and_whose_they_are(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    def hangs(*_: object) -> dict[str, str]:
        threading.Event().wait(60)
        return {}

    plan = make_plan(account, card_step(), note_step())
    whose = TokenSet((Token("client.firstName", "First name"),), hangs)
    monkeypatch.setattr(Registry, "token_sets", lambda self, names: (whose,) if names else ())
    monkeypatch.setattr(filling, "_whose", lambda group, registry: "Slow Tokens")
    monkeypatch.setattr(guard, "PAGE_SECONDS", 1.5)

    card, note = shown(plan, contact(account)).steps

    assert (card.ok, note.ok) == (False, True)
    assert card.problems == ("The tokens of Slow Tokens did not come within 1.5 seconds. Its author must mend it.",)


@pytest.mark.parametrize(("which", "title"), [("tokens", "Slow Tokens"), ("settings", "Post Office")])
def test_a_plugin_whose_process_rests_is_no_trouble_of_its_author_s(
    account: Account, monkeypatch: pytest.MonkeyPatch, which: str, title: str
) -> None:
    def rests(*_: object) -> dict[str, str]:
        raise Unreachable(Wait("it starts again soon", 1.0))

    plan = make_plan(account, card_step())
    if which == "tokens":
        whose = TokenSet((Token("client.firstName", "First name"),), rests)
        monkeypatch.setattr(Registry, "token_sets", lambda self, names: (whose,) if names else ())
        monkeypatch.setattr(filling, "_whose", lambda group, registry: title)
    else:
        monkeypatch.setattr(filling.binding, "step", rests)

    (sentence,) = only_step(plan, contact(account)).problems

    assert sentence == f"{title} cannot be asked about this step at this moment. Try again in a moment."


def test_settings_that_fit_no_more_are_said(account: Account) -> None:
    plan = make_plan(account, card_step())
    plan.versions.get().steps.update(options={})

    assert "Design" in only_step(plan, contact(account)).problems[0]


def test_a_paused_account_and_an_archived_contact_are_said(account: Account) -> None:
    plan, person = make_plan(account), contact(account, archived_at=clock.now())
    accounts.pause(account, by=ADA)

    told = shown(plan, person)

    assert [problem.split(":")[0] for problem in told.problems] == [
        "The account is paused",
        "The contact is archived and would not be put on the plan.",
    ]


def test_a_date_gone_by_runs_at_once_and_says_so(account: Account) -> None:
    gone_by = {"kind": "on", "date": "2026-11-01", "at": "9:00"}
    plan = make_plan(account, note_step(timing=gone_by), note_step("Too late", timing=gone_by, late_hours=24))

    first, second = shown(plan, contact(account)).steps

    assert first.runs_at == FRIDAY
    assert first.due_at < FRIDAY
    assert first.warnings == ("The date has gone by; the step would run at once.",)
    assert "24 hours" in second.problems[0]


def test_a_draft_can_be_previewed(account: Account) -> None:
    plan = make_plan(account)
    draft = draft_of(plan)
    versions.save_draft(draft, 0, [note_step("New")], by=ADA)

    assert [step.name for step in preview.of(draft, contact(account), clock.now()).steps] == ["New"]


def test_steps_can_be_previewed_while_they_are_typed(account: Account) -> None:
    typed = StepDraft.model_validate(note_step(options={"text": "Hi {{client.firstName}}"}))

    (step,) = preview.of_drafts(account, contact_facts.one(contact(account)), [typed], clock.now())

    assert (step.fields[0].text, step.runs_at) == ("Hi Cleo", FRIDAY)


def test_a_plan_without_steps_has_an_empty_preview(account: Account) -> None:
    plan = make_plan(account)
    draft = draft_of(plan)
    versions.save_draft(draft, 0, [], by=ADA)

    assert preview.of(draft, contact(account), clock.now()).steps == ()


def test_a_preview_writes_nothing(account: Account) -> None:
    shown(make_plan(account), contact(account))

    assert not Enrollment.objects.exists()


@pytest.mark.parametrize(
    "step", [note_step(), note_step(timing=after(3)), note_step(timing=after(1, "business_days", at="9:00"))]
)
def test_the_first_step_is_due_when_the_preview_said(account: Account, step: dict[str, object]) -> None:
    plan, person = make_plan(account, step), contact(account)
    promised = only_step(plan, person).due_at

    enrollment.enroll(plan, [person.pk], by=ADA)

    assert abs(StepRun.objects.get().due_at - promised) == timedelta(0)
