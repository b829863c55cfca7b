"""After a restore: how far the doubt reaches, and where it ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction

from hub.audit.actor import SYSTEM
from hub.db.errors import Conflict
from hub.engine import doubt, review
from hub.engine.models import Doubt
from hub.plans import changes as plans
from hub.plans import enrollment, versions
from hub.plans.models import Plan, StepRun
from hub.plans.rules import NONE, PlanRules
from tests.engine.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> Iterator[World]:
    with make_world() as made:
        yield made


def step(name: str, hours: int) -> dict[str, object]:
    timing = {"kind": "after", "amount": hours, "unit": "hours"} if hours else {"kind": "immediately"}
    return {"action_type": "steps.note", "name": name, "timing": timing, "options": {"text": "hello"}}


def plan_of(world: World, *hours: int, rules: PlanRules = NONE) -> Plan:
    """A plan whose steps come so many hours after one another."""
    with transaction.atomic():
        plan = plans.create_plan(world.account, f"Doubtful {Plan.objects.count()}", by=SYSTEM)
        draft = plan.versions.get()
        draft = versions.save_rules(draft, draft.revision, rules, by=SYSTEM)
        steps = [step(f"Step {n}", wait) for n, wait in enumerate(hours)]
        draft = versions.save_draft(draft, draft.revision, steps, by=SYSTEM)
        versions.make_ready(draft, draft.revision, by=SYSTEM)
    return plan


def restored(world: World, plan: Plan, hours_later: int) -> StepRun:
    """One contact on the plan; the backup is of that moment, and is brought back so many hours later."""
    (person,) = world.contacts(1)
    made = world.clock.now()
    with transaction.atomic():
        enrollment.enroll(plan, [person.pk], by=SYSTEM, now=made)
    world.clock.advance(hours=hours_later)
    with transaction.atomic():
        doubt.begin(made, world.clock.now())
    return StepRun.objects.get()


def it_happened(run: StepRun) -> None:
    with transaction.atomic():
        review.resolve(run.account_id, run.pk, True, by=SYSTEM)


def last() -> StepRun:
    found = StepRun.objects.order_by("-seq").first()
    assert found is not None
    return found


def test_a_step_that_was_due_waits_for_a_person_and_may_not_simply_be_retried(world: World) -> None:
    run = restored(world, plan_of(world, 0), hours_later=5)

    assert (run.state, run.hold_reason, run.open_attempts) == ("review", "restored", 1)
    world.work()
    assert StepRun.objects.get().state == "review"
    with transaction.atomic(), pytest.raises(Conflict, match="still unclear"):
        review.retry(run.account_id, run.pk, by=SYSTEM)


def test_a_step_due_after_the_restore_is_left_alone(world: World) -> None:
    run = restored(world, plan_of(world, 48), hours_later=5)

    assert run.state == "scheduled"
    assert not Doubt.objects.exists()


def test_the_next_step_is_asked_about_when_it_can_have_come_due(world: World) -> None:
    # Enrolled at 0 h; step 0 due at 0 h, step 1 at 2 h at the earliest; restored at 5 h.
    run = restored(world, plan_of(world, 0, 2), hours_later=5)

    it_happened(run)

    following = last()
    assert (following.seq, following.state, following.hold_reason, following.open_attempts) == (
        1,
        "review",
        "restored",
        1,
    )


def test_the_doubt_ends_with_the_first_step_that_cannot_have_come_due(world: World) -> None:
    # Step 1 at 2 h and step 2 at 4 h can have been sent; step 3 at 28 h cannot.
    run = restored(world, plan_of(world, 0, 2, 2, 24), hours_later=5)

    it_happened(run)
    it_happened(last())
    it_happened(last())

    following = last()
    assert (following.seq, following.state) == (3, "scheduled")
    assert following.due_at == world.clock.now() + timedelta(hours=24)
    assert not Doubt.objects.exists()


def test_sending_again_on_purpose_does_not_end_the_doubt_about_the_next_step(world: World) -> None:
    run = restored(world, plan_of(world, 0, 2), hours_later=5)

    with transaction.atomic():
        review.send_again(run.account_id, run.pk, "the vendor knows nothing of it", by=SYSTEM)
    world.work()

    assert StepRun.objects.get(pk=run.pk).state == "done"
    assert (last().seq, last().state) == (1, "review")


def test_a_second_try_after_the_restore_does_not_end_the_doubt_about_the_next_step(world: World) -> None:
    run = restored(world, plan_of(world, 0, 2), hours_later=5)
    with transaction.atomic():
        review.send_again(run.account_id, run.pk, "the vendor knows nothing of it", by=SYSTEM)
    StepRun.objects.filter(pk=run.pk).update(due_at=world.clock.now() + timedelta(minutes=10))  # the vendor was busy
    world.clock.advance(minutes=10)

    world.work()

    assert StepRun.objects.get(pk=run.pk).state == "done"
    assert (last().seq, last().state, last().hold_reason) == (1, "review", "restored")


def next_after(world: World, *hours: int, then: int) -> Plan:
    """A plan as of :func:`plan_of`, after which another one follows, whose only step comes so many hours later."""
    return plan_of(world, *hours, rules=PlanRules(next_plan=plan_of(world, then).pk))


def test_the_plan_that_follows_is_asked_about_too_when_its_step_can_have_come_due(world: World) -> None:
    run = restored(world, next_after(world, 0, then=2), hours_later=5)

    it_happened(run)

    following = StepRun.objects.exclude(enrollment_id=run.enrollment_id).get()
    assert (following.state, following.hold_reason, following.open_attempts) == ("review", "restored", 1)
    assert Doubt.objects.filter(enrollment_id=following.enrollment_id).exists()


def test_the_plan_that_follows_goes_on_when_its_step_cannot_have_come_due(world: World) -> None:
    run = restored(world, next_after(world, 0, then=24), hours_later=5)

    it_happened(run)

    following = StepRun.objects.exclude(enrollment_id=run.enrollment_id).get()
    assert following.state == "scheduled"


def test_a_plan_that_a_step_in_doubt_moves_to_is_asked_about_too(world: World) -> None:
    other = plan_of(world, 2)
    (person,) = world.contacts(1)
    made = world.clock.now()
    with transaction.atomic():
        plan = plans.create_plan(world.account, "Moves", by=SYSTEM)
        draft = plan.versions.get()
        move = {"action_type": "steps.move_to_plan", "name": "Move", "timing": {"kind": "immediately"}}
        options = {"plan": str(other.pk), "leave_current": True}
        draft = versions.save_draft(draft, draft.revision, [{**move, "options": options}], by=SYSTEM)
        versions.make_ready(draft, draft.revision, by=SYSTEM)
        enrollment.enroll(plan, [person.pk], by=SYSTEM, now=made)
    world.clock.advance(hours=5)
    with transaction.atomic():
        doubt.begin(made, world.clock.now())
        run = StepRun.objects.get()
        review.send_again(run.account_id, run.pk, "the contact is not on the other plan", by=SYSTEM)

    world.work()

    following = StepRun.objects.exclude(pk=run.pk).get()
    assert (following.state, following.hold_reason) == ("review", "restored")


def test_other_enrollments_go_on_as_ever(world: World) -> None:
    restored(world, plan_of(world, 0, 2), hours_later=5)
    (person,) = world.contacts(1)

    with transaction.atomic():
        enrollment.enroll(plan_of(world, 0, 0), [person.pk], by=SYSTEM, now=world.clock.now())
    world.work()

    assert set(StepRun.objects.filter(contact_id=person.pk).values_list("state", flat=True)) == {"done"}


def test_doubts_about_plans_that_have_ended_are_forgotten(world: World) -> None:
    run = restored(world, plan_of(world, 0), hours_later=5)
    it_happened(run)

    with transaction.atomic():
        assert doubt.forget_ended() == 1
