"""The outbox: what is told, to whom nobody tells anything, and that silence costs nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from hub.audit.actor import SYSTEM
from hub.contacts import changes as contacts
from hub.contacts.incoming import BY_HAND, Incoming
from hub.contacts.intake import intake_many
from hub.contacts.models import Contact
from hub.contacts.visibility import EVERYTHING
from hub.db import clock
from hub.events import changes, kinds, listening, reads
from hub.events.models import Event, Listening
from hub.plans.models import StepRun
from tests.engine.world import World, make_world
from tests.support.people import make_account

pytestmark = pytest.mark.django_db(transaction=True)

ALL = kinds.mask_of(kinds.KINDS)


@pytest.fixture
def world() -> Iterator[World]:
    with make_world() as made:
        yield made


def listen(account_id: int, *names: str) -> None:
    with transaction.atomic():
        changes.set_listening({account_id: (kinds.mask_of(names) if names else ALL, 0)})


def told() -> list[str]:
    return list(Event.objects.order_by("pk").values_list("kind", flat=True))


def test_a_contact_that_comes_and_changes_is_told(world: World) -> None:
    listen(world.account.pk)

    with transaction.atomic():
        (came,) = intake_many(world.account, [Incoming({"first_name": "Ada"})], by=SYSTEM, policy=BY_HAND)
        contacts.edit(world.account, EVERYTHING, came.contact_id, {"company": "Engines"}, by=SYSTEM)
        contacts.add_tags(world.account, EVERYTHING, came.contact_id, ["vip"], by=SYSTEM)

    rows = list(Event.objects.order_by("pk"))
    assert [row.kind for row in rows] == ["contact.created", "contact.updated", "contact.updated"]
    assert {row.contact_id for row in rows} == {came.contact_id}
    assert [row.about.get("fields") for row in rows] == [None, ["Company"], ["Tags"]]


def test_what_is_taken_back_is_not_told(world: World) -> None:
    listen(world.account.pk)

    with transaction.atomic():
        intake_many(world.account, [Incoming({"first_name": "Ada"})], by=SYSTEM, policy=BY_HAND)
        transaction.set_rollback(True)

    assert told() == []


def test_a_step_is_told_when_it_is_reached_and_when_it_is_done(world: World) -> None:
    listen(world.account.pk)
    (run,) = world.enroll(1)

    world.work()

    assert told() == ["step.reached", "step.done", "plan.finished"]
    reached, done, finished = Event.objects.order_by("pk")
    assert (reached.run_id, done.run_id, finished.enrollment_id) == (run.pk, run.pk, run.enrollment_id)
    assert reached.uid != done.uid


def test_a_step_that_is_taken_up_again_before_its_first_try_is_told_under_the_same_id(world: World) -> None:
    listen(world.account.pk, kinds.STEP_REACHED)
    (run,) = world.enroll(1)

    world.ledger.claim([run.pk])
    StepRun.objects.filter(pk=run.pk).update(state="scheduled", worker_no=None)  # its worker died
    world.ledger.claim([run.pk])

    first, second = Event.objects.all()
    assert first.uid == second.uid == changes.uid_of(kinds.STEP_REACHED, run.pk)


def test_only_what_is_listened_for_is_written(world: World) -> None:
    listen(world.account.pk, kinds.PLAN_FINISHED)
    world.enroll(3)

    world.work()

    assert told() == ["plan.finished"] * 3


def test_where_nobody_listens_the_engine_asks_nothing_and_writes_nothing(world: World) -> None:
    listen(make_account("Elsewhere").pk)
    world.enroll(2)

    with CaptureQueriesContext(
        connection,
    ) as asked:
        world.work()

    assert told() == []
    about_events = [query["sql"] for query in asked if "events_" in query["sql"]]
    assert all(sql.lstrip().startswith("UPDATE plans_steprun SET") for sql in about_events)  # rides with the claim


def test_many_contacts_are_told_with_one_question_and_one_statement(world: World) -> None:
    listen(world.account.pk)
    people = [Incoming({"first_name": f"Ada{n}"}) for n in range(500)]

    with CaptureQueriesContext(connection) as asked, transaction.atomic():
        intake_many(world.account, people, by=SYSTEM, policy=BY_HAND)

    assert Event.objects.count() == 500
    assert len([query for query in asked if "events_" in query["sql"]]) == 2


def test_an_account_opened_beneath_a_listener_is_listened_to(world: World) -> None:
    with transaction.atomic():
        changes.set_listening({world.account.pk: (ALL, kinds.mask_of([kinds.STEP_DONE]))})

    child = make_account("Beneath", world.account)
    grandchild = make_account("Further beneath", child)

    assert listening.hears(grandchild.pk, kinds.STEP_DONE)
    assert not listening.hears(child.pk, kinds.CONTACT_CREATED)


def test_events_are_taken_oldest_first_and_stay_when_the_taker_fails(world: World) -> None:
    listen(world.account.pk)
    with transaction.atomic():
        changes.tell_reply(world.account.pk, Contact(pk=7).pk, at=clock.now(), subject="Re: hello")
        changes.tell_reply(world.account.pk, Contact(pk=8).pk, at=clock.now(), subject="Re: again")

    with transaction.atomic():
        assert len(changes.take(10)) == 2
        transaction.set_rollback(True)
    assert reads.waiting()
    with transaction.atomic():
        first = changes.take(1)

    assert [event.contact_id for event in first] == [7]
    assert [event.contact_id for event in Event.objects.all()] == [8]


def test_nobody_listens_any_more(world: World) -> None:
    listen(world.account.pk)

    with transaction.atomic():
        changes.set_listening({world.account.pk: (0, 0)})

    assert not Listening.objects.exists()
    assert not listening.hears(world.account.pk, kinds.STEP_DONE)
