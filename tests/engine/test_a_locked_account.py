"""An operator locks an account: from that commit on nothing of it leaves, nor of any account beneath it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction

from hub.accounts import changes as accounts
from hub.accounts import reads
from hub.accounts.models import Account
from hub.audit.actor import Actor
from hub.contacts.models import Contact
from hub.core.effects import EffectClass, once
from hub.db import dialect
from hub.dispatch.requests import Denied, FrozenRequest, Granted, Intent
from hub.engine import intend as writing
from hub.engine import release
from hub.engine.whynot import asking
from hub.engine.whynot.link import Answer
from hub.plans import preview
from hub.plans.models import StepRun
from tests.engine.world import World, make_world
from tests.support.people import make_account

pytestmark = pytest.mark.django_db(transaction=True)

OPA = Actor.person(7, "Opa Operator")
BYTES = FrozenRequest("POST", "https://pigeon.example/cards", (), b"{}")
A_MOMENT = 0.3
"""Seconds in which somebody who need not wait is surely done."""


@pytest.fixture
def world() -> Iterator[World]:
    """The account of which everything is done lies beneath another."""
    with make_world(beneath="Above") as made:
        yield made


def above(world: World) -> Account:
    return reads.get(world.account.ancestor_ids[0])


@transaction.atomic
def lock(account: Account) -> None:
    accounts.lock_login(account, by=OPA)


@transaction.atomic
def unlock(account: Account) -> None:
    accounts.unlock_login(account, by=OPA)


def stands() -> set[tuple[str, str]]:
    return set(StepRun.objects.values_list("state", "hold_reason"))


def ask(world: World, run: StepRun, **at: object) -> Answer:
    contact = Contact.objects.get(pk=run.contact_id)
    return asking.why(contact, world.plan, run.plan_step.key, world.clock.now(), **at)  # type: ignore[arg-type]


def test_steps_beneath_a_locked_account_wait_and_go_on_when_it_is_unlocked(world: World) -> None:
    world.enroll(2)
    lock(above(world))

    world.work()
    assert (stands(), world.vendor.cards) == ({("held", "account_locked")}, [])
    assert release.sweep() == 0

    unlock(above(world))
    assert release.sweep() == 2
    world.work()
    assert (stands(), len(world.vendor.cards)) == ({("done", "")}, 2)


def test_they_wait_for_the_last_of_two_locks(world: World) -> None:
    world.enroll(1)
    lock(world.account)
    lock(above(world))
    world.work()

    unlock(above(world))
    assert release.sweep() == 0

    unlock(world.account)
    assert release.sweep() == 1


def test_why_not_and_the_preview_see_the_lock_above(world: World) -> None:
    [run] = world.enroll(1)
    lock(above(world))

    for _ in "before the worker came", "after it":
        told = ask(world, run)
        assert told.stop is not None
        assert told.stop.code == "account_locked"
        assert [row.who for row in told.stop.evidence if row.kind == "audit"] == ["Opa Operator"]
        world.work()
    promised = preview.of(world.plan.versions.get(), Contact.objects.get(), world.clock.now())
    assert "The account is locked by an operator: every step would wait." in promised.problems


def test_the_past_knows_the_lock_above(world: World) -> None:
    [run] = world.enroll(1)
    lock(above(world))
    then = world.clock.now() + timedelta(minutes=1)
    world.clock.advance(hours=1)
    unlock(above(world))

    told = ask(world, run, at=then)

    assert told.stop is not None
    assert (told.stop.key, told.stop.code) == ("gate.account_lock", "account_locked")


# --- the barrier -----------------------------------------------------------------------------------------------------


def claimed(world: World) -> Intent:
    """A run in a worker's hand, and what it is about to write down."""
    [run] = world.enroll(1)
    [job] = world.ledger.claim([run.pk])
    return Intent(job.run_id, job.fence, BYTES, once(), EffectClass.BLIND, job.ref, timedelta(seconds=30))


def test_no_intent_passes_a_lock_that_came_after_the_claim(world: World) -> None:
    intent = claimed(world)
    lock(above(world))

    [answer] = world.ledger.intend([intent])

    assert isinstance(answer, Denied)
    assert (answer.code, answer.seconds) == ("account_locked", None)


def test_a_lock_is_not_over_before_an_intent_that_was_first_at_the_switch(world: World) -> None:
    order, begun, locked = list[str](), threading.Event(), threading.Event()
    intent, top = claimed(world), above(world)

    def lock_it() -> None:
        assert begun.wait(60)
        lock(top)
        order.append("locked")
        locked.set()
        connection.close()

    with ThreadPoolExecutor(1) as other:
        done = other.submit(lock_it)
        with transaction.atomic():
            [answer] = writing.intend([intent], world.worker, world.clock.now())
            begun.set()
            locked.wait(A_MOMENT)
            order.append("intent")
        done.result(60)

    assert isinstance(answer, Granted)
    assert order == ["intent", "locked"]


def test_an_intent_that_meets_a_lock_at_work_does_not_pass_and_keeps_nobody_waiting(world: World) -> None:
    """On SQLite there is one writer, so it waits for the lock; on PostgreSQL a group of many accounts would wait with it."""
    intent, top = claimed(world), above(world)

    def intend() -> Granted | Denied:
        try:
            return world.ledger.intend([intent])[0]
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            accounts.lock_login(top, by=OPA)
            asked = other.submit(intend)
            at_once = asked.result(60) if dialect.is_postgres() else None
        answer = asked.result(60)

    assert isinstance(answer, Denied)
    if at_once is not None:
        assert (answer.code, answer.seconds) == ("account_paused", 1)
    else:
        assert (answer.code, answer.seconds) == ("account_locked", None)


def test_an_account_made_while_the_one_above_is_being_locked_is_born_locked(world: World) -> None:
    begun, made = threading.Event(), threading.Event()
    top = above(world)

    def make() -> Account:
        assert begun.wait(60)
        try:
            with transaction.atomic():
                return make_account("New", top)
        finally:
            made.set()
            connection.close()

    with ThreadPoolExecutor(1) as other:
        newcomer = other.submit(make)
        with transaction.atomic():
            accounts.lock_login(top, by=OPA)
            begun.set()
            made.wait(A_MOMENT)
        born = newcomer.result(60)

    assert reads.get(born.pk).is_locked
