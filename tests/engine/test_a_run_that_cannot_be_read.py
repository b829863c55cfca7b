"""One run of which something cannot be made out holds up itself, and nobody who was claimed with it."""

from __future__ import annotations

import socket
import time
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from django.db import connection, transaction

from hub.addons import changes as addons
from hub.audit.actor import SYSTEM
from hub.core import AddOn, HeaderKey, Sent, Settings, actions
from hub.core.facts import Contact
from hub.core.vendor import Vendor
from hub.engine import sweep
from hub.engine.models import Worker
from hub.plans.models import StepRun
from tests.engine.world import World, make_plan, make_world
from tests.support import fourclasses

pytestmark = pytest.mark.django_db(transaction=True)

addon = AddOn(
    "wary",
    title="Wary",
    base_url="https://wary.example",
    settings=fourclasses.Account,
    auth=HeaderKey("X-Key", "api_key"),
)
post = addon.post("/things", fourclasses.New, fourclasses.Made, effect=fourclasses.blind_post.effect)


class Raises(Settings):
    """Its author thought of those who fill it in."""

    to: str = ""

    @classmethod
    def leaves_out(cls, values: Mapping[str, Any]) -> bool:
        return values["to"].split("@")[1] != ""


class Hangs(Settings):
    @classmethod
    def leaves_out(cls, values: Mapping[str, Any]) -> bool:
        time.sleep(3600)
        return False


@addon.action("raise", Raises, title="Raise", needs=["first_name"])
async def raising(vendor: Vendor, step: Raises, contact: Contact) -> Sent:
    return Sent((await vendor(post, fourclasses.New(ref=vendor.ref, to=contact.first_name))).id)


@addon.action("hang", Hangs, title="Hang")
async def hanging(vendor: Vendor, step: Hangs, contact: Contact) -> Sent:
    return Sent((await vendor(post, fourclasses.New(ref=vendor.ref, to=contact.first_name))).id)


@pytest.fixture
def world() -> Iterator[World]:
    with make_world(more_addons=[fourclasses.addon, addon]) as world:
        with transaction.atomic():
            for name in ("classes", "wary"):
                addons.make_available(world.account, name, by=SYSTEM)
                addons.enable(world.account, name, by=SYSTEM)
                addons.save_settings(world.account, name, {"api_key": "their-key-123456"}, by=SYSTEM)
        yield world


def enrolled(world: World, action: str, number: int = 1) -> list[StepRun]:
    """New contacts on a plan of this one step."""
    with transaction.atomic():
        world.plan = make_plan(world.account, [(action, {})], (), "none")
    return world.enroll(number)


def states(runs: list[StepRun]) -> set[str]:
    return set(StepRun.objects.filter(pk__in=[run.pk for run in runs]).values_list("state", flat=True))


def without_bytes(world: World) -> StepRun:
    """A run that may have left, and whose bytes no key opens any more."""
    [run] = enrolled(world, "classes.keyed")
    world.vendor.answers = [world.vendor.acts_and_hangs_up]
    world.dispatch([run.pk])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE engine_attempt SET request = 'v1.lost.nobody-opens-this'")
    world.clock.advance(minutes=5)
    return run


def test_bytes_that_no_key_opens_hold_up_their_own_run_only(world: World) -> None:
    broken = without_bytes(world)
    others = enrolled(world, "classes.blind", 5)

    world.dispatch([others[0].pk, broken.pk, *(run.pk for run in others[1:])])

    assert states(others) == {"done"}
    assert states([broken]) == {"claimed"}


def test_such_a_run_comes_to_a_person_although_nothing_can_be_told_of_it(world: World) -> None:
    broken = without_bytes(world)

    for _ in range(3):
        world.dispatch([broken.pk])
        world.clock.advance(minutes=11)
        assert sweep.sweep() == 1
        world.clock.advance(minutes=2)

    assert states([broken]) == {"review"}


def test_a_form_that_raises_where_it_is_asked_whom_it_is_about_holds_up_nobody(world: World) -> None:
    theirs, others = enrolled(world, "wary.raise"), enrolled(world, "classes.blind", 2)

    world.dispatch([run.pk for run in (*theirs, *others)])

    assert states([*theirs, *others]) == {"done"}


def test_a_form_that_never_answers_is_asked_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hub.core.guard.PAGE_SECONDS", 0.2)
    monkeypatch.setattr(actions, "_never_back", set())
    theirs, others = enrolled(world, "wary.hang", 20), enrolled(world, "classes.blind", 2)

    began = time.monotonic()
    world.dispatch([run.pk for run in (*theirs, *others)])

    assert states([*theirs, *others]) == {"done"}
    assert actions._never_back == {Hangs}
    assert time.monotonic() - began < 60


def test_what_a_dead_worker_held_is_taken_although_a_hung_vendor_keeps_very_many_in_living_hands(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "BATCH", 3)
    living, [lost] = enrolled(world, "classes.blind", 4), enrolled(world, "classes.blind")
    world.ledger.claim([run.pk for run in living])
    world.clock.advance(seconds=40)
    world.ledger.claim([lost.pk])
    StepRun.objects.filter(pk=lost.pk).update(worker_no=gone(world).no)

    assert sweep.sweep() == 1
    assert states([lost]) == {"scheduled"}


def gone(world: World) -> Worker:
    """A worker of this host whose process is no more."""
    now = world.clock.now()
    return Worker.objects.create(
        boot_id=uuid.uuid4(), host=socket.gethostname(), pid=1, pid_start="before", started_at=now, beat_at=now
    )
