"""A done step asks for a change that cannot be made: the step stays done, nobody is harmed, and the history says so.

What a step names may be gone since its plan was made ready, and a stranger's plugin may ask for anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from django.db import transaction

from hub.audit.actor import SYSTEM
from hub.history.models import Note
from hub.notifications.models import Notification
from hub.plans import changes as plans
from hub.plans import loading
from hub.plans.models import Enrollment, PlanStep, StepRun
from tests.engine.world import make_plan, make_world
from tests.support.people import make_account, make_user

pytestmark = pytest.mark.django_db(transaction=True)

NOBODY = ["0", "-1", "²", "٣", "abc", "9" * 40, "1e3", "9223372036854775808"]
"""No ids, among them digits that are no number to Python and numbers that are none to a database."""

CHANGES = {
    "steps.notify": lambda value: {"to": value, "text": "hello"},
    "steps.move_to_plan": lambda value: {"plan": value},
    "steps.assign_user": lambda value: {"user": value},
    "steps.set_sales_cycle": lambda value: {"sales_cycle": value},
}


def carried_out(action: str, options: Mapping[str, Any]) -> tuple[StepRun, set[str]]:
    """The run of a step whose options were right once, and the kinds of notes that came of it."""
    with make_world([("steps.note", {"text": "hello"})]) as world:
        PlanStep.objects.update(action_type=action, options=options)
        loading.forget()
        [run] = world.enroll(1)
        world.work()
        run.refresh_from_db()
        return run, set(Note.objects.filter(contact_id=run.contact_id).values_list("kind", flat=True))


@pytest.mark.parametrize("value", NOBODY)
@pytest.mark.parametrize("action", CHANGES)
def test_an_id_that_is_none_is_told_and_the_step_is_done(action: str, value: str) -> None:
    run, notes = carried_out(action, CHANGES[action](value))

    assert run.state == "done", (run.state, run.hold_reason, run.hold_detail)
    assert "step.change_failed" in notes
    assert not Notification.objects.exists()


def test_somebody_of_another_account_is_not_told() -> None:
    with transaction.atomic():
        stranger = make_user(make_account("Elsewhere"), "owner")

    run, notes = carried_out("steps.notify", {"to": str(stranger.pk), "text": "hello"})

    assert (run.state, Notification.objects.count()) == ("done", 0)
    assert "step.change_failed" in notes


def test_a_colleague_and_the_person_in_charge_are_told() -> None:
    with make_world([("steps.notify", {"text": "to whom it concerns"})]) as world:
        with transaction.atomic():
            owner, colleague = (make_user(world.account, role) for role in ("owner", "sales"))
            named = make_plan(world.account, [("steps.notify", {"to": str(colleague.pk), "text": "you"})], (), "none")
        world.enroll(1)
        world.plan = named
        world.enroll(1)
        world.work()

    told = Notification.objects.values_list("user_id", "data__text")
    assert set(told) == {(owner.pk, "to whom it concerns"), (colleague.pk, "you")}


def test_a_contact_is_not_put_on_a_plan_of_another_account() -> None:
    with transaction.atomic():
        theirs = plans.create_plan(make_account("Elsewhere"), {"name": "Theirs"}, by=SYSTEM)

    run, notes = carried_out("steps.move_to_plan", {"plan": str(theirs.pk)})

    assert run.state == "done"
    assert "step.change_failed" in notes
    assert not Enrollment.objects.filter(plan=theirs).exists()
