"""The bell of imports: one message, one page, and the next message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import ModuleType
from typing import Any

import dramatiq
import pytest
from dramatiq.brokers.stub import StubBroker

from hub.accounts import changes as accounts
from hub.accounts.models import Account
from hub.contacts.models import Contact
from hub.db import clock
from hub.imports import changes, pages
from hub.imports.models import Import
from hub.users import declare
from hub.users.models import Grant
from tests.imports.journey import ANN
from tests.support.people import actor_of, make_user

Received = Callable[..., Import]


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Messages instead of a broker."""
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(actors().run_page, "send", lambda *ids: sent.append(ids))
    return sent


def actors() -> ModuleType:
    if dramatiq.broker.global_broker is None:
        dramatiq.set_broker(StubBroker())
    from hub.imports import actors

    return actors


@pytest.mark.django_db
def test_each_message_does_a_page_and_rings_for_the_next(
    received: Received, account: Account, rung: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGE_ROWS", 2)
    row = changes.start(account, received("Name,City\nA,x\nB,x\nC,x\n").pk, by=ANN)

    rung.append((row.pk, row.page))
    done = 0
    while done < len(rung):
        actors().run_page.fn(*rung[done])
        done += 1

    row.refresh_from_db()
    assert (row.state, Contact.objects.count()) == ("done", 3)
    assert rung == [(row.pk, row.page - 2), (row.pk, row.page - 1), (row.pk, row.page)]


@pytest.mark.django_db
def test_an_import_of_a_locked_account_waits_and_goes_on_when_it_is_unlocked(
    received: Received, account: Account, rung: list[Any]
) -> None:
    virtual = clock.VirtualClock(clock.now())
    with clock.use(virtual):
        row = changes.start(account, received("Name,City\nA,x\n").pk, by=ANN)
        accounts.lock_login(account, by=ANN)
        actors().run_page.fn(row.pk, row.page)
        virtual.advance(hours=1)
        actors().sweep.fn()
        assert (rung, Contact.objects.count()) == ([], 0)

        accounts.unlock_login(account, by=ANN)
        actors().sweep.fn()
        assert rung == [(row.pk, row.page)]
        actors().run_page.fn(row.pk, row.page)

    assert Contact.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("lost", [{"withdrawn": ["contacts.import"]}, {"visibility": "own"}, None])
def test_who_may_import_no_longer_ends_with_the_page_at_hand_and_somebody_else_goes_on(
    received: Received, account: Account, rung: list[Any], monkeypatch: pytest.MonkeyPatch, lost: dict[str, Any] | None
) -> None:
    monkeypatch.setattr(pages, "PAGE_ROWS", 1)
    row = changes.start(account, received("Name,City\nA,x\nB,x\nC,x\n").pk, by=ANN)
    actors().run_page.fn(row.pk, row.page)
    grant = Grant.objects.filter(user_id=int(ANN.id))
    grant.delete() if lost is None else grant.update(**lost)

    actors().run_page.fn(*rung[-1])

    row.refresh_from_db()
    assert (row.state, Contact.objects.count()) == ("failed", 1)
    assert row.problem.startswith("Ann Admin ")
    bea = make_user(account, "admin")
    rung[:] = [(row.pk, changes.resume(account, row.pk, by=actor_of(bea)).page)]
    while rung:
        actors().run_page.fn(*rung.pop())
    assert Contact.objects.count() == 3


@pytest.mark.django_db
def test_the_sweep_rings_for_an_import_whose_lease_ran_out(
    received: Received, account: Account, rung: list[Any]
) -> None:
    row = changes.start(account, received("Name\nA\n").pk, by=ANN)

    actors().sweep.fn()
    assert rung == []

    later = clock.VirtualClock(clock.now() + timedelta(minutes=3))
    with clock.use(later):
        actors().sweep.fn()
    assert rung == [(row.pk, row.page)]


@pytest.mark.django_db(transaction=True)
def test_the_bell_rings_after_the_commit_only(received: Received, account: Account, rung: list[Any]) -> None:
    from django.db import transaction

    with transaction.atomic():
        row = changes.start(account, received("Name\nA\n").pk, by=ANN)
        actors().ring(row.pk, row.page)
        assert rung == []

    assert rung == [(row.pk, row.page)]


def test_every_job_says_what_it_needs() -> None:
    assert declare.permission_of(actors().run_page) == "system.import"
    assert declare.permission_of(actors().sweep) == "system.import"
