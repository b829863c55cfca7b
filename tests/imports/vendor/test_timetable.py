"""An import every so many minutes: off until one by hand has succeeded, one at a time, and loud when it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from hub.accounts.models import Account
from hub.db import clock
from hub.db.errors import Conflict, Invalid
from hub.imports.models import Import, ImportSchedule
from hub.imports.vendor import changes
from hub.notifications.models import Notification
from tests.imports.journey import ANN
from tests.imports.vendor.gym import TRIGGER, Desk, crowd
from tests.support.people import make_user

Start = Callable[..., Import]

pytestmark = pytest.mark.django_db


@pytest.fixture
def virtual() -> Iterator[clock.VirtualClock]:
    made = clock.VirtualClock(clock.now())
    with clock.use(made):
        yield made


def switch(account: Account, on: bool = True, minutes: int = 60) -> ImportSchedule:
    return changes.set_schedule(account, "gym", TRIGGER, on=on, every_minutes=minutes, by=ANN)


def test_it_can_be_switched_on_only_after_an_import_by_hand(start: Start, on: Account) -> None:
    with pytest.raises(Conflict, match="after the first import"):
        switch(on)
    start(dry=True)
    with pytest.raises(Conflict):
        switch(on)

    start()

    assert switch(on).on


@pytest.mark.parametrize("minutes", [0, 14, 1441])
def test_so_many_minutes_are_refused(minutes: int, start: Start, on: Account) -> None:
    start()
    with pytest.raises(Invalid):
        switch(on, minutes=minutes)


def test_it_asks_every_hour_for_what_changed(
    start: Start, on: Account, bell: Any, desk: Desk, virtual: clock.VirtualClock
) -> None:
    desk.people = crowd(1)
    start()
    switch(on)
    virtual.advance(minutes=59)
    bell.sweep()
    assert bell.rung == []

    desk.people = crowd(2)
    virtual.advance(minutes=2)
    bell.sweep()
    bell.go()

    row = Import.objects.latest("pk")
    assert (row.state, row.scheduled, row.counts["created"], row.by["label"]) == ("done", True, 1, "The hub")
    assert row.since is not None
    bell.sweep()
    assert bell.rung == []


def test_hours_that_were_missed_are_made_up_for_once(
    start: Start, on: Account, bell: Any, virtual: clock.VirtualClock
) -> None:
    start()
    switch(on)
    virtual.advance(hours=30)

    for _ in range(3):
        bell.sweep()
        bell.go()

    assert Import.objects.count() == 2


def test_while_one_is_still_at_work_none_is_begun(
    start: Start, on: Account, bell: Any, virtual: clock.VirtualClock
) -> None:
    start()
    switch(on)
    start(go=False)
    Import.objects.filter(state="running").update(lease_until=virtual.now() + timedelta(days=1))
    virtual.advance(hours=2)

    bell.sweep()

    assert (bell.rung, Import.objects.count()) == ([], 2)
    assert ImportSchedule.objects.get().next_at == virtual.now() + timedelta(hours=1)


def test_while_another_account_imports_over_the_same_connection_it_tries_again_soon(
    start: Start, on: Account, bell: Any, virtual: clock.VirtualClock
) -> None:
    from hub.accounts import changes as accounts
    from hub.audit.actor import SYSTEM

    first = start()
    switch(on)
    other = accounts.create("Boise", by=SYSTEM)
    first.pk, first.account_id, first.state = None, other.pk, "running"
    first.lease_until = virtual.now() + timedelta(days=1)
    first.save(force_insert=True)
    virtual.advance(hours=1)

    bell.sweep()

    assert (bell.rung, ImportSchedule.objects.get().next_at) == ([], virtual.now() + timedelta(minutes=2))


def test_imports_that_brought_nothing_are_forgotten_but_for_the_last(
    start: Start, on: Account, bell: Any, desk: Desk, virtual: clock.VirtualClock
) -> None:
    from hub.audit.actor import SYSTEM

    start()
    switch(on)
    for people in (1, 1, 2, 2, 2):
        desk.people = crowd(people)
        virtual.advance(hours=1)
        bell.sweep()
        bell.go()
    virtual.advance(days=3)

    assert changes.forget_quiet(by=SYSTEM) == 2

    kept = Import.objects.order_by("pk").values_list("scheduled", "counts__created")
    assert [(scheduled, created or 0) for scheduled, created in kept] == [(False, 0), (True, 1), (True, 1), (True, 0)]


def test_those_that_brought_something_keep_no_later_one_from_being_forgotten(
    start: Start, on: Account, bell: Any, desk: Desk, virtual: clock.VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hub.audit.actor import SYSTEM

    monkeypatch.setattr(changes, "MOST_AT_ONCE", 2)
    start()
    switch(on)
    for people in (1, 2, 2, 2):
        desk.people = crowd(people)
        virtual.advance(hours=1)
        bell.sweep()
        bell.go()
    virtual.advance(days=3)

    assert changes.forget_quiet(by=SYSTEM) == 1


def test_switched_off_it_asks_no_more(start: Start, on: Account, bell: Any, virtual: clock.VirtualClock) -> None:
    start()
    switch(on)
    switch(on, on=False)
    virtual.advance(hours=2)

    bell.sweep()

    assert bell.rung == []


def test_a_failure_is_told_to_those_in_charge_and_a_success_to_nobody(
    start: Start, on: Account, bell: Any, desk: Desk, virtual: clock.VirtualClock
) -> None:
    ada = make_user(on, "admin", "ada")
    start()
    Notification.objects.all().delete()
    switch(on)
    virtual.advance(hours=1)
    bell.sweep()
    bell.go()
    assert not Notification.objects.exists()

    desk.fails = {0: [httpx.Response(404)]}
    virtual.advance(hours=1)
    bell.sweep()
    bell.go()

    told = Notification.objects.values_list("kind", "user_id").order_by("user_id")
    assert list(told) == [("import.failed", one) for one in sorted([ada.pk, int(ANN.id)])]
    assert Import.objects.latest("pk").state == "failed"
