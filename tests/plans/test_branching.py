"""Steps that ask how an earlier step of the plan ended: in the engine, in the preview, in the draft."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hub.audit.actor import SYSTEM
from hub.contacts.models import Contact
from hub.core import addon as core_addon
from hub.core.effects import keyed
from hub.core.endpoints import Answer
from hub.core.outcomes import Already, Done, Outcome, Rejected, Sent
from hub.core.settings import Settings
from hub.engine import review
from hub.engine.whynot import asking
from hub.history.models import Note
from hub.plans import changes, drafting, earlier, endings, enrollment, preview, versions
from hub.plans.checking import PlanProblems
from hub.plans.endings import EXAMPLES, WAYS, Way
from hub.plans.models import Enrollment, Plan, StepRun
from tests.engine.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)

DAY = {"kind": "after", "amount": 1, "unit": "days"}
GIFT = {"action_type": "oracle.send", "name": "Send gift"}


class Wish(Settings):
    """How the step is to end."""

    ends: str = "done"


def oracle() -> core_addon.AddOn:
    """An add-on whose vendor ends as it is told to."""
    made = core_addon.AddOn("oracle", title="Oracle", always_on=True)

    @made.action("send", Wish, title="Send", needs=("first_name",))
    async def send(vendor: Any, step: Wish, contact: Any) -> Outcome:
        said = {"already": Already(note="It is there."), "rejected": Rejected("No such street.")}
        return said.get(step.ends, Done())

    return made


class New(Answer):
    ref: str


class Made(Answer):
    id: str


def shelf() -> core_addon.AddOn:
    """An add-on whose vendor answers 409 where it has the thing already."""
    made = core_addon.AddOn(
        "shelf", title="Shelf", base_url="https://shelf.example", always_on=True, errors={409: Already}
    )
    put = made.post("/things", New, Made, effect=keyed("Idempotency-Key", "24h"))

    @made.action("put", Wish, title="Put")
    async def put_it(vendor: Any, step: Wish, contact: Any) -> Sent:
        return Sent((await vendor(put, New(ref=vendor.ref))).id)

    return made


def has_it(request: httpx.Request) -> httpx.Response:
    return httpx.Response(409)


@pytest.fixture
def world() -> Iterator[World]:
    with make_world(more_addons=[oracle(), shelf()]) as made:
        yield made


def note(name: str, asked: UUID, ended: str, unless: bool = False, **values: Any) -> dict[str, Any]:
    only = {"when": {"kind": "step", "step": str(asked), "ended": ended}, "unless": unless}
    return {"action_type": "steps.note", "name": name, "options": {"text": name}, "only_if": only, **values}


def gift(key: UUID, ends: str = "done", **values: Any) -> dict[str, Any]:
    return {**GIFT, "key": key, "options": {"ends": ends}, **values}


@transaction.atomic
def draft(world: World, *steps: dict[str, Any]) -> Plan:
    plan = changes.create_plan(world.account, "Welcome", by=SYSTEM)
    versions.save_draft(plan.versions.get(), 0, steps, by=SYSTEM)
    return plan


@transaction.atomic
def ready(world: World, *steps: dict[str, Any]) -> Plan:
    plan = draft(world, *steps)
    version = plan.versions.get()
    versions.make_ready(version, version.revision, by=SYSTEM)
    return plan


def start(world: World, plan: Plan, **values: Any) -> Contact:
    (contact,) = world.contacts(1, **values)
    with transaction.atomic():
        enrollment.enroll(plan, [contact.pk], by=SYSTEM, now=world.clock.now())
    return contact


def came_to(contact: Contact) -> list[str]:
    rows = StepRun.objects.filter(contact_id=contact.pk).order_by("seq", "created_at")
    return list(rows.values_list("state", flat=True))


def problems(plan: Plan) -> list[tuple[int, str, str]]:
    found = versions.review(plan.versions.get()).problems
    return [(one.position, one.field, one.sentence) for one in found]


# --- in the engine ---------------------------------------------------------------------------------------------------


def test_one_step_runs_when_the_gift_was_done_and_the_other_when_it_was_not(world: World) -> None:
    key = uuid4()
    steps = note("Did you like it?", key, "done"), note("Call instead", key, "done", unless=True)

    happy = start(world, ready(world, gift(key), *steps))
    sad = start(world, ready(world, gift(key, "rejected"), *steps))
    world.work()

    assert came_to(happy) == ["done", "done", "skipped"]
    assert came_to(sad) == ["failed", "skipped", "done"]
    told = Note.objects.get(contact_id=sad.pk, kind="step.skipped")
    assert told.data["text"] == "Only if “Send gift” was done. It was refused by the vendor."


def person_says(world: World, run: StepRun, what: str) -> None:
    """The step waits for a person, who ends it."""
    StepRun.objects.filter(pk=run.pk).update(state="review", hold_reason="poison", hold_detail="It died.")
    with transaction.atomic():
        review.one(world.account.pk, run.pk, what, by=SYSTEM)


@pytest.mark.parametrize(
    ("ends", "contact", "person", "expected"),
    [
        ("done", {}, "", {"done"}),
        ("already", {}, "", {"done", "already"}),
        ("rejected", {}, "", {"failed", "rejected"}),
        ("rejected", {}, "leave", {"failed", "rejected"}),
        ("done", {"first_name": ""}, "", {"failed", "lacking"}),
        ("done", {"first_name": ""}, "leave", {"failed", "lacking"}),
        ("done", {}, "done", {"done"}),
        ("done", {}, "not_done", {"failed", "given_up"}),
        ("done", {}, "skip", {"skipped", "given_up"}),
        ("not meant", {}, "", {"skipped"}),
    ],
)
def test_every_end_is_known_by_its_ways(
    world: World, ends: str, contact: dict[str, str], person: str, expected: set[str]
) -> None:
    key = uuid4()
    meant = {"when": {"kind": "tag", "name": "VIP"}} if ends == "not meant" else None
    plan = ready(world, gift(key, ends, only_if=meant))
    who = start(world, plan, **contact)
    run = StepRun.objects.get(contact_id=who.pk)

    if person in ("done", "not_done", "skip"):
        person_says(world, run, person)
    else:
        world.work()
    if person == "leave":
        with transaction.atomic():
            review.leave(world.account.pk, run.pk, by=SYSTEM)

    assert earlier.of([run.enrollment_id])[run.enrollment_id].ended[str(key)] == expected


@pytest.mark.parametrize(("lost", "expected"), [(False, ["done", "done"]), (True, ["done", "skipped"])])
def test_what_an_earlier_try_of_the_same_step_brought_there_had_not_been_there_before(
    world: World, lost: bool, expected: list[str]
) -> None:
    """The vendor says *I have it* both times; after an answer that was lost it may be ours."""
    key = uuid4()
    put = {"action_type": "shelf.put", "name": "Put", "key": key}
    contact = start(world, ready(world, put, note("Known already", key, "already")))

    world.vendor.answers += [world.vendor.acts_and_hangs_up, has_it] if lost else [has_it]
    world.work()
    world.clock.advance(minutes=10)
    world.work()

    assert came_to(contact) == expected


def test_what_counts_is_how_the_last_try_ended(world: World) -> None:
    key = uuid4()
    contact = start(world, ready(world, gift(key, "rejected"), note("Call instead", key, "failed", timing=DAY)))
    world.work()
    run = StepRun.objects.get(contact_id=contact.pk, seq=0)

    run.plan_step.options = {"ends": "done"}
    run.plan_step.save(update_fields=["options"])
    with transaction.atomic():
        review.retry(world.account.pk, run.pk, by=SYSTEM)
    world.clock.advance(hours=-1)  # somebody set the server's clock
    StepRun.objects.filter(contact_id=contact.pk, seq=0, state="scheduled").update(due_at=world.clock.now())
    world.work()
    world.clock.advance(hours=26)
    world.work()

    assert came_to(contact) == ["failed", "done", "skipped"]


def test_a_contact_that_comes_again_is_asked_for_how_it_ended_this_time(world: World) -> None:
    key = uuid4()
    plan = ready(world, gift(key), note("Call instead", key, "lacking"))
    contact = start(world, plan)
    world.work()

    Contact.objects.filter(pk=contact.pk).update(first_name="")
    with transaction.atomic():
        enrollment.enroll(plan, [contact.pk], by=SYSTEM, now=world.clock.now())
    world.work()

    assert Enrollment.objects.filter(contact_id=contact.pk).count() == 2
    states = StepRun.objects.filter(contact_id=contact.pk).order_by("enrollment__occurrence", "seq")
    assert list(states.values_list("state", flat=True)) == ["done", "skipped", "failed", "done"]


def test_contacts_stay_with_the_question_of_their_version(world: World) -> None:
    key = uuid4()
    plan = ready(world, gift(key), note("Thanks", key, "done", timing=DAY))
    contact = start(world, plan)
    world.work()

    with transaction.atomic():
        again = versions.draft_for_editing(plan, by=SYSTEM)
        again = versions.save_draft(again, again.revision, [gift(key, name="Another name")], by=SYSTEM)
        versions.make_ready(again, again.revision, by=SYSTEM)
    world.clock.advance(days=1)
    world.work()

    assert came_to(contact) == ["done", "done"]


# --- in the preview --------------------------------------------------------------------------------------------------


def test_the_preview_tells_both_ways_while_nobody_knows(world: World) -> None:
    key = uuid4()
    plan = ready(world, gift(key), note("Call instead", key, "rejected"))
    (contact,) = world.contacts(1)

    _first, second = preview.of(plan.versions.get(), contact, world.clock.now()).steps

    assert second.depends == (
        "It depends on how “Send gift” ends, which is not known yet. Only if “Send gift” was refused by the vendor: then it "
        "runs as it stands here. Otherwise it is passed over, and the plan goes on at once."
    )
    assert second.skips == ""
    assert [field.text for field in second.fields] == ["Call instead"]


def test_of_a_step_that_is_passed_over_it_is_known_how_it_ends(world: World) -> None:
    key = uuid4()
    vip = {"when": {"kind": "tag", "name": "VIP"}}
    plan = ready(world, gift(key, only_if=vip), note("Instead", key, "skipped"), note("Thanks", key, "done"))
    (contact,) = world.contacts(1)

    _gift, instead, thanks = preview.of(plan.versions.get(), contact, world.clock.now()).steps

    assert (instead.skips, instead.depends) == ("", "")
    assert thanks.skips == "Only if “Send gift” was done. It was passed over."


def test_the_preview_under_a_supposition_is_what_the_engine_does_when_it_comes_true(world: World) -> None:
    """Random plans of three steps that end as they were told to, and ask one another whatever may be asked."""
    outcomes: dict[str, Way] = {"done": "done", "already": "already", "rejected": "rejected"}
    question = st.none() | st.tuples(st.integers(0, 1), st.sampled_from(WAYS), st.booleans())

    @settings(
        max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None,
        phases=[Phase.explicit, Phase.generate],
    )  # fmt: skip
    @given(st.lists(st.sampled_from(sorted(outcomes)), min_size=3, max_size=3), question, question)
    def agree(ends: list[str], second: Any, third: Any) -> None:
        keys = [uuid4() for _ in ends]
        asked = [None, second and (0, *second[1:]), third]
        steps = [
            gift(key, end, only_if=only and note("", keys[only[0]], *only[1:])["only_if"])
            for key, end, only in zip(keys, ends, asked, strict=True)
        ]
        plan = ready(world, *steps)
        (contact,) = world.contacts(1)
        supposed = {str(key): EXAMPLES[outcomes[end]] for key, end in zip(keys, ends, strict=True)}
        promised = preview.of(plan.versions.get(), contact, world.clock.now(), supposed=supposed).steps
        with transaction.atomic():
            enrollment.enroll(plan, [contact.pk], by=SYSTEM, now=world.clock.now())

        world.work()

        assert not any(step.depends for step in promised)
        passed_over = [state == "skipped" for state in came_to(contact)]
        assert passed_over == [bool(step.skips) for step in promised]
        told = Note.objects.filter(contact_id=contact.pk, kind="step.skipped").order_by("pk")
        assert [one.data["text"] for one in told] == [step.skips for step in promised if step.skips]

    agree()


# --- in the draft ----------------------------------------------------------------------------------------------------


def test_a_question_that_lost_its_step_is_kept_in_the_draft_and_not_made_ready(world: World) -> None:
    plan = draft(world, gift(uuid4()), note("Call instead", uuid4(), "failed"))
    version = plan.versions.get()

    with pytest.raises(PlanProblems), transaction.atomic():
        versions.make_ready(version, version.revision, by=SYSTEM)

    gone = "It asks how a step ended that is no longer in the plan. Choose another one, or mean it for everybody."
    assert problems(plan) == [(2, "only_if.step", gone)]


def test_a_step_may_ask_only_for_one_in_front_of_it(world: World) -> None:
    key, own = uuid4(), uuid4()

    behind = draft(world, note("Call instead", key, "failed"), gift(key))
    itself = draft(world, note("Call instead", own, "failed", key=own))

    later = "It asks how “Send gift” ended, which comes after it. Move one of the two, or choose another step."
    own_end = "A step cannot ask how it ends itself. Choose a step in front of it."
    assert problems(behind) == [(1, "only_if.step", later)]
    assert problems(itself) == [(1, "only_if.step", own_end)]


def test_a_copied_plan_asks_for_its_own_steps(world: World) -> None:
    key = uuid4()
    plan = ready(world, gift(key), note("Call instead", key, "failed"))

    with transaction.atomic():
        copy = changes.copy_plan(plan, by=SYSTEM)

    first, second = drafting.steps_of(copy.versions.get())
    assert first.key != key
    assert second.only_if is not None
    assert second.only_if.asks == str(first.key)
    assert problems(copy) == []


# --- why not ---------------------------------------------------------------------------------------------------------


def test_why_not_says_what_it_depends_on_and_afterwards_how_it_ended(world: World) -> None:
    key, call = uuid4(), uuid4()
    held = {"kind": "after", "amount": 2, "unit": "days"}
    plan = ready(world, gift(key, timing=held), note("Call instead", key, "failed", key=call))
    contact = start(world, plan)

    before = asking.why(contact, plan, call, world.clock.now())
    world.clock.advance(days=2)
    world.work()
    after = asking.why(contact, plan, call, world.clock.now())

    assert before.stop is not None
    assert before.stop.key == "before"
    assert before.stop.sentence.endswith("Then it depends on how “Send gift” ended: only if “Send gift” failed.")
    assert after.stop is not None
    assert after.stop.sentence == "It was skipped. Only if “Send gift” failed. It was done."


def test_why_not_knows_ahead_that_a_step_will_be_passed_over(world: World) -> None:
    key, call = uuid4(), uuid4()
    wait = {"action_type": "steps.wait", "name": "Wait", "timing": DAY}
    plan = ready(world, gift(key), wait, note("Call instead", key, "failed", key=call))
    contact = start(world, plan)
    world.work()

    told = asking.why(contact, plan, call, world.clock.now())

    assert told.stop is not None
    assert told.stop.sentence.endswith("It will be passed over. Only if “Send gift” failed. It was done.")


@pytest.mark.parametrize("way", WAYS)
def test_every_way_has_words_and_an_example(way: Way) -> None:
    assert way in EXAMPLES[way]
    assert endings.told(way)
    assert endings.words(EXAMPLES[way]) == endings.told(way)
