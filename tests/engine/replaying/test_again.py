"""Trying again makes no second effect: whatever is replayed twice comes to the same as once, counted at the vendor."""

from __future__ import annotations

import random
from collections.abc import Iterator
from uuid import UUID

import httpx
import pytest
from django.db import transaction

from hub.audit.actor import Actor
from hub.audit.models import AuditRow
from hub.db.errors import Conflict, Invalid
from hub.engine import release, review
from hub.engine.guards import probing
from hub.engine.models import Attempt
from hub.engine.replaying.again import again
from hub.plans.models import StepRun
from tests.engine.guards.gifthouse import MUG, TAG, gift_world
from tests.engine.world import World, make_world

pytestmark = pytest.mark.django_db(transaction=True)

ADA = Actor("person", "7", "Ada")


@pytest.fixture
def tags() -> Iterator[World]:
    """Steps that may be sent twice under one key."""
    with gift_world(TAG) as made:
        yield made


def try_again(world: World, run_id: UUID) -> bool:
    """As a person would. False where it is refused."""
    try:
        with transaction.atomic():
            again(world.account.pk, run_id, by=ADA)
    except Conflict:
        return False
    return True


def refuses(request: httpx.Request) -> httpx.Response:
    return httpx.Response(422, json={"message": "no such tag"})


def hangs_up(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("the connection broke", request=request)


def given_up(run: StepRun) -> StepRun:
    """A step whose tries came to an end while it is not known what became of them."""
    StepRun.objects.filter(pk=run.pk).update(
        state="review", hold_reason="unclear", held_at=run.created_at, due_at=run.created_at
    )
    run.refresh_from_db()
    assert run.open_attempts == 1
    return run


def one(world: World, *answers: object) -> StepRun:
    [run] = world.enroll(1)
    world.vendor.answers = list(answers)  # type: ignore[arg-type]
    world.work(passes=1)
    run.refresh_from_db()
    return run


def effects(world: World) -> int:
    """How many things the vendor did: it knows a key again, and does nothing the second time."""
    return len({card["ref"] for card in world.vendor.cards})


def time_passes(world: World, seconds: float) -> None:
    """And the ticker looks after a connection that rests."""
    world.clock.advance(seconds=seconds)
    probing.sweep()
    world.work()
    release.sweep()
    world.work()


def test_a_failed_step_is_tried_again_as_a_new_run_and_only_once(tags: World) -> None:
    run = one(tags, refuses)
    assert run.state == "failed"

    assert try_again(tags, run.pk)
    assert not try_again(tags, run.pk)
    tags.work()
    assert not try_again(tags, run.pk)

    run.refresh_from_db()
    assert (run.state, run.hold_reason) == ("failed", "retried")
    assert list(StepRun.objects.exclude(pk=run.pk).values_list("state", flat=True)) == ["done"]
    assert len(tags.vendor.cards) == 1


def test_what_is_unclear_goes_again_with_the_same_key_when_the_first_can_be_on_its_way_no_more(tags: World) -> None:
    run = given_up(one(tags, tags.vendor.acts_and_hangs_up))
    sent = Attempt.objects.get()

    assert try_again(tags, run.pk)
    tags.work()
    assert len(tags.vendor.requests) == 1, "not before the floor"
    tags.clock.advance(seconds=sent.effect["max_processing"] + 60)
    tags.work()

    first, second = tags.vendor.requests
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
    assert first.content == second.content
    run.refresh_from_db()
    assert (run.state, run.epoch) == ("done", 0)


def test_what_can_be_looked_up_is_looked_up_before_anything_is_sent() -> None:
    with make_world() as world:
        run = given_up(one(world, world.vendor.acts_and_hangs_up))

        assert try_again(world, run.pk)
        assert not try_again(world, run.pk)
        world.work_for(seconds=10)

        run.refresh_from_db()
        assert run.state == "done"
        assert [request.method for request in world.vendor.requests] == ["POST", "GET"]
        assert world.vendor.sent_twice() == []


def test_what_may_have_happened_and_cannot_be_asked_about_stays_with_the_person() -> None:
    with gift_world(MUG) as world:
        run = one(world, hangs_up)
        assert (run.state, run.effect_class) == ("review", "blind")

        assert not try_again(world, run.pk)

        run.refresh_from_db()
        assert run.state == "review"


def test_what_is_done_is_refused_and_sent_again_only_with_a_reason_and_once() -> None:
    with gift_world(MUG) as world:
        run = one(world)
        assert run.state == "done"

        assert not try_again(world, run.pk)
        with pytest.raises(Invalid), transaction.atomic():
            review.send_again(world.account.pk, run.pk, "  ", by=ADA)
        with transaction.atomic():
            review.send_again(world.account.pk, run.pk, "The parcel was lost in the post", by=ADA)
        with pytest.raises(Conflict, match="tried again already"), transaction.atomic():
            review.send_again(world.account.pk, run.pk, "Once more", by=ADA)
        world.work()

        refs = {card["ref"] for card in world.vendor.cards}
        assert len(world.vendor.cards) == len(refs) == 2
        run.refresh_from_db()
        assert run.state == "done"
        assert AuditRow.objects.filter(verb="sent_again", object_id=str(run.pk)).count() == 1


@pytest.mark.parametrize("seed", range(4))
def test_replaying_any_of_them_twice_is_replaying_them_once(tags: World, seed: int) -> None:
    chance = random.Random(seed)
    kinds = [chance.choice(["done", "refused", "unclear, acted", "unclear, lost"]) for _ in range(8)]
    runs = [_of_kind(tags, kind) for kind in kinds]
    before = effects(tags)
    picked = [n for n in range(8) if chance.random() < 0.6]
    twice = [n for n in picked for _ in range(chance.choice([1, 2, 3]))]
    chance.shuffle(twice)

    for n in twice:
        try_again(tags, runs[n].pk)
        if chance.random() < 0.3:
            time_passes(tags, chance.choice([1, 400]))
    for _ in range(4):
        time_passes(tags, 400)
    for n in picked:
        assert not try_again(tags, runs[n].pk)

    acted = {n for n in range(8) if kinds[n] in ("done", "unclear, acted")}
    assert effects(tags) == before + len([n for n in picked if n not in acted])
    done = [n for n in picked if kinds[n] != "done"]
    assert StepRun.objects.filter(state="done").count() == kinds.count("done") + len(done)


def _of_kind(world: World, kind: str) -> StepRun:
    if kind == "done":
        return one(world)
    if kind == "refused":
        return one(world, refuses)
    return given_up(one(world, world.vendor.acts_and_hangs_up if kind == "unclear, acted" else hangs_up))
