"""The troubles that the purpose paper names: each has a defined end, a sentence that a person reads, and loses nothing.

Here stands each trouble whole, from its cause over the page that tells it to the step that is done after all. Elsewhere, closer
to the code, stand

- a double click on *enrol*: ``tests/web/plans/test_enrolling.py`` (``test_confirming_puts_them_on_and_a_second_click_…``) and
  at the same moment ``tests/plans/test_at_once.py`` (``test_one_click_that_arrives_four_times_has_one_report``);
- two tabs editing one plan: ``tests/web/plans/test_editing.py`` (``test_two_tabs_…``, three tests) and
  ``tests/plans/test_at_once.py`` (``test_of_two_tabs_that_save_at_once_one_is_told``);
- a kind of step nobody knows, at the door: ``test_a_kind_of_step_that_is_not_offered_here_is_refused`` in the same editor tests;
- a worker killed at every point: ``tests/faults/test_a_kill_at_every_point.py``;
- Redis wiped, Redis killed, PostgreSQL cut off: ``tests/journeys/test_the_same_journey.py``;
- a deleted group of Mailbox Power: ``plugins/mailbox_power/tests/test_mailbox_power.py``
  (``test_a_deleted_group_is_told_as_such_and_nobody_else_is_stopped``);
- each way in which a row can be broken: ``tests/imports/test_imports.py`` (``test_broken_rows_never_abort_the_rest``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import OperationalError, transaction
from django.test import Client

import hub.steps
from hub.accounts import changes as accounts
from hub.addons import catalog, installed
from hub.addons import changes as addons
from hub.audit.actor import SYSTEM
from hub.contacts.models import Contact
from hub.core import registry as registries
from hub.db.errors import Problem
from hub.dispatch import offering
from hub.dispatch.runner import Runner
from hub.engine import jobs, release, sweep
from hub.engine.models import Worker
from hub.engine.runtime import Writing
from hub.engine.whynot import asking
from hub.history.models import Note
from hub.imports import changes as imports
from hub.plans.models import StepRun
from tests.engine.world import World, make_world
from tests.imports import journey
from tests.support.people import PASSWORD, make_user

pytestmark = pytest.mark.django_db(transaction=True)

GOOD_KEY = {"api_key": "another-key-98765", "studio": "s1"}


@pytest.fixture
def world() -> Iterator[World]:
    with make_world() as made:
        yield made


@pytest.fixture
def read(world: World) -> Callable[[str], str]:
    """Read a page of the account as its admin does."""
    admin = make_user(world.account, "admin")
    browser = Client()
    browser.post("/sign-in", {"username": admin.username, "password": PASSWORD})

    def page(more: str) -> str:
        answer = browser.get(f"/a/{world.account.pk}{more}")
        assert answer.status_code == 200, answer.content.decode()[:2_000]
        return unescape(answer.content.decode())

    return page


def stands(world: World) -> set[tuple[str, str]]:
    """State and reason of every run."""
    return set(StepRun.objects.values_list("state", "hold_reason"))


def all_done_once(world: World, number: int) -> None:
    """Nothing was lost and nothing sent twice."""
    assert stands(world) == {("done", "")}
    assert len(world.vendor.cards) == number
    assert world.vendor.sent_twice() == []


def save_key(world: World, settings: dict[str, str]) -> None:
    """What the admin's *Save* does: the new settings, and those go on who waited for them."""
    with transaction.atomic():
        saved = addons.save_settings(world.account, "postpigeon", settings, by=SYSTEM)
        release.of_account(saved.freed.account_ids, "postpigeon")


def test_a_wrong_key_holds_the_steps_says_whose_turn_it_is_and_a_new_key_sends_them_once(
    world: World, read: Callable[[str], str]
) -> None:
    world.enroll(3)
    world.vendor.answers = [lambda request: httpx.Response(401)] * 3

    world.work()

    assert stands(world) == {("held", "connection")}
    inbox = read("/runs/inbox")
    assert "The vendor refuses the connection" in inbox
    assert "An admin" in inbox
    assert "Enter a working key and test it; the steps then go on in order." in inbox

    save_key(world, GOOD_KEY)
    world.work_for(seconds=5)
    all_done_once(world, 3)


def test_a_vendor_that_is_down_is_tried_again_and_each_step_is_done_when_it_is_back(
    world: World, read: Callable[[str], str]
) -> None:
    def nobody_there(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused", request=request)

    [run] = world.enroll(1)
    world.vendor.answers = [nobody_there] * 2

    world.work()

    assert stands(world) == {("scheduled", "")}
    story = read(f"/runs/{run.pk}")
    assert "It never left" in story
    assert "Scheduled" in story

    world.clock.advance(hours=1)
    world.work()
    world.clock.advance(hours=3)
    world.work()
    all_done_once(world, 1)


def test_a_missing_address_ends_the_step_before_any_call_and_a_retry_mends_it(
    world: World, read: Callable[[str], str]
) -> None:
    [run] = world.enroll(1, line1="")

    world.work()

    assert StepRun.objects.get().state == "failed"
    assert world.vendor.requests == []
    inbox, story = read("/runs/inbox"), read(f"/runs/{run.pk}")
    assert "The contact lacks something the step needs" in inbox
    assert "Complete the contact, then retry." in inbox
    assert "The contact has no" in story

    Contact.objects.update(line1="1 High St")
    decide(world, run, "retry")
    world.work()
    assert stands(world) == {("failed", "retried"), ("done", "")}
    assert len(world.vendor.cards) == 1


def test_a_thing_deleted_at_the_vendor_is_the_vendors_own_no_and_stops_nobody_else(
    world: World, read: Callable[[str], str]
) -> None:
    first, second = world.enroll(2)
    gone = {"message": "campaign c1 does not exist"}
    world.vendor.answers = [lambda request: httpx.Response(404, json=gone)]

    world.work_for(seconds=3)

    refused = StepRun.objects.get(state="failed")
    assert refused.pk in (first.pk, second.pk)
    assert len(world.vendor.cards) == 1
    assert "The vendor refused this contact" in read("/runs/inbox")
    assert "404" in read(f"/runs/{refused.pk}")


def test_a_paused_account_holds_says_so_and_goes_on_in_order(world: World, read: Callable[[str], str]) -> None:
    world.enroll(2)
    with transaction.atomic():
        accounts.pause(world.account, by=SYSTEM)

    world.work()

    assert stands(world) == {("held", "account_paused")}
    assert "Set the account active; the steps then go on in order." in read("/runs/inbox")

    with transaction.atomic():
        accounts.unpause(world.account, by=SYSTEM)
        release.of_account([world.account.pk])
    world.work_for(seconds=3)
    all_done_once(world, 2)


def test_an_add_on_that_is_off_holds_says_so_and_goes_on_when_it_is_on(
    world: World, read: Callable[[str], str]
) -> None:
    world.enroll(2)
    with transaction.atomic():
        addons.disable(world.account, "postpigeon", by=SYSTEM)

    world.work()

    assert stands(world) == {("held", "addon_off")}
    inbox = read("/runs/inbox")
    assert "The add-on is off" in inbox
    assert "Switch it on; the steps then go on in order." in inbox

    with transaction.atomic():
        freed = addons.enable(world.account, "postpigeon", by=SYSTEM)
        release.of_account(freed.account_ids, "postpigeon")
    world.work_for(seconds=3)
    all_done_once(world, 2)


def test_a_plugin_that_was_uninstalled_is_waited_for_and_released_when_it_is_back(
    world: World, read: Callable[[str], str]
) -> None:
    without = registries.from_objects([hub.steps.addon])
    bare = Runner(world.ledger, without, installed.outside(), chance=lambda: 0.0, writer=Writing())
    [run] = world.enroll(1)
    with installed.use(without):
        catalog.sync(without)

        world.runner, whole = bare, world.runner
        world.work()

        assert stands(world) == {("held", "unclaimed")}
        inbox = read("/runs/inbox")
        assert "No installed plugin carries this step out" in inbox
        assert "An operator" in inbox
        assert "Install or repair the plugin; the steps then go on in order." in inbox
        assert release.sweep() == 0
    bare.close()

    world.runner = whole
    catalog.sync(installed.registry())
    assert release.sweep() == 1
    world.work()
    all_done_once(world, 1)
    assert StepRun.objects.get().pk == run.pk


def test_a_kind_of_step_that_nobody_knows_any_more_waits_for_an_operator(
    world: World, read: Callable[[str], str]
) -> None:
    world.enroll(1)
    StepRun.objects.update(action_type="postpigeon.fly_in_person")

    world.work()

    assert stands(world) == {("held", "unclaimed")}
    assert "No installed plugin carries this step out" in read("/runs/inbox")
    assert world.vendor.requests == []
    assert release.sweep() == 0  # the add-on is there and works; the kind of step is not
    run = StepRun.objects.get()
    told = asking.why(Contact.objects.get(), world.plan, run.plan_step.key, world.clock.now())
    assert told.stop is not None
    assert told.stop.code == "unclaimed"


def test_a_worker_that_lacks_a_plugin_leaves_its_steps_to_those_that_have_it(world: World) -> None:
    without = registries.from_objects([hub.steps.addon])
    bare = Runner(world.ledger, without, installed.outside(), chance=lambda: 0.0, writer=Writing())
    world.enroll(1)
    world.runner, whole = bare, world.runner
    with installed.use(without):
        world.work()
        assert stands(world) == {("scheduled", "unclaimed")}
        assert release.sweep() == 0
    bare.close()
    assert not Note.objects.filter(kind__startswith="step.").exists()

    world.runner = whole
    world.clock.advance(seconds=30)
    world.work()
    all_done_once(world, 1)


def test_a_worker_that_lacks_a_plugin_leaves_its_look_ups_to_those_that_have_it(world: World) -> None:
    without = registries.from_objects([hub.steps.addon])
    bare = Runner(world.ledger, without, installed.outside(), chance=lambda: 0.0, writer=Writing())
    [run] = world.enroll(1)
    world.vendor.answers = [world.vendor.acts_and_hangs_up]
    world.work()
    world.runner, whole = bare, world.runner
    with installed.use(without):
        for _ in range(3):
            world.clock.advance(minutes=2)
            world.work()
        run.refresh_from_db()
        assert (run.state, run.checks) == ("unknown", 0)
    bare.close()

    world.runner = whole
    world.clock.advance(minutes=1)
    world.work()
    all_done_once(world, 1)


def test_a_worker_that_dies_while_a_call_is_out_leaves_a_question_that_the_vendor_answers(
    world: World, read: Callable[[str], str]
) -> None:
    [run] = world.enroll(1)
    world.vendor.answers = [world.vendor.acts_and_hangs_up]
    die_while_calling(world)

    assert sweep.sweep() == 1

    assert StepRun.objects.get().state == "unknown"
    assert "Being looked up" in read(f"/runs/{run.pk}")

    world.clock.advance(minutes=3)
    world.runner = Runner(world.ledger, installed.registry(), installed.outside(), chance=lambda: 0.0, writer=Writing())
    world.work()
    world.runner.close()
    all_done_once(world, 1)


def test_a_database_that_is_away_between_taking_and_reading_strands_no_step(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.enroll(2)
    real, away = jobs.load, [OperationalError("the connection was closed")] * 2

    def load(*args: Any) -> Any:
        if away:
            raise away.pop()
        return real(*args)

    monkeypatch.setattr(jobs, "load", load)
    world.work_for(seconds=3)

    all_done_once(world, 2)


def test_a_worker_that_lost_its_lock_between_taking_and_sending_puts_its_steps_back_for_later(world: World) -> None:
    [run] = world.enroll(1)
    jobs = world.ledger.claim([run.pk])
    world.worker._lock.release()

    world.runner.run(jobs)

    assert stands(world) == {("scheduled", "store")}
    assert world.vendor.requests == []

    world.worker.take_again()
    world.work_for(seconds=8)
    all_done_once(world, 1)


MEGABYTE = 1024 * 1024
HEADER = b"First name,Last name,Email,Remark\n"
EVERY = 100
"""One row in so many is broken: two columns where four belong, then an address that is none."""


def large_file(size: int) -> Iterator[bytes]:
    """A CSV of nearly so many bytes, row by row."""
    yield HEADER
    sent, number, remark = len(HEADER), 0, b"x" * 4_500
    while sent < size - 5_000:
        number += 1
        row = b"Pat%d,Doe,pat%d@mail.example,%s\n" % (number, number, remark)
        if number % EVERY == 0:
            row = b"only,two\n" if number % (2 * EVERY) else b"Pat%d,Doe,nobody at nowhere,\n" % number
        sent += len(row)
        yield row


@pytest.mark.slow
def test_a_csv_of_fifty_megabytes_with_broken_rows_brings_in_every_good_one_and_names_every_bad_one(
    world: World, read: Callable[[str], str], tmp_path: Path, settings: Any
) -> None:
    settings.HUB_HOME = tmp_path
    row = imports.receive(world.account, "fifty.csv", large_file(50 * MEGABYTE), by=SYSTEM)
    columns = ["first_name", "last_name", "email", ""]

    done = journey.whole(row, columns)

    total = done.counts["rows"]
    broken = total // EVERY
    assert (done.state, done.counts["broken"]) == ("done", broken)
    assert broken > 90
    assert Contact.objects.count() == total - broken
    page = read(f"/imports/{row.pk}")
    assert "The row has 2 columns where the header has 4." in page
    assert "This is not an e-mail address." in page
    assert f"{total - broken:,}" in page


def test_a_csv_above_fifty_megabytes_is_refused_with_what_to_do(world: World) -> None:
    with pytest.raises(Problem) as refusal:
        imports.receive(world.account, "more.csv", (b"x" * MEGABYTE for _ in range(51)), by=SYSTEM)

    assert "50" in refusal.value.sentence
    assert not Contact.objects.exists()


def die_while_calling(world: World) -> None:
    """The request is out and acted on; the process ends before it can write down the answer."""

    def no_more(*args: Any, **more: Any) -> Any:
        raise RuntimeError("the machine is gone")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(world.ledger), "settle", no_more)
        patch.setattr(offering, "SETTLE_TRIES", 1)
        world.dispatch(list(StepRun.objects.values_list("pk", flat=True)))
        assert StepRun.objects.get().state == "calling"
        assert len(world.vendor.cards) == 1
        world.runner.close()
    world.worker._lock.release()
    Worker.objects.update(pid_start="another-life")
    world.worker.take_again()
    world.clock.advance(minutes=2)


def decide(world: World, run: StepRun, act: str) -> None:
    """What the button on the run's page does."""
    from hub.engine import review

    with transaction.atomic():
        review.one(world.account.pk, run.pk, act, by=SYSTEM)
