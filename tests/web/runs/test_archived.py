"""A run that was moved to the archive: its page says so, and its contact's page still leads there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from hub.contacts.models import Contact
from hub.engine.archiving import moving
from hub.engine.models import Leave
from hub.plans.models import StepRun
from hub.users.models import User
from tests.engine.world import World, make_world
from tests.support.people import make_account, make_user

pytestmark = pytest.mark.django_db(transaction=True)

Enter = Callable[[User], Client]


@pytest.fixture
def world() -> Iterator[World]:
    with make_world() as made:
        yield made


def moved(world: World) -> StepRun:
    (run,) = world.enroll(1)
    world.work()
    world.clock.advance(days=91)
    assert moving.move_portion(world.clock.now(), timedelta(days=90)).runs == 1
    return run


def test_its_page_says_where_it_is_and_how_it_ended(world: World, enter: Enter) -> None:
    run = moved(world)

    page = enter(make_user(world.account, "owner")).get(f"/a/{world.account.pk}/runs/{run.pk}").content.decode()

    assert "was moved to the archive" in page
    assert run.id.hex in page  # in the reference that the vendor knows
    assert "id-1" in page
    assert "Attempt 1" in page
    assert "The vendor did it" in page


def test_its_page_says_who_let_it_go_past_a_guard(world: World, enter: Enter) -> None:
    (run,) = world.enroll(1)
    Leave.objects.create(run_id=run.pk, guard="possible_repeat", by="Grace", at=world.clock.now())
    world.work()
    world.clock.advance(days=91)
    moving.move_portion(world.clock.now(), timedelta(days=90))

    page = enter(make_user(world.account, "owner")).get(f"/a/{world.account.pk}/runs/{run.pk}").content.decode()

    assert "Let go although it was sent lately" in page
    assert "Grace" in page


def test_the_contacts_page_still_leads_to_it(world: World, enter: Enter) -> None:
    run = moved(world)

    page = enter(make_user(world.account, "owner")).get(f"/a/{world.account.pk}/contacts/{run.contact_id}")

    assert f"/a/{world.account.pk}/runs/{run.pk}" in page.content.decode()
    assert "1 of 1 steps" in page.content.decode()


def test_who_may_not_see_the_contact_does_not_see_the_archived_step(world: World, enter: Enter) -> None:
    run = moved(world)
    person = make_user(world.account, "sales")
    browser = enter(person)
    address = f"/a/{world.account.pk}/runs/{run.pk}"
    foreign = browser.get(address)
    missing = browser.get(f"/a/{world.account.pk}/runs/{uuid4()}")
    assert (foreign.status_code, missing.status_code) == (404, 404)

    Contact.objects.filter(pk=run.contact_id).update(assigned_user=person)

    assert browser.get(address).status_code == 200


def test_another_account_does_not_find_it(world: World, enter: Enter) -> None:
    run = moved(world)
    other = make_account("Southside")

    answer = enter(make_user(other, "owner")).get(f"/a/{other.pk}/runs/{run.pk}")

    assert answer.status_code == 404
