"""A step's notification reaches somebody who reads it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import transaction

from hub.contacts.models import Contact
from hub.notifications.models import Notification
from hub.users.models import Grant, User
from tests.engine.world import World, make_world
from tests.support.people import make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> Iterator[World]:
    with make_world(notify="always") as made:
        yield made


@transaction.atomic
def put_on_with(world: World, assigned: User) -> None:
    for run in world.enroll(1):
        Contact.objects.filter(pk=run.contact_id).update(assigned_user=assigned)


def told() -> list[str]:
    names = dict(User.objects.values_list("pk", "username"))
    return [names[one] for one in Notification.objects.order_by("pk").values_list("user_id", flat=True)]


def test_the_assigned_user_is_told(world: World) -> None:
    make_user(world.account, "owner", "grace")
    put_on_with(world, make_user(world.account, "sales", "sam"))
    world.work()

    assert told() == ["sam"]


def test_for_one_who_left_those_in_charge_are_told(world: World) -> None:
    make_user(world.account, "owner", "grace")
    archived, placeless = (make_user(world.account, "sales", name) for name in ("sam", "tom"))
    User.objects.filter(pk=archived.pk).update(state=User.State.ARCHIVED)
    Grant.objects.filter(user=placeless).delete()
    for assigned in (archived, placeless):
        put_on_with(world, assigned)
    world.work()

    assert told() == ["grace", "grace"]
