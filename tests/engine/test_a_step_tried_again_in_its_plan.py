"""A step that is tried again belongs to its plan: the plan ends when nothing of it is open any more, and goes on once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
from django.db import transaction

from hub.audit.actor import SYSTEM
from hub.engine import review
from hub.history.models import Note
from hub.plans import changes, enrollment, versions
from hub.plans.models import Enrollment, Plan, StepRun
from hub.plans.rules import PlanRules
from tests.engine.world import CARD, World, make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> Iterator[World]:
    with make_world() as made:
        yield made


def card(name: str = "Card", **values: Any) -> dict[str, Any]:
    return {"action_type": CARD[0], "name": name, "options": dict(CARD[1]), **values}


def note(**values: Any) -> dict[str, Any]:
    return {"action_type": "steps.note", "name": "Note", "options": {"text": "Hello"}, **values}


@transaction.atomic
def ready(world: World, *steps: Mapping[str, Any], name: str = "Welcome", next_plan: Plan | None = None) -> Plan:
    plan = changes.create_plan(world.account, name, by=SYSTEM)
    says = PlanRules(next_plan=next_plan.pk if next_plan else None)
    draft = versions.save_rules(plan.versions.get(), 0, says, by=SYSTEM)
    draft = versions.save_draft(draft, draft.revision, steps, by=SYSTEM)
    versions.make_ready(draft, draft.revision, by=SYSTEM)
    return plan


def put(world: World, plan: Plan, number: int = 1) -> list[Enrollment]:
    people = world.contacts(number)
    with transaction.atomic():
        enrollment.enroll(plan, [one.pk for one in people], by=SYSTEM, now=world.clock.now())
    return list(Enrollment.objects.filter(plan=plan).order_by("pk"))


def refuses(request: httpx.Request) -> httpx.Response:
    return httpx.Response(422, json={"message": "no such campaign"})


def try_again(world: World, row: Enrollment) -> None:
    """The step of it that failed."""
    failed = StepRun.objects.get(enrollment=row, state="failed", hold_reason="rejected")
    with transaction.atomic():
        review.retry(world.account.pk, failed.pk, by=SYSTEM)


def states(row: Enrollment) -> list[tuple[int, str]]:
    return sorted(StepRun.objects.filter(enrollment=row).values_list("seq", "state"))


def test_a_plan_that_had_ended_ends_again_when_its_step_was_tried_again(world: World) -> None:
    [row] = put(world, ready(world, card(), note()))
    world.vendor.answers = [refuses]
    world.work()
    assert Enrollment.objects.get(pk=row.pk).state == "finished"

    try_again(world, row)
    assert Enrollment.objects.get(pk=row.pk).state == "running"
    world.work()

    assert states(row) == [(0, "done"), (0, "failed"), (1, "done")]
    assert Enrollment.objects.get(pk=row.pk).state == "finished"


def test_a_plan_does_not_end_while_a_step_that_is_tried_again_waits(world: World) -> None:
    after = ready(world, note(), name="After")
    [row] = put(
        world, ready(world, card(), note(timing={"kind": "after", "amount": 1, "unit": "minutes"}), next_plan=after)
    )
    world.vendor.answers = [refuses]
    world.work()
    try_again(world, row)
    world.vendor.answers = [lambda request: httpx.Response(429, headers={"Retry-After": "600"})]
    world.work()
    world.clock.advance(minutes=2)
    world.work()

    assert states(row) == [(0, "failed"), (0, "scheduled"), (1, "done")]
    assert Enrollment.objects.get(pk=row.pk).state == "running"
    assert not Enrollment.objects.filter(plan=after).exists()

    world.clock.advance(minutes=20)
    world.work()

    assert states(row) == [(0, "done"), (0, "failed"), (1, "done")]
    assert Enrollment.objects.get(pk=row.pk).state == "finished"
    assert Enrollment.objects.filter(plan=after, contact_id=row.contact_id).count() == 1
    assert Note.objects.filter(contact_id=row.contact_id, kind="plan.finished", enrollment_id=row.pk).count() == 1


def test_a_last_step_that_is_tried_again_does_not_start_the_next_plan_twice(world: World) -> None:
    after = ready(world, card("Gift"), name="After")
    first, _other = put(world, ready(world, card(), next_plan=after), 2)
    world.vendor.answers = [refuses, refuses]
    world.work()
    assert len(world.vendor.cards) == 2, "the next plan's gifts"

    try_again(world, first)
    world.work()

    assert Enrollment.objects.get(pk=first.pk).state == "finished"
    assert Enrollment.objects.filter(plan=after).count() == 2
    assert len(world.vendor.cards) == 3
