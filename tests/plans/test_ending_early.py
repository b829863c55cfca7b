"""Goals, reasons to stop, the next plan, and the guard against plans that send a contact round in circles; in the engine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from hub.audit.actor import SYSTEM
from hub.contacts.models import Contact as Row
from hub.contacts.models import ContactTag, SalesCycle, Tag
from hub.core.facts import Contact
from hub.history.models import Note
from hub.notifications.models import Notification
from hub.plans import changes, conditions, endings, enrollment, expecting, going_on, moments, preview, rules, versions
from hub.plans.conditions import FieldIs, HasTag, InCycle
from hub.plans.loading import load_versions
from hub.plans.models import Enrollment, Plan, StepRun
from hub.plans.rules import PlanRules, StopRule
from tests.engine.world import MONDAY, World, make_world
from tests.support.people import make_user

JOINED = StopRule(when=HasTag(name="Joined"), goal=True)
ADA = Contact(id="1", tags=("joined ",), sales_cycle="Won", custom={"Member": "Yes", "Empty": " "})


@pytest.fixture
def world(transactional_db: None) -> Iterator[World]:
    with make_world() as made:
        yield made


def note(**values: Any) -> dict[str, Any]:
    return {"action_type": "steps.note", "name": "Note it", "options": {"text": "Hello"}, **values}


def later() -> dict[str, Any]:
    return note(timing={"kind": "after", "amount": 1, "unit": "days"})


def ready(world: World, says: PlanRules, *steps: dict[str, Any], name: str = "Welcome") -> Plan:
    plan = changes.create_plan(world.account, name, by=SYSTEM)
    again(plan, says, *steps)
    return plan


@transaction.atomic
def again(plan: Plan, says: PlanRules, *steps: dict[str, Any]) -> None:
    """A further version."""
    draft = versions.draft_for_editing(plan, by=SYSTEM)
    draft = versions.save_rules(draft, draft.revision, says, by=SYSTEM)
    draft = versions.save_draft(draft, draft.revision, steps or [note()], by=SYSTEM)
    versions.make_ready(draft, draft.revision, by=SYSTEM)


def start(world: World, plan: Plan, **values: Any) -> Enrollment:
    (contact,) = world.contacts(1, **values)
    with transaction.atomic():
        enrollment.enroll(plan, [contact.pk], by=SYSTEM, now=world.clock.now())
    return Enrollment.objects.get(plan=plan, contact_id=contact.pk)


def tag(world: World, contact_id: int, name: str) -> None:
    made = Tag.objects.create(account=world.account, name=name, key=name.casefold())
    ContactTag.objects.create(tag=made, contact_id=contact_id)


# --- goals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (HasTag(name="JOINED"), True),
        (HasTag(name="Left"), False),
        (InCycle(name="won"), True),
        (InCycle(name="Lost"), False),
        (FieldIs(name="member", value="yes"), True),
        (FieldIs(name="Member", value="No"), False),
        (FieldIs(name="Member"), True),
        (FieldIs(name="Empty"), False),
        (FieldIs(name="Unknown"), False),
    ],
)
def test_a_condition_is_looked_at_as_people_mean_it(condition: conditions.AnyCondition, expected: bool) -> None:
    assert conditions.holds(condition, ADA) is expected


def test_a_goal_reached_between_two_steps_ends_the_plan_and_says_why(world: World) -> None:
    row = start(world, ready(world, PlanRules(stops=(JOINED,)), note(), later()))
    world.work()
    tag(world, row.contact_id, "Joined")

    world.clock.advance(days=1)
    world.work()

    row.refresh_from_db()
    assert (row.state, row.end_reason) == ("stopped", "Goal reached: has the tag “Joined”")
    assert list(StepRun.objects.filter(enrollment=row).order_by("seq").values_list("state", "hold_reason")) == [
        ("done", ""), ("cancelled", "ends_plan"),
    ]  # fmt: skip
    told = Note.objects.get(kind="plan.stopped", contact_id=row.contact_id)
    assert told.data["text"] == "Goal reached: has the tag “Joined”"


def test_without_the_goal_the_plan_goes_on_to_its_end(world: World) -> None:
    row = start(world, ready(world, PlanRules(stops=(JOINED,)), note(), later()))
    world.work()
    world.clock.advance(days=1)
    world.work()

    row.refresh_from_db()
    assert (row.state, row.end_reason) == ("finished", "")


def test_the_first_rule_that_is_true_is_the_reason() -> None:
    said = PlanRules(stops=(StopRule(when=HasTag(name="Other")), StopRule(when=InCycle(name="Won")), JOINED))

    assert str(rules.stopped_by(said, ADA)) == "No longer meant: is at “Won” in the sales cycle"


def test_a_stage_of_the_sales_cycle_ends_it(world: World) -> None:
    won = SalesCycle.objects.create(account=world.account, name="Won", key="won", position=1)
    plan = ready(world, PlanRules(stops=(StopRule(when=InCycle(name="Won")),)))

    row = start(world, plan, sales_cycle=won)
    world.work()

    row.refresh_from_db()
    assert row.state == "stopped"


def test_the_preview_says_that_the_goal_is_reached_already(world: World) -> None:
    plan = ready(world, PlanRules(stops=(StopRule(when=FieldIs(name="Member")),)))
    (contact,) = world.contacts(1, custom={"Member": "yes"})

    told = preview.of(plan.versions.get(), contact, MONDAY)

    assert told.problems == (
        "As the contact is now, the plan would end before its first step. No longer meant: has something in the field “Member”.",
    )


# --- the next plan ------------------------------------------------------------------------------------------------


def test_whoever_comes_to_the_end_is_put_on_the_next_plan(world: World) -> None:
    second = ready(world, PlanRules(), note(name="Again"), name="Second")
    first = ready(world, PlanRules(next_plan=second.pk))

    row = start(world, first)
    world.work()

    states = dict(Enrollment.objects.filter(contact_id=row.contact_id).values_list("plan__name", "state"))
    assert states == {"Welcome": "finished", "Second": "finished"}
    assert Note.objects.filter(contact_id=row.contact_id, kind="plan.started").count() == 2


def test_whoever_was_stopped_is_not(world: World) -> None:
    second = ready(world, PlanRules(), name="Second")
    first = ready(world, PlanRules(next_plan=second.pk, stops=(StopRule(when=FieldIs(name="Member")),)))

    row = start(world, first, custom={"Member": "yes"})
    world.work()

    assert not Enrollment.objects.filter(plan=second, contact_id=row.contact_id).exists()


def test_a_next_plan_that_is_archived_since_is_told_and_undoes_nothing(world: World) -> None:
    make_user(world.account, "owner", "grace")
    second = ready(world, PlanRules(), name="Second")
    row = start(world, ready(world, PlanRules(next_plan=second.pk)))
    changes.archive(second, by=SYSTEM)

    world.work()

    row.refresh_from_db()
    assert row.state == "finished"
    told = Note.objects.get(kind="step.change_failed", contact_id=row.contact_id)
    assert "The plan “Second” is archived" in told.data["text"]
    assert "Second" in Notification.objects.get().data["text"]


def test_ready_says_when_the_next_plan_is_gone_or_not_ready(world: World) -> None:
    second = changes.create_plan(world.account, "Second", by=SYSTEM)
    plan = ready(world, PlanRules(next_plan=second.pk))
    changes.archive(second, by=SYSTEM)
    with transaction.atomic():
        draft = versions.draft_for_editing(plan, by=SYSTEM)

    (problem,) = versions.review(draft).problems

    assert "is archived. Choose another under Goals." in problem.sentence
    changes.restore(second, by=SYSTEM)
    assert versions.review(draft).problems == ()
    assert "is not ready yet" in versions.review(draft).warnings[0].sentence


def test_two_plans_that_follow_each_other_without_end_are_bounded_and_told(world: World) -> None:
    make_user(world.account, "owner", "grace")
    first = ready(world, PlanRules())
    second = ready(world, PlanRules(next_plan=first.pk), name="Second")
    again(first, PlanRules(next_plan=second.pk))

    row = start(world, first)
    for _ in range(5):
        world.work(passes=50)

    rows = Enrollment.objects.filter(contact_id=row.contact_id)
    assert rows.filter(plan=first).count() == going_on.MOST_STARTS
    assert not rows.filter(state="running").exists()
    told = Note.objects.get(kind="step.change_failed", contact_id=row.contact_id)
    assert "within a day, so it was not put on it again." in told.data["text"]
    assert Notification.objects.count() == 1


def test_a_step_that_moves_to_another_plan_is_bounded_the_same_way(world: World) -> None:
    plan = ready(world, PlanRules())
    move = {
        "action_type": "steps.move_to_plan",
        "name": "Round",
        "options": {"plan": str(plan.pk), "leave_current": True},
    }
    again(plan, PlanRules(), move)

    row = start(world, plan)
    for _ in range(5):
        world.work(passes=50)

    assert Enrollment.objects.filter(contact_id=row.contact_id).count() == going_on.MOST_STARTS
    assert Note.objects.filter(kind="step.change_failed", contact_id=row.contact_id).count() == 1


def test_a_person_may_start_it_again_at_any_time(world: World) -> None:
    plan = ready(world, PlanRules())
    row = start(world, plan)
    for _ in range(going_on.MOST_STARTS + 1):
        world.work()
        with transaction.atomic():
            report = enrollment.enroll(plan, [row.contact_id], by=SYSTEM, now=world.clock.now())

    assert report.enrolled == 1


# --- a step that moves the contact ---------------------------------------------------------------------------------


def move(plan: Plan, *, leave: bool = True) -> dict[str, Any]:
    options = {"plan": str(plan.pk), "leave_current": leave}
    return {"action_type": "steps.move_to_plan", "name": "Move", "options": options}


def test_a_contact_who_cannot_be_moved_stays_on_its_plan(world: World) -> None:
    other = ready(world, PlanRules(), name="Other")
    row = start(world, ready(world, PlanRules(), move(other), later()))
    changes.archive(other, by=SYSTEM)

    world.work()
    row.refresh_from_db()
    assert row.state == "running"
    assert "is archived" in Note.objects.get(kind="step.change_failed", contact_id=row.contact_id).data["text"]

    world.clock.advance(days=1)
    world.work()
    row.refresh_from_db()
    assert (row.state, row.end_reason) == ("finished", "")


def test_nor_does_one_leave_for_a_plan_that_takes_a_contact_only_once(world: World) -> None:
    other = ready(world, PlanRules(), name="Other")
    changes.edit_plan(other, {"reenrollment": "never"}, by=SYSTEM)
    row = start(world, ready(world, PlanRules(), later(), move(other), later()))
    with transaction.atomic():
        enrollment.enroll(other, [row.contact_id], by=SYSTEM, now=world.clock.now())

    world.clock.advance(days=1)
    world.work()

    row.refresh_from_db()
    assert row.state == "running"
    told = Note.objects.get(kind="step.change_failed", contact_id=row.contact_id)
    assert told.data["text"] == "The contact was on “Other” before, and this plan takes a contact only once."


def test_who_is_on_the_other_plan_already_leaves_all_the_same(world: World) -> None:
    other = ready(world, PlanRules(), later(), name="Other")
    row = start(world, ready(world, PlanRules(), move(other), later()))
    with transaction.atomic():
        enrollment.enroll(other, [row.contact_id], by=SYSTEM, now=world.clock.now())

    world.work()

    row.refresh_from_db()
    assert (row.state, row.end_reason) == ("stopped", "Moved to Other")
    assert not Note.objects.filter(kind="step.change_failed", contact_id=row.contact_id).exists()


def test_the_preview_says_that_nothing_behind_it_is_reached(world: World) -> None:
    other = ready(world, PlanRules(), name="Other")
    key = uuid4()
    plan = ready(world, PlanRules(), note(), {**move(other), "key": str(key)}, later())
    (contact,) = world.contacts(1)

    told = preview.of(plan.versions.get(), contact, MONDAY)

    assert [step.skips for step in told.steps] == ["", "", "“Move” ends this plan first."]
    assert told.ends_at == told.steps[1].runs_at
    failing = preview.of(plan.versions.get(), contact, MONDAY, supposed={str(key): endings.FAILED})
    assert [step.skips for step in failing.steps] == ["", "", ""]


@pytest.mark.parametrize("values", [{"leave": False}, {"only": {"when": {"kind": "tag", "name": "VIP"}}}])
def test_but_it_is_where_the_step_leaves_the_contact_on_the_plan(world: World, values: dict[str, Any]) -> None:
    other = ready(world, PlanRules(), name="Other")
    step = move(other, leave=values.get("leave", True)) | {"only_if": values.get("only")}
    plan = ready(world, PlanRules(), step, later())
    row = start(world, plan)
    promised = preview.of(plan.versions.get(), Row.objects.get(pk=row.contact_id), MONDAY).steps

    world.work()
    world.clock.advance(days=1)
    world.work()

    assert not promised[1].unreached
    assert StepRun.objects.get(enrollment=row, seq=1).state == "done"


def test_nor_is_a_time_told_for_what_is_behind_it(world: World) -> None:
    plan = ready(world, PlanRules(), later(), move(ready(world, PlanRules(), name="Other")), later())
    row = start(world, plan)
    version = load_versions([row.version_id])[row.version_id]
    clock = moments.clock_of(world.account, version.rules)

    behind = expecting.after(StepRun.objects.get(enrollment=row), version, row.started_at, clock, MONDAY)

    assert [one.at for one in behind] == [MONDAY + timedelta(days=1), None]
