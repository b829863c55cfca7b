"""Steps that are meant for some: by what is true of a contact when the step would start, and by lot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from pydantic import ValidationError

from hub.addons import changes as addons
from hub.audit.actor import SYSTEM
from hub.contacts.models import Contact, Tag
from hub.core import facts
from hub.history.models import Note
from hub.plans import changes, conditions, enrollment, preview, versions
from hub.plans.conditions import FieldIs, HasTag, OnlyIf, Share
from hub.plans.models import Plan, StepRun
from tests.engine.world import CARD, World, make_world

MEMBER = {"kind": "field", "name": "Member", "value": "yes"}


@pytest.fixture
def world(transactional_db: None) -> Iterator[World]:
    with make_world() as made:
        yield made


def note(name: str, when: dict[str, Any], unless: bool = False, **values: Any) -> dict[str, Any]:
    only = {"when": when, "unless": unless}
    return {"action_type": "steps.note", "name": name, "options": {"text": name}, "only_if": only, **values}


@transaction.atomic
def ready(world: World, *steps: dict[str, Any]) -> Plan:
    plan = changes.create_plan(world.account, "Welcome", by=SYSTEM)
    draft = versions.save_draft(plan.versions.get(), 0, steps, by=SYSTEM)
    versions.make_ready(draft, draft.revision, by=SYSTEM)
    return plan


def start(world: World, plan: Plan, **values: Any) -> int:
    (contact,) = world.contacts(1, **values)
    with transaction.atomic():
        enrollment.enroll(plan, [contact.pk], by=SYSTEM, now=world.clock.now())
    return int(contact.pk)


def came_to(contact_id: int) -> list[str]:
    return list(StepRun.objects.filter(contact_id=contact_id).order_by("seq").values_list("state", flat=True))


def test_if_and_else_are_two_steps_of_which_each_contact_gets_one(world: World) -> None:
    plan = ready(world, note("Welcome back", MEMBER), note("Join us", MEMBER, unless=True))

    member, stranger = start(world, plan, custom={"Member": "Yes"}), start(world, plan)
    world.work()

    assert came_to(member) == ["done", "skipped"]
    assert came_to(stranger) == ["skipped", "done"]
    told = Note.objects.get(contact_id=stranger, kind="step.skipped")
    assert told.data["text"] == "Only if the contact has “yes” in the field “Member”."


def test_what_counts_is_what_is_true_when_the_step_would_start(world: World) -> None:
    day = {"kind": "after", "amount": 1, "unit": "days"}
    contact_id = start(world, ready(world, note("Later", MEMBER, timing=day)))

    Contact.objects.filter(pk=contact_id).update(custom={"Member": "yes"})
    world.clock.advance(days=1)
    world.work()

    assert came_to(contact_id) == ["done"]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("City", "austin", True),
        ("city", "Boston", False),
        ("E-mail", "", True),
        ("Company", "", False),
        ("Assigned user", "Grace Hopper", True),
        ("Lead source", "web", True),
        ("State", "Mars", True),  # a field of the account's own with that name counts
        ("State", "TX", False),
        ("Shoe size", "", False),
    ],
)
def test_a_field_may_be_one_that_every_contact_has(name: str, value: str, expected: bool) -> None:
    grace = facts.User(id="2", first_name="Grace", last_name="Hopper")
    contact = facts.Contact(
        id="1", email="ada@example.com", address=facts.Address(city="Austin", state="TX"), assigned_user=grace,
        lead_source="Web", custom={"State": "Mars"},
    )  # fmt: skip

    assert conditions.holds(FieldIs(name=name, value=value), contact) is expected


def test_the_engine_goes_by_the_fields_that_every_contact_has(world: World) -> None:
    austin = {"kind": "field", "name": "City", "value": "Austin"}
    plan = ready(world, note("In town", austin), note("Far away", austin, unless=True))

    near, far = start(world, plan), start(world, plan, city="Boston")
    world.work()

    assert (came_to(near), came_to(far)) == (["done", "skipped"], ["skipped", "done"])


def test_a_name_that_there_is_not_is_told_before_the_plan_is_made_ready(world: World) -> None:
    Tag.objects.create(account=world.account, name="Joined", key="joined")
    steps = [
        note("Slip", {"kind": "tag", "name": "Joind"}), note("Known", {"kind": "tag", "name": "joined"}),
        note("Field", {"kind": "field", "name": "Citty"}), note("Stage", {"kind": "sales_cycle", "name": "Quux"}),
        note("Draw", {"kind": "share", "name": "Any", "percent": 50}),
    ]  # fmt: skip
    plan = ready(world, *steps)

    warnings = versions.review(plan.versions.get()).warnings

    assert [(one.position, one.field, one.sentence) for one in warnings] == [
        (1, "only_if.name", "There is no tag “Joind” in this account. Did you mean “Joined”?"),
        (3, "only_if.name", "A contact has no field “Citty” in this account. Did you mean “City”?"),
        (4, "only_if.name", "There is no stage “Quux” in this account's sales cycle."),
    ]


def test_the_preview_passes_the_same_steps_over_and_tells_why(world: World) -> None:
    plan = ready(world, note("Welcome back", MEMBER), note("Join us", MEMBER, unless=True))
    (contact,) = world.contacts(1)

    first, second = preview.of(plan.versions.get(), contact, world.clock.now()).steps

    assert (first.skips, first.fields) == ("Only if the contact has “yes” in the field “Member”.", ())
    assert (second.skips, second.ok) == ("", True)


def test_what_holds_a_step_before_anybody_asks_for_whom_it_is_is_told(world: World) -> None:
    """A step is looked at when it would start: held before, it holds those for whom it is not meant as well."""
    gift = {**note("Gift", MEMBER), "action_type": CARD[0], "options": CARD[1]}
    plan = ready(world, gift, note("Join us", MEMBER, unless=True))
    (contact,) = world.contacts(1)
    with transaction.atomic():
        addons.disable(world.account, "postpigeon", by=SYSTEM)

    first, _second = preview.of(plan.versions.get(), contact, world.clock.now()).steps
    contact_id = start(world, plan)
    world.work()

    assert came_to(contact_id) == ["held"]
    assert first.skips
    assert first.problems == (StepRun.objects.get(contact_id=contact_id).hold_detail,)


def test_a_draw_is_even_and_each_contact_stays_on_its_side() -> None:
    half = OnlyIf(when=Share(name="A or B", percent=50))
    rest = OnlyIf(when=Share(name="a or b ", percent=50), unless=True)
    people = [facts.Contact(id=str(n)) for n in range(4_000)]

    first = [not conditions.why_not(half, one) for one in people]

    assert 1_850 < sum(first) < 2_150  # five standard deviations
    assert first == [not conditions.why_not(half, one) for one in people]
    assert [not meant for meant in first] == [not conditions.why_not(rest, one) for one in people]


def test_two_draws_have_nothing_to_do_with_each_other() -> None:
    people = [str(n) for n in range(4_000)]

    both = [conditions.place_in("one", who) < 50 and conditions.place_in("two", who) < 50 for who in people]

    assert 850 < sum(both) < 1_150


def test_a_draw_never_changes_from_one_release_to_the_next() -> None:
    """Contacts are in the middle of plans while the hub is updated."""
    assert [conditions.place_in("A or B", str(n)) for n in range(1, 6)] == [78, 61, 5, 57, 26]


@pytest.mark.parametrize(
    "wrong",
    [{}, {"when": {"kind": "mood", "name": "good"}}, {"when": {"kind": "tag", "name": ""}},
     {"when": {"kind": "share", "name": "A", "percent": 100}}],
)  # fmt: skip
def test_conditions_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        OnlyIf.model_validate(wrong)


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        (OnlyIf(when=HasTag(name="Joined")), "Only if the contact has the tag “Joined”"),
        (OnlyIf(when=FieldIs(name="Member"), unless=True), "Unless the contact has something in the field “Member”"),
        (
            OnlyIf(when=Share(name="A or B", percent=30)),
            "Only if the contact is among the first 30 % of the draw “A or B”",
        ),
    ],
)
def test_it_reads_as_a_sentence(only: OnlyIf, expected: str) -> None:
    assert str(only) == expected
