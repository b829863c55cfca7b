"""A vendor that allows so many calls and no more: the chain tells who stands before the step, and when it comes to its turn."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.contacts.models import Contact
from hub.engine import rates
from hub.engine.whynot import asking
from hub.engine.whynot.link import Link, Verdict
from hub.plans.models import StepRun
from tests.engine.guards.doorway import AT_ONCE, doorway_world
from tests.engine.guards.test_at_once import granted, offer
from tests.engine.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)


def turn(world: World, run: StepRun, **later: float) -> Link:
    contact, now = Contact.objects.get(pk=run.contact_id), world.clock.now()
    answer = asking.why(contact, run.enrollment.plan, run.plan_step.key, now, now + timedelta(**later))
    return next(link for link in answer.links if link.key == "turn")


def test_a_newcomer_is_told_how_many_stand_in_line_before_it_and_when_it_goes() -> None:
    with make_world() as world:
        world.enroll(26)
        world.work()  # PostPigeon takes 60 a minute, six of them at once; twenty are given places
        [late] = world.enroll(1)

        told = turn(world, late)

        assert told.sentence == "The vendor's rate is used up for the moment, and 20 calls stand in line before it."
        assert (told.verdict, told.code) == (Verdict.WAITS, "rate")
        assert told.until == world.clock.now() + timedelta(seconds=21)
        world.work_for(seconds=20)
        assert not StepRun.objects.get(pk=late.pk).closed_at
        world.work_for(seconds=2)
        assert StepRun.objects.get(pk=late.pk).state == "done"


def test_while_all_the_calls_are_out_that_the_vendor_allows_a_step_is_told_so_and_of_later_nothing_is_said() -> None:
    with doorway_world() as world:
        runs = world.enroll(AT_ONCE + 1)
        assert granted(offer(world.ledger, [run.pk for run in runs[:AT_ONCE]])) == AT_ONCE

        told = turn(world, runs[-1])

        assert told.sentence.startswith("3 calls are out, as many as the vendor allows at the same time.")
        assert (told.verdict, told.code, told.until) == (Verdict.WAITS, "rate", world.clock.now() + rates.TURN)
        assert turn(world, runs[-1], minutes=5).verdict is Verdict.PASSED


def test_a_step_passes_where_the_vendor_has_room() -> None:
    with doorway_world() as world:
        [run] = world.enroll(1)

        assert turn(world, run).verdict is Verdict.PASSED
