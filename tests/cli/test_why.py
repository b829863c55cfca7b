"""`hub why` says what the page says: the question, each decision, who acts and what next."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from hub.accounts import changes as accounts
from hub.addons import budget_changes
from hub.addons.budgets import ALL, Limits
from hub.audit.actor import Actor
from hub.cli import named_step
from hub.cli import why as command
from hub.cli.trouble import Stop
from hub.contacts.models import Contact
from hub.plans import drafting, lone, versions
from hub.plans.models import Plan, PlanKind, StepRun
from hub.process import start
from tests.engine.guards.gifthouse import MUG, gift_world
from tests.engine.world import CARD, World, make_world

pytestmark = pytest.mark.django_db(transaction=True)

ADA = Actor.person(1, "Ada Admin")


@pytest.fixture
def at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the command readies is ready."""
    for name in ("django", "ready_database", "plugins"):
        monkeypatch.setattr(start, name, lambda **_: None)
    monkeypatch.setattr(named_step, "at_hand", lambda: None)


@pytest.fixture
def world(at_hand: None) -> Iterator[World]:
    days = {"kind": "after", "amount": 2, "unit": "days"}
    with make_world([CARD, CARD], timings=[{"kind": "immediately"}, days]) as made:
        Plan.objects.update(name="Welcome")
        yield made


def said(capsys: pytest.CaptureFixture[str], **given: Any) -> str:
    words = {"run": "", "contact": "", "plan": "", "step": "", "at": "", "json": False}
    assert command.run(argparse.Namespace(**{**words, **given})) == 0
    return capsys.readouterr().out


def paused(world: World) -> StepRun:
    [run] = world.enroll(1, email="ada@example.com")
    with transaction.atomic():
        accounts.pause(world.account, by=ADA)
    world.work()
    run.refresh_from_db()
    return run


def test_a_steps_id_or_its_reference_is_answered_with_the_person_behind_it(world: World, capsys: Any) -> None:
    run = paused(world)

    by_id, by_reference = said(capsys, run=str(run.pk)), said(capsys, run=f"hub-abcd1234-{run.pk.hex}-0")

    assert by_id == by_reference
    assert "Why does “Step 1” of “Welcome” not start for Ada0 Byron?" in by_id
    assert " ✓ Was the contact put on it?  Put on the plan by The hub." in by_id
    assert " ✗ Is it free to go?  The account is paused." in by_id
    assert " · Has its time come?\n" in by_id
    assert "Who: An admin\nNext: Set the account active" in by_id
    assert "Behind it: Paused, Ada Admin, Mon 02 Mar 2026 09:00 UTC" in by_id


def test_a_contact_and_a_plan_are_found_by_name_and_the_open_step_is_meant(world: World, capsys: Any) -> None:
    paused(world)

    told = said(capsys, contact="Ada@example.com", plan="welcome")
    later = said(capsys, contact="ada@example.com", plan=str(world.plan.pk), step="2")

    assert "“Step 1”" in told
    assert "The step “Step 1” comes first" in later
    assert "The step before, “Step 1”: Here it stops: The account is paused. Who: An admin" in later


def test_the_same_as_json(world: World, capsys: Any) -> None:
    run = paused(world)

    told = json.loads(said(capsys, run=str(run.pk), json=True))

    assert (told["starts"], told["code"], told["tense"]) == (False, "account_paused", "now")
    assert told["subject"]["run_id"] == str(run.pk)
    verdicts = [link["verdict"] for link in told["links"]]
    assert verdicts[:6] == ["passed"] * 6
    assert "not_reached" in verdicts


def test_another_moment_is_on_the_accounts_clock(world: World, capsys: Any) -> None:
    [run] = world.enroll(1, email="ada@example.com")
    world.work()

    assert "Here it waits: It is not due yet." in said(capsys, contact="ada@example.com", plan="Welcome", step="2")
    assert "It starts" in said(capsys, contact="ada@example.com", plan="Welcome", step="2", at="2026-03-05 10:00")
    assert "was not on the plan then" in said(capsys, run=str(run.pk), at="2026-03-01")


def test_what_cannot_be_found_or_fits_several_is_a_sentence(world: World) -> None:
    paused(world)
    Contact.objects.create(
        account=world.account, email="ada@example.com", created_at=world.clock.now(), updated_at=world.clock.now()
    )
    asked: list[tuple[dict[str, str], str]] = [
        ({}, "Name a step's id, or a contact and a plan"),
        ({"run": "x"}, "is no step's id"),
        ({"run": "0" * 32}, "There is no step"),
        ({"contact": "1", "plan": "Nobody's"}, "There is no plan Nobody's"),
        ({"contact": "ada@example.com", "plan": "Welcome"}, "Several are called ada@example.com"),
    ]
    for given, sentence in asked:
        with pytest.raises(Stop, match=sentence):
            command.run(
                argparse.Namespace(
                    **{"run": "", "contact": "", "plan": "", "step": "", "at": "", "json": False, **given}
                )
            )


def test_what_waits_for_the_limit_is_told_the_day_that_has_room(at_hand: None, capsys: Any) -> None:
    with gift_world(MUG) as gifts:
        with transaction.atomic():
            budget_changes.set_limits(gifts.account, Limits({ALL: 1}), by=ADA)
        gifts.enroll(2)
        gifts.work()
        held = StepRun.objects.get(state="held")

        told = said(capsys, run=str(held.pk))

    assert "Here it waits: The account's limit of 1 costly steps a day is reached." in told
    assert "It goes on, at the earliest: Tue 03 Mar 2026 00:00 UTC" in told


def test_the_steps_are_those_of_the_version_that_the_contact_is_on(world: World, capsys: Any) -> None:
    paused(world)
    with transaction.atomic():
        draft = versions.draft_for_editing(world.plan, by=ADA)
        other = {"action_type": "steps.note", "name": "Another", "options": {"text": "Hello"}}
        versions.save_draft(draft, draft.revision, [other, *drafting.steps_of(draft)], by=ADA)

    assert "“Step 1” of" in said(capsys, contact="ada@example.com", plan="Welcome", step="1")
    world.contacts(1, email="bea@example.com")
    assert "“Step 1” of" in said(capsys, contact="bea@example.com", plan="Welcome")
    assert "“Another” of" in said(capsys, contact="bea@example.com", plan="Welcome", step="another")


def test_a_plan_is_found_by_name_after_one_of_its_steps_was_tested(world: World, capsys: Any) -> None:
    run = paused(world)
    step = drafting.steps_of(world.plan.versions.get())[0]
    lone.start(
        world.account, step, run.contact_id, kind=PlanKind.TEST, plan_name="Welcome", by=ADA, now=world.clock.now()
    )

    assert "“Step 1” of" in said(capsys, contact="ada@example.com", plan="Welcome")
