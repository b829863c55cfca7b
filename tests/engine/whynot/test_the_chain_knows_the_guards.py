"""What the breaker, the limits, the repeats and lateness would do, the chain knows before; and when what they hold goes on."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from hub.accounts import changes as accounts
from hub.addons import budget_changes
from hub.addons.budgets import ALL, Limits
from hub.audit.actor import SYSTEM
from hub.contacts.models import Contact
from hub.dispatch.gate import Hold
from hub.engine import release, review
from hub.engine.guards import probing
from hub.engine.models import Breaker
from hub.engine.whynot import asking
from hub.engine.whynot.link import Answer, Link, Verdict
from hub.plans import enrollment
from hub.plans.models import Plan, StepRun
from tests.engine.guards.gifthouse import MUG, TAG, another_plan, falls_ill, gift_world
from tests.engine.whynot.test_the_chain_agrees import ask, did_start
from tests.engine.world import World

pytestmark = pytest.mark.django_db(transaction=True)

WORLDS = (2, 3, 5, 9, 17, 23)
"""Of the first forty seeds the few that come to every answer of the guards between them; all forty agree."""
TURNS = 7


@pytest.fixture
def world() -> Iterator[World]:
    """Gifts, which cost money."""
    with gift_world(MUG) as made:
        yield made


def stop(answer: Answer) -> Link:
    assert answer.stop is not None
    return answer.stop


def ask_at(world: World, run: StepRun, at: datetime) -> Answer:
    contact = Contact.objects.get(pk=run.contact_id)
    return asking.why(contact, run.enrollment.plan, run.plan_step.key, world.clock.now(), at)


@transaction.atomic
def limit(world: World, **limits: object) -> None:
    budget_changes.set_limits(world.account, Limits(**limits), by=SYSTEM)  # type: ignore[arg-type]


@transaction.atomic
def put(world: World, contact_id: int, plan: Plan) -> StepRun:
    enrollment.enroll(plan, [contact_id], by=SYSTEM, now=world.clock.now())
    return StepRun.objects.filter(contact_id=contact_id, enrollment__plan=plan).latest("created_at")


def gets_well(world: World) -> None:
    world.vendor.__dict__.pop("behave", None)


def rests(world: World) -> None:
    """Five contacts come to grief, so the connection is given a rest."""
    falls_ill(world)
    put_all(world, another_plan(world, TAG), 5)
    world.work()
    assert Breaker.objects.get().state == "open"


@transaction.atomic
def put_all(world: World, plan: Plan, n: int) -> None:
    ids = [contact.pk for contact in world.contacts(n)]
    enrollment.enroll(plan, ids, by=SYSTEM, now=world.clock.now())


# --- before the step is held -----------------------------------------------------------------------------------------


def test_the_same_gift_a_second_time_is_known_before_and_says_who_decides(world: World) -> None:
    [first] = world.enroll(1)
    world.work()
    again = put(world, first.contact_id, another_plan(world, MUG))

    told = stop(ask(world, again))

    assert (told.key, told.verdict, told.code) == ("repeat", Verdict.STOPS, Hold.REPEAT)
    assert told.sentence.startswith("The contact was sent the same on 02 March 2026")
    in_april = ask_at(world, again, world.clock.now() + timedelta(days=31))
    assert "repeat" not in [link.key for link in in_april.links if link.verdict is Verdict.STOPS]


def test_a_limit_that_is_reached_is_known_before_and_says_on_which_day_there_is_room(world: World) -> None:
    limit(world, per_day={ALL: 2})
    world.enroll(5)
    world.work()  # two go, three wait
    [one] = world.enroll(1)

    told = stop(ask(world, one))

    assert (told.key, told.verdict, told.code) == ("budget", Verdict.WAITS, Hold.BUDGET)
    assert told.until == datetime(2026, 3, 4, tzinfo=UTC), "three wait already, and a day takes two"
    assert StepRun.objects.filter(hold_reason=Hold.BUDGET).count() == 3, "asking holds nothing and takes nothing"


def test_a_limit_of_nought_waits_for_somebody_who_raises_it(world: World) -> None:
    limit(world, per_day={ALL: 0})
    [run] = world.enroll(1)

    told = stop(ask(world, run))
    assert (told.verdict, told.until) == (Verdict.STOPS, None)
    assert told.sentence.startswith("Whether this step costs money is known when it makes its call. If it does: ")
    assert "tomorrow" not in told.sentence

    world.work()
    held = stop(ask(world, run))
    assert (held.key, held.verdict, held.until) == ("held", Verdict.STOPS, None)


def test_what_costs_nothing_is_not_asked_about_limits(world: World) -> None:
    put_all(world, another_plan(world, TAG), 1)
    world.work()
    limit(world, per_day={ALL: 0})
    free = put(world, world.contacts(1)[0].pk, another_plan(world, TAG))

    assert ask(world, free).starts


def test_a_connection_that_rests_says_when_the_vendor_is_tried_again(world: World) -> None:
    rests(world)
    [run] = world.enroll(1)

    told = stop(ask(world, run))

    assert (told.key, told.verdict, told.code) == ("gate.resting", Verdict.WAITS, Hold.BREAKER)
    assert told.until == Breaker.objects.get().next_at
    assert [row.kind for row in told.evidence] == ["audit"]


# --- once it is held -------------------------------------------------------------------------------------------------


def test_what_waits_for_a_limit_goes_on_on_the_day_that_is_told(world: World) -> None:
    world.account.time_zone = "America/Denver"
    world.account.save()
    limit(world, per_day={ALL: 2})
    world.enroll(5)
    world.work()
    waiting = list(StepRun.objects.filter(state="held").order_by("due_at", "pk"))

    days = [stop(ask(world, run)).until for run in waiting]
    assert days == [datetime(2026, 3, day, 7, tzinfo=UTC) for day in (3, 3, 4)], "midnight by the account's own clock"
    assert {stop(ask(world, run)).verdict for run in waiting} == {Verdict.WAITS}
    assert ask_at(world, waiting[2], world.clock.now() + timedelta(days=2)).starts, "held so long, it is not late"

    world.clock.advance(hours=22)
    assert [stop(ask(world, run)).code for run in waiting] == ["lets_go", "lets_go", Hold.BUDGET]
    assert release.sweep() == 2
    assert [ask(world, run).starts for run in waiting] == [True, True, False]


def test_what_waits_behind_a_rest_is_told_of_the_next_try_and_then_goes_on_a_few_at_a_time(world: World) -> None:
    rests(world)
    put_all(world, Plan.objects.latest("pk"), probing.A_FEW + 2)
    world.work()
    last = StepRun.objects.filter(hold_reason=Hold.BREAKER).latest("due_at", "pk")

    held = stop(ask(world, last))
    assert (held.key, held.verdict, held.code) == ("held", Verdict.WAITS, Hold.BREAKER)
    assert held.until == Breaker.objects.get().next_at

    with transaction.atomic():
        accounts.pause(world.account, by=SYSTEM)
    paused = stop(ask(world, last))
    assert (paused.verdict, paused.code) == (Verdict.STOPS, Hold.ACCOUNT_PAUSED), "nothing goes on by itself now"

    with transaction.atomic():
        accounts.unpause(world.account, by=SYSTEM)
    gets_well(world)
    world.clock.advance(seconds=31)
    probing.sweep()
    world.work()
    after = stop(ask(world, last))
    assert after.sentence == "The vendor answers again. What has waited goes on a few at a time, in order."
    assert after.until == world.clock.now() + probing.GENTLY
    first = StepRun.objects.filter(hold_reason=Hold.BREAKER).earliest("due_at", "pk")
    assert stop(ask(world, first)).code == "lets_go"


def test_what_a_person_must_release_says_so(world: World) -> None:
    [first] = world.enroll(1)
    world.work()
    again = put(world, first.contact_id, another_plan(world, MUG))
    world.work()

    told = stop(ask(world, again))
    assert (told.key, told.verdict, told.code) == ("held", Verdict.STOPS, Hold.REPEAT)

    with transaction.atomic():
        review.allow(world.account.pk, again.pk, "It is her birthday", by=SYSTEM)
    assert ask(world, again).starts


# --- and it agrees with the engine -----------------------------------------------------------------------------------


@transaction.atomic
def _decide(world: World, chance: random.Random) -> None:
    """A person lets one go that waits for a word, or schedules one again."""
    held = list(StepRun.objects.filter(state="held", open_attempts=0).order_by("pk"))
    if not held:
        return
    run = chance.choice(held)
    if run.hold_reason == Hold.REPEAT:
        review.allow(world.account.pk, run.pk, "It is meant", by=SYSTEM)
    elif run.hold_reason == Hold.LATE:
        review.run_now(world.account.pk, run.pk, by=SYSTEM)
    else:
        review.retry(world.account.pk, run.pk, by=SYSTEM)


def _once_more(world: World, chance: random.Random) -> None:
    """Somebody who is on a plan already is put on one of all the plans."""
    ids = sorted(set(StepRun.objects.values_list("contact_id", flat=True)))
    put(world, chance.choice(ids), chance.choice(list(Plan.objects.filter(account=world.account).order_by("pk"))))


def _deed(world: World, chance: random.Random, name: str) -> None:
    tags = Plan.objects.filter(versions__steps__action_type="gifthouse.tag").latest("pk")
    {
        "limit": lambda: limit(world, per_day={chance.choice([ALL, "gifthouse"]): chance.choice([0, 1, 2, 9])}),
        "ask never": lambda: limit(world, repeat_days=0),
        "once more": lambda: _once_more(world, chance),
        "enrol": lambda: put_all(world, world.plan, 2),
        "ill": lambda: (falls_ill(world), put_all(world, tags, 5), world.work()),
        "well": lambda: gets_well(world),
        "work": lambda: world.work(),
        "tick": lambda: (probing.sweep(), release.sweep()),
        "half a minute": lambda: world.clock.advance(seconds=31),
        "a day": lambda: world.clock.advance(hours=26),
        "decide": lambda: _decide(world, chance),
        "pause": lambda: _switch(world, "pause"),
        "unpause": lambda: _switch(world, "unpause"),
    }[name]()


DEEDS = (
    "limit", "limit", "ask never", "once more", "once more", "enrol", "ill", "well", "work", "tick", "tick", "half a minute",
    "half a minute", "a day", "decide", "pause", "unpause", "unpause",
)  # fmt: skip


@transaction.atomic
def _switch(world: World, deed: str) -> None:
    getattr(accounts, deed)(world.account, by=SYSTEM)


@pytest.mark.parametrize("seed", WORLDS)
def test_a_step_that_the_guards_would_hold_back_never_starts_and_every_other_does(world: World, seed: int) -> None:
    chance = random.Random(seed)
    for plan in (world.plan, another_plan(world, TAG), another_plan(world, MUG)):
        put_all(world, plan, 1)
    world.work()  # one of each kind has gone, so it is known what costs money
    told = list[str]()
    for _ in range(TURNS):
        for name in chance.sample(DEEDS, 3):
            told.append(name)
            _deed(world, chance, name)
        runs = list(StepRun.objects.filter(closed_at=None).order_by("pk")) or list(StepRun.objects.all())
        run = chance.choice(runs)
        said = ask(world, run)
        told.append(f"{run.state}: {said.stop.key if said.stop else 'starts'}")

        assert did_start(world, run) is said.starts, told
