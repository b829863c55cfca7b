"""From enrolled to done, on a real database, by the production dispatcher."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from django.db import transaction

from hub.dispatch import runner
from hub.dispatch.apart.process import ProcessEnded
from hub.dispatch.isolation import Ended
from hub.engine import release, sweep
from hub.engine.models import Attempt
from hub.history import wording
from hub.history.models import Note
from hub.plans.models import Enrollment, StepRun
from tests.engine.world import CARD, World, make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> Iterator[World]:
    with make_world() as made:
        yield made


def note_kinds(run: StepRun) -> list[str]:
    return list(Note.objects.filter(contact_id=run.contact_id).order_by("id").values_list("kind", flat=True))


def test_fifty_cards_are_sent_once_each_with_a_note(world: World) -> None:
    runs = world.enroll(50)

    world.work_for(minutes=2)

    assert len(world.vendor.cards) == 50
    assert world.vendor.sent_twice() == []
    assert set(StepRun.objects.values_list("state", flat=True)) == {"done"}
    assert note_kinds(runs[0]) == ["plan.started", "step.done", "plan.finished"]
    assert Enrollment.objects.filter(state="finished").count() == 50
    assert Attempt.objects.filter(outcome="acted").count() == 50


def test_the_intent_is_written_before_the_request_leaves(world: World) -> None:
    world.enroll(1)
    seen: list[tuple[str, int]] = []

    def look(request: httpx.Request) -> httpx.Response:
        with ThreadPoolExecutor(1) as pool:  # the vendor plays in the loop's thread, where Django does not read
            seen.append(pool.submit(lambda: (StepRun.objects.get().state, Attempt.objects.count())).result())
        return world.vendor.behave(request)

    world.vendor.answers = [look]
    world.work()

    assert seen == [("calling", 1)]


def test_an_answer_that_is_lost_is_looked_up_and_found(world: World) -> None:
    [run] = world.enroll(1)
    world.vendor.answers = [world.vendor.acts_and_hangs_up]

    world.work()
    run.refresh_from_db()
    assert run.state == "unknown"
    assert run.open_attempts == 1

    world.clock.advance(seconds=91)
    world.work()
    run.refresh_from_db()
    assert run.state == "done"
    assert len(world.vendor.cards) == 1
    assert note_kinds(run) == ["plan.started", "step.unknown", "step.done", "plan.finished"]


def test_a_card_the_vendor_cannot_find_goes_to_a_person_and_not_out_again(world: World) -> None:
    [run] = world.enroll(1)
    world.vendor.answers = [lambda request: (_ for _ in ()).throw(httpx.ReadError("gone", request=request))]

    world.work()
    for _ in range(3):
        world.clock.advance(minutes=10)
        world.work()

    run.refresh_from_db()
    assert (run.state, run.hold_reason) == ("review", "unclear")
    assert "it is not known whether it was done" in wording.sentence(Note.objects.get(kind="step.review"))
    assert world.vendor.cards == []


def test_of_a_step_that_broke_before_it_sent_anything_nobody_is_told_that_it_may_be_done(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ends(*_given: object, **_more: object) -> Ended:
        return Ended(error=ProcessEnded("it was ended by SIGSEGV"))

    [run] = world.enroll(1)
    monkeypatch.setattr(runner, "alone", ends)

    world.work()

    run.refresh_from_db()
    note = Note.objects.get(kind="step.review")
    assert (run.state, run.open_attempts) == ("review", 0)
    assert run.hold_detail == "The plugin's process ended before it had answered: it was ended by SIGSEGV."
    assert "Nothing was sent that cannot be taken back" in wording.sentence(note)
    assert "not known" not in wording.sentence(note)
    assert wording.detail(note) == run.hold_detail


def test_a_refused_key_holds_every_step_and_a_new_key_lets_them_go(world: World) -> None:
    from hub.addons import changes as addons
    from hub.audit.actor import SYSTEM

    runs = world.enroll(3)
    world.vendor.answers = [lambda request: httpx.Response(401)] * 3

    world.work()
    assert set(StepRun.objects.values_list("state", flat=True)) == {"held"}
    assert world.connection().health == "needs_admin"

    with transaction.atomic():
        values = {"api_key": "another-key-98765", "studio": "s1"}
        saved = addons.save_settings(world.account, "postpigeon", values, by=SYSTEM)
    release.of_account(saved.freed.account_ids, "postpigeon")
    world.work()
    assert len(world.vendor.cards) == 3
    assert world.vendor.sent_twice() == []
    assert runs


def test_a_contact_without_an_address_fails_before_any_call(world: World) -> None:
    [run] = world.enroll(1, line1="")

    world.work()

    run.refresh_from_db()
    assert run.state == "failed"
    assert "street" in run.hold_detail
    assert world.vendor.requests == []


def test_a_paused_account_holds_and_goes_on_in_order(world: World) -> None:
    from hub.accounts import changes as accounts
    from hub.audit.actor import SYSTEM

    world.enroll(2)
    with transaction.atomic():
        accounts.pause(world.account, by=SYSTEM)
    world.work()
    assert set(StepRun.objects.values_list("state", "hold_reason")) == {("held", "account_paused")}

    with transaction.atomic():
        accounts.unpause(world.account, by=SYSTEM)
    assert release.of_account([world.account.pk]) == 2
    assert release.of_account([world.account.pk]) == 0
    world.work()
    assert len(world.vendor.cards) == 2


def test_a_held_step_that_goes_on_says_so_once_in_the_contacts_history_and_why(world: World) -> None:
    from hub.addons import changes as addons
    from hub.audit.actor import SYSTEM
    from hub.history import wording

    runs = world.enroll(2)
    with transaction.atomic():
        addons.disable(world.account, "postpigeon", by=SYSTEM)
    world.work()

    with transaction.atomic():
        addons.enable(world.account, "postpigeon", by=SYSTEM)
        release.of_account([world.account.pk], "postpigeon")
    release.sweep()

    told = Note.objects.filter(kind="step.released")
    assert sorted(note.contact_id for note in told) == sorted(run.contact_id for run in runs)
    assert {(wording.sentence(note), wording.detail(note)) for note in told} == {
        ("Step “Step 1” goes on.", "The add-on is on again.")
    }


def test_a_worker_that_dies_before_sending_loses_nothing(world: World) -> None:
    [run] = world.enroll(1)
    world.ledger.claim([run.pk])
    world.worker._lock.release()
    from hub.engine.models import Worker

    Worker.objects.update(pid_start="another-life")

    world.clock.advance(seconds=31)
    assert sweep.sweep() == 1
    run.refresh_from_db()
    assert (run.state, run.crashes) == ("scheduled", 1)


def test_a_plan_of_several_steps_runs_to_its_end() -> None:
    steps = [("steps.note", {"text": "Hello {{client.firstName}}"}), CARD, ("steps.tag", {"add": ["Gift sent"]})]
    with make_world(steps[:2]) as world:
        [run] = world.enroll(1)

        world.work()

        states = list(StepRun.objects.order_by("seq").values_list("seq", "state"))
        assert states == [(0, "done"), (1, "done")]
        assert "note.written" in note_kinds(run)
