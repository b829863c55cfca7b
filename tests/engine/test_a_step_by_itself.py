"""One step by itself, tried or asked for: carried out like every other, and known to no list, no count, no event."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from hub.accounts import changes as accounts
from hub.addons import budget_changes
from hub.addons import changes as addons
from hub.addons.budgets import Limits
from hub.audit.actor import SYSTEM, Actor
from hub.audit.models import AuditRow
from hub.contacts.models import Contact
from hub.db.errors import NotFound
from hub.engine import overview, reads, release, review
from hub.engine.archiving import moving
from hub.engine.archiving.models import ArchivedRun
from hub.engine.guards import spending
from hub.engine.models import Attempt, Trace
from hub.engine.reads import RunQuery
from hub.engine.replaying import selecting
from hub.events import changes as events
from hub.events.models import Event
from hub.history import wording
from hub.history.models import Note
from hub.plans import belonging, enrollment, impact, lone, shelves, visibility
from hub.plans import reads as plans
from hub.plans.drafting import StepDraft
from hub.plans.models import Enrollment, EnrollmentBatch, Plan, PlanKind, PlanStep, PlanVersion, StepRun
from hub.silence import counting
from hub.silence.models import Watched
from tests.engine.guards.gifthouse import MUG, gift_world
from tests.engine.world import CARD, World, make_world

pytestmark = pytest.mark.django_db(transaction=True)

ADA = Actor.person(7, "Ada", "127.0.0.1")
EVERY_KIND = 63
"""The bits of all kinds of events."""


@pytest.fixture
def world() -> Iterator[World]:
    with make_world([CARD]) as made:
        yield made


def card(action: tuple[str, Any] = CARD) -> StepDraft:
    """A step that would wait for days, for nobody, in a plan."""
    timing: Any = {"kind": "after", "amount": 9, "unit": "days", "since": "enrollment"}
    only_if: Any = {"when": {"kind": "tag", "name": "vip"}}
    return StepDraft(action_type=action[0], name="A card", options=dict(action[1]), timing=timing, only_if=only_if)


def ask(
    world: World, who: Contact, kind: PlanKind = PlanKind.TEST, token: str = "", step: StepDraft | None = None
) -> UUID:
    with transaction.atomic():
        return lone.start(
            world.account,
            step or card(),
            who.pk,
            kind=kind,
            plan_name="Welcome",
            by=ADA,
            now=world.clock.now(),
            token=token,
        )


def told(who: Contact) -> list[str]:
    return [wording.sentence(note) for note in Note.objects.filter(contact_id=who.pk).order_by("id")]


def test_a_test_goes_out_at_once_through_the_ledger_and_the_history_calls_it_a_test(world: World) -> None:
    (bea,) = world.contacts(1, first_name="Bea")

    run_id = ask(world, bea)
    world.work()

    run = reads.run(world.account.pk, run_id)
    assert run.state == "done"
    assert [sent["greeting"] for sent in world.vendor.cards] == ["Hi Bea"]
    assert Attempt.objects.get(run_id=run_id).outcome == "acted"
    assert told(bea) == ["Test: Step “A card” was done."]
    row = AuditRow.objects.get(verb="tested")
    assert (row.actor_label, row.data["contact"]) == ("Ada", bea.pk)


def test_the_same_request_sends_once_and_another_sends_again(world: World) -> None:
    (bea,) = world.contacts(1)

    first, again, another = ask(world, bea, token="t1"), ask(world, bea, token="t1"), ask(world, bea, token="t2")
    world.work_for(seconds=20)

    assert first == again != another
    assert len(world.vendor.cards) == 2


def test_a_test_whose_answer_is_lost_is_looked_up_like_any_other(world: World) -> None:
    (bea,) = world.contacts(1)
    world.vendor.answers = [world.vendor.acts_and_hangs_up]

    run_id = ask(world, bea)
    world.work()
    assert reads.run(world.account.pk, run_id).state == "unknown"
    world.clock.advance(seconds=91)
    world.work()

    assert reads.run(world.account.pk, run_id).state == "done"
    assert len(world.vendor.cards) == 1


def test_a_held_test_goes_on_within_the_hour_and_is_passed_over_later(world: World) -> None:
    (bea,) = world.contacts(1)
    with transaction.atomic():
        addons.disable(world.account, "postpigeon", by=SYSTEM)
    soon = ask(world, bea)
    world.work()
    assert reads.run(world.account.pk, soon).hold_reason == "addon_off"

    world.clock.advance(minutes=59)
    switch_on(world)
    assert reads.run(world.account.pk, soon).state == "done"

    with transaction.atomic():
        addons.disable(world.account, "postpigeon", by=SYSTEM)
    late = ask(world, bea)
    world.work()
    world.clock.advance(minutes=61)
    switch_on(world)

    run = reads.run(world.account.pk, late)
    assert (run.state, run.hold_reason) == ("skipped", "late")


def switch_on(world: World) -> None:
    with transaction.atomic():
        freed = addons.enable(world.account, "postpigeon", by=SYSTEM)
        release.of_account(freed.account_ids, freed.addon)
    world.work_for(seconds=20)


def test_a_test_is_no_second_gift_but_it_takes_its_place_in_the_days_limit() -> None:
    with gift_world(MUG) as world:
        (bea,) = world.contacts(1)

        gift = card(MUG)
        ask(world, bea, step=gift)
        ask(world, bea, step=gift)
        world.work_for(seconds=20)
        with transaction.atomic():
            enrollment.enroll(world.plan, [bea.pk], by=ADA, now=world.clock.now())
        world.work_for(seconds=20)

        assert len(world.vendor.cards) == 3
        assert not StepRun.objects.filter(hold_reason="possible_repeat").exists()
        assert spending.spent(world.account.pk, world.clock.now())["gifthouse"] == 3


def test_a_test_that_finds_the_days_limit_reached_does_not_go_out_tomorrow() -> None:
    with gift_world(MUG) as world:
        with transaction.atomic():
            budget_changes.set_limits(world.account, Limits(per_day={"gifthouse": 0}), by=ADA)
        bea, cleo = world.contacts(2)
        ask(world, bea, step=card(MUG))
        real = ask(world, cleo, PlanKind.LONE, step=card(MUG))
        world.work_for(seconds=20)
        assert set(StepRun.objects.values_list("hold_reason", flat=True)) == {"no_budget"}

        world.clock.advance(days=1)
        with transaction.atomic():
            budget_changes.set_limits(world.account, Limits(per_day={"gifthouse": 5}), by=ADA)
            release.of_account([world.account.pk])
        world.work_for(seconds=20)

        assert reads.run(world.account.pk, real).state == "done"
        assert told(bea)[-1] == "Test: Step “A card” was skipped."
        assert "Test: Step “A card” goes on." in told(bea)


@pytest.mark.parametrize("kind", [PlanKind.TEST, PlanKind.LONE])
def test_nobody_knows_of_the_plan_that_carries_it(world: World, kind: PlanKind) -> None:
    with transaction.atomic():
        events.set_listening({world.account.pk: (EVERY_KIND, 0)})
    (bea,) = world.contacts(1)
    ask(world, bea, kind)
    waiting = Plan.objects.get(kind=kind)
    assert impact.of_switch_off(world.account, "postpigeon").waiting == 0
    assert plans.running_plans(world.account, visibility.EVERYTHING, [bea.pk]) == {}

    world.work()

    eyes = visibility.EVERYTHING
    assert [plan.pk for plan in plans.plans(world.account, eyes)] == [world.plan.pk]
    assert str(waiting.pk) not in shelves.of(world.account, ["plan"])["plan"].things
    assert str(waiting.pk) not in belonging._plans(world.account)
    assert plans.enrollments_of(world.account, bea.pk) == []
    with pytest.raises(NotFound):
        plans.get(world.account, eyes, waiting.pk)
    with pytest.raises(NotFound), transaction.atomic():
        enrollment.enroll(waiting, [bea.pk], by=ADA)
    assert [kind_ for kind_ in Event.objects.values_list("kind", flat=True) if kind_ != "contact.created"] == []
    assert not Note.objects.filter(contact_id=bea.pk, kind__startswith="plan.").exists()
    assert not overview.ever_ran(world.account.pk)


def counts(world: World) -> dict[str, Any]:
    """Everything that counts runs."""
    account, now = world.account.pk, world.clock.now()
    codes = {"addon_off", "unclear", "", "retries"}
    return {
        "list": reads.runs(account, RunQuery()).count(), "inbox": reads.inbox(account), "states": reads.counts(account),
        "waiting": reads.waiting_for(account, codes), "held by": reads.held_by([account], "postpigeon"),
        "waits": overview.waits(account),
        "coming": overview.coming(account, now, timedelta(days=1)), "scheduled": overview.scheduled(account),
        "days": overview.closed_by_day(account, now.tzinfo or now.astimezone().tzinfo, now),  # type: ignore[arg-type]
        "replay": selecting.numbers(account, selecting.Window()).all,
    }  # fmt: skip


def test_no_number_counts_a_test_in_whatever_state_it_is(world: World) -> None:
    bea, cleo, dora, _ = world.contacts(4)
    nothing = counts(world)

    def refuse(request: Any) -> Any:
        import httpx

        return httpx.Response(422, json={"error": "no such campaign"})

    world.vendor.answers = [world.vendor.behave, refuse]
    for who in (bea, cleo):
        ask(world, who)
        world.work()
    with transaction.atomic():
        addons.disable(world.account, "postpigeon", by=SYSTEM)
    ask(world, dora)
    world.work()
    with transaction.atomic():
        ask(world, dora)  # waits for its time
    waiting = ask(world, dora)
    StepRun.objects.filter(pk=waiting).update(state="review", held_at=world.clock.now(), due_at=None)

    states = sorted(StepRun.objects.values_list("state", flat=True))
    assert states == ["done", "failed", "held", "review", "scheduled"]
    assert counts(world) == nothing


def test_silence_is_not_broken_by_a_test(world: World) -> None:
    (bea,) = world.contacts(1)
    ask(world, bea)
    world.work()
    world.clock.advance(minutes=3)

    with transaction.atomic():
        counting.count(world.clock.now())

    assert not Watched.objects.exists()


def test_what_was_asked_for_by_itself_counts_for_its_add_on_and_stands_in_the_list(world: World) -> None:
    (bea,) = world.contacts(1)
    run_id = ask(world, bea, PlanKind.LONE)
    world.work()
    world.clock.advance(minutes=3)

    with transaction.atomic():
        counting.count(world.clock.now())

    assert [row.kind for row in Watched.objects.all()] == ["addon"]
    assert [run.pk for run in reads.runs(world.account.pk, RunQuery())] == [run_id]
    assert told(bea) == ["Step “A card” was done."]


def test_a_failed_test_is_tried_again_as_a_test(world: World) -> None:
    import httpx

    (bea,) = world.contacts(1)
    world.vendor.answers = [lambda request: httpx.Response(422, json={"error": "no such campaign"})]
    run_id = ask(world, bea)
    world.work()

    with transaction.atomic():
        review.retry(world.account.pk, run_id, by=ADA)
    world.work_for(seconds=20)

    assert set(StepRun.objects.values_list("kind", "state")) == {("test", "failed"), ("test", "done")}
    assert len(world.vendor.cards) == 1


def test_a_paused_account_sends_no_test(world: World) -> None:
    (bea,) = world.contacts(1)
    with transaction.atomic():
        accounts.pause(world.account, by=SYSTEM)

    run_id = ask(world, bea)
    world.work()

    assert reads.run(world.account.pk, run_id).hold_reason == "account_paused"
    assert world.vendor.cards == []


def test_a_test_goes_with_everything_that_carried_it_and_the_history_stays(world: World) -> None:
    bea, cleo = world.contacts(2)
    ask(world, bea)
    asked = ask(world, cleo, PlanKind.LONE)
    world.work_for(seconds=20)
    world.clock.advance(days=91)

    moving.move_portion(world.clock.now(), timedelta(days=90))

    assert list(ArchivedRun.objects.values_list("pk", flat=True)) == [asked]
    assert not StepRun.objects.exists()
    assert not Attempt.objects.exists()
    assert not Trace.objects.exists()
    for rows in (Enrollment.objects, EnrollmentBatch.objects, Plan.objects):
        assert rows.filter(**{"plan__kind" if rows is not Plan.objects else "kind": "test"}).count() == 0
    assert PlanVersion.objects.filter(plan__kind="test").count() == PlanStep.objects.filter(name="").count() == 0
    assert told(bea) == ["Test: Step “A card” was done."]


def test_a_key_that_was_never_used_finds_nothing(world: World) -> None:
    assert lone.before(world.account, f"test-{uuid4().hex}") is None
