"""Quiet hours of each way to the contact: the engine, the preview and why-not know the same ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from hub.accounts import changes as accounts
from hub.accounts.calendars import Calendar, ChannelQuiet, Quiet
from hub.audit.actor import SYSTEM
from hub.contacts.models import Contact
from hub.engine.whynot import asking
from hub.plans import changes, channels, enrollment, preview, versions
from hub.plans.models import Plan, StepRun
from tests.engine.world import MONDAY, World, make_world
from tests.plans.telephone import phone

pytestmark = pytest.mark.django_db(transaction=True)

TILL_TEN = Quiet(begins=time(20), ends=time(10))
TILL_ELEVEN = Quiet(begins=time(19), ends=time(11))
ANY = {"kind": "any"}


@pytest.fixture
def world() -> Iterator[World]:
    """A Monday at nine o'clock, UTC; the contacts' clock is the account's."""
    with make_world(more_addons=[phone()]) as made:
        made.account.time_zone = "UTC"
        made.account.save(update_fields=["time_zone"])
        with transaction.atomic():
            own = (ChannelQuiet(channel="call", quiet=TILL_ELEVEN), ChannelQuiet(channel="sms"))
            accounts.set_calendar(made.account, Calendar(quiet=TILL_TEN, channels=own), by=SYSTEM)
        yield made


@transaction.atomic
def ready(world: World, action_type: str, **values: Any) -> Plan:
    step = {"action_type": action_type, "name": "Say it", "options": {"text": "Hello"}, "key": uuid4(), **values}
    plan = changes.create_plan(world.account, "Hello", by=SYSTEM)
    draft = versions.save_draft(plan.versions.get(), 0, [step], by=SYSTEM)
    versions.make_ready(draft, draft.revision, by=SYSTEM)
    return plan


def start(world: World, plan: Plan) -> Contact:
    (contact,) = world.contacts(1, country="", state="")
    with transaction.atomic():
        enrollment.enroll(plan, [contact.pk], by=SYSTEM, now=world.clock.now())
    return contact


def done_at(world: World, contact: Contact) -> Any:
    for _ in range(5):
        world.work()
        world.clock.advance(hours=1)
    return StepRun.objects.get(contact_id=contact.pk).closed_at


@pytest.mark.parametrize(
    ("action_type", "step", "hour"),
    [
        ("steps.note", {}, 10),  # everybody's quiet hours
        ("phone.call", {}, 11),  # those of calls
        ("phone.text", {}, 9),  # texts have none
        ("phone.call", {"hours": ANY}, 9),  # the step says so
    ],
)
def test_a_step_keeps_to_the_quiet_hours_of_its_way(
    world: World, action_type: str, step: dict[str, Any], hour: int
) -> None:
    plan = ready(world, action_type, **step)
    (contact,) = world.contacts(1, country="", state="")
    promised = preview.of(plan.versions.get(), contact, world.clock.now()).steps[0].runs_at

    came = start(world, plan)

    assert promised == MONDAY.replace(hour=hour)
    assert done_at(world, came) == promised


def test_a_call_that_became_late_waits_and_why_not_names_the_hours_of_calls(world: World) -> None:
    plan = ready(world, "phone.call")
    contact = start(world, plan)
    run = StepRun.objects.get(contact_id=contact.pk)
    StepRun.objects.update(due_at=world.clock.now())  # as if a worker had been away since yesterday

    told = asking.why(contact, plan, run.plan_step.key, world.clock.now())
    world.work()

    assert told.stop is not None
    assert (told.stop.key, told.stop.until) == ("gate.hours", MONDAY + timedelta(hours=2))
    assert told.stop.sentence == "In the account's quiet hours for calls (19:00 – 11:00)."
    run.refresh_from_db()
    assert (run.state, run.due_at, run.hold_detail) == ("scheduled", told.stop.until, told.stop.sentence)


def test_everybodys_quiet_hours_are_told_as_the_accounts(world: World) -> None:
    plan = ready(world, "steps.note", timing={"kind": "on", "date": "2026-03-03", "at": "07:00"})
    (contact,) = world.contacts(1, country="", state="")

    (step,) = preview.of(plan.versions.get(), contact, world.clock.now()).steps

    assert step.waits == ("In the account's quiet hours (20:00 – 10:00).",)


def test_calls_alone_may_be_quiet_for_each_contacts_own_clock(world: World) -> None:
    """A plan on the account's clock asks where the contact is, as soon as any way has quiet hours."""
    with transaction.atomic():
        calls = (ChannelQuiet(channel="call", quiet=TILL_ELEVEN),)
        accounts.set_calendar(world.account, Calendar(channels=calls), by=SYSTEM)
    plan = ready(world, "phone.call")
    (contact,) = world.contacts(1, country="US", state="CO")  # seven hours behind: two o'clock in the night

    with transaction.atomic():
        enrollment.enroll(plan, [contact.pk], by=SYSTEM, now=world.clock.now())

    assert StepRun.objects.get(contact_id=contact.pk).due_at == MONDAY.replace(hour=18)


def test_no_plugin_is_asked_for_its_way_where_no_way_has_hours_of_its_own(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With plugins in processes of their own, whoever asks starts them: putting contacts on a plan must not."""
    with transaction.atomic():
        accounts.set_calendar(world.account, Calendar(quiet=TILL_TEN), by=SYSTEM)
    plan = ready(world, "phone.call")
    asked = list[str]()
    monkeypatch.setattr(channels, "of", lambda action_type: asked.append(action_type) or "")

    contact = start(world, plan)

    assert StepRun.objects.get(contact_id=contact.pk).due_at == MONDAY.replace(hour=10)
    assert asked == []
