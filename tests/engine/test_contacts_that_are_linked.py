"""One person stays one person: who came from ClubReady is not pushed there, who was pushed is not brought in anew (R077)."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from django.db import transaction
from hub_clubready import addon
from hub_clubready.answers import User
from hub_clubready.people import record

from hub.addons import changes as addons
from hub.audit.actor import SYSTEM
from hub.contacts.incoming import Incoming, Policy
from hub.contacts.intake import intake
from hub.contacts.models import Contact, ExternalId
from hub.history.models import Note
from hub.plans import enrollment, preview
from hub.plans.models import StepRun
from tests.engine.world import World, make_plan, make_world

pytestmark = pytest.mark.django_db(transaction=True)

CLUB = Policy(source="clubready", told_as="ClubReady")
PUSH = ("clubready.new_user_push", {})
NOBODY = httpx.Response(200, json={"users": []})
CREATED = httpx.Response(200, json={"UserId": 604, "Success": True})


@pytest.fixture
def world() -> Iterator[World]:
    with make_world([("steps.note", {"text": "hello"})], more_addons=[addon]) as world:
        with transaction.atomic():
            addons.make_available(world.account, "clubready", by=SYSTEM)
            addons.enable(world.account, "clubready", by=SYSTEM)
            addons.save_settings(
                world.account, "clubready", {"api_key": "club-key-1234567", "store_id": 1234}, by=SYSTEM
            )
            world.plan = make_plan(world.account, [PUSH], (), "none")
        yield world


def answering(world: World, *answers: httpx.Response) -> None:
    world.vendor.answers += [lambda _request, answer=answer: answer for answer in answers]


def brought_in(world: World, user_id: int) -> int:
    """What an import makes of a record of ClubReady's."""
    told = record(
        User.model_validate({"UserId": user_id, "FirstName": "Ada", "LastName": "Byron", "Email": "ada@example.com"})
    )
    with transaction.atomic():
        return intake(world.account, Incoming.of_record(told), by=SYSTEM, policy=CLUB).contact_id


def push(world: World, contact_id: int) -> StepRun:
    with transaction.atomic():
        enrollment.enroll(
            world.plan, [contact_id], by=SYSTEM, now=world.clock.now(), token=f"{contact_id}-{world.clock.now()}"
        )
    world.work()
    return StepRun.objects.filter(contact_id=contact_id).latest("created_at")


def test_who_is_linked_and_has_no_e_mail_address_is_not_held_for_it(world: World) -> None:
    contact_id = brought_in(world, 501)
    Contact.objects.filter(pk=contact_id).update(email="")
    version, ada = world.plan.versions.get(), Contact.objects.get(pk=contact_id)

    run = push(world, contact_id)

    assert (run.state, world.vendor.requests) == ("done", [])
    assert preview.of(version, ada, world.clock.now()).ok
    ExternalId.objects.filter(contact=ada).delete()
    assert "lacks an e-mail address" in preview.of(version, ada, world.clock.now()).steps[0].problems[0]


def test_who_was_pushed_is_linked_and_not_brought_in_as_somebody_new(world: World) -> None:
    answering(world, NOBODY, CREATED)
    [run] = world.enroll(1, email="ada0@example.com")
    world.work()
    run.refresh_from_db()

    again = brought_in(world, 604)

    assert run.state == "done", (run.state, run.hold_reason, run.hold_detail)
    assert (again, Contact.objects.count()) == (run.contact_id, 1)
    assert ExternalId.objects.get().source == "clubready"


def test_who_was_pushed_is_not_pushed_again(world: World) -> None:
    answering(world, NOBODY, CREATED)
    [run] = world.enroll(1, email="ada0@example.com")
    world.work()
    asked = len(world.vendor.requests)
    world.clock.advance(days=1)

    second = push(world, run.contact_id)

    assert (second.pk != run.pk, second.state) == (True, "done")
    assert len(world.vendor.requests) == asked
    assert "knows Ada0 Byron as user 604; nothing was sent" in str(list(Note.objects.values_list("data", flat=True)))


def test_who_came_from_clubready_is_not_pushed_back(world: World) -> None:
    contact_id = brought_in(world, 501)

    run = push(world, contact_id)

    assert (run.state, world.vendor.requests) == ("done", [])


def test_an_id_that_another_contact_has_is_told_and_the_step_stays_done(world: World) -> None:
    grace = brought_in(world, 604)
    answering(world, NOBODY, CREATED)
    [run] = world.enroll(1, email="other@example.com")
    world.work()
    run.refresh_from_db()

    assert run.state == "done"
    assert ExternalId.objects.get().contact_id == grace
    assert Note.objects.filter(contact_id=run.contact_id, kind="step.change_failed").count() == 1
