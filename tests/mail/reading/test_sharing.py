"""Which worker reads which mailbox: everybody has a share, also who comes later, and what one leaves another has at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.addons import changes as addons
from hub.addons.models import Availability, Connection
from hub.audit.actor import SYSTEM
from hub.core import Cursor
from hub.db import clock
from hub.mail.models import Mailbox
from hub.mail.reading import leasing, sharing
from hub.users.models import Grant, User
from tests.support.people import make_account, make_user


def test_who_comes_takes_from_who_has_most_until_it_has_its_share() -> None:
    assert sharing.to_take(0, {1: ["a", "b", "c", "d"]}, 100) == ["d", "c"]
    assert sharing.to_take(0, {1: ["a", "b", "c"], 2: ["d", "e", "f"]}, 100) == ["c", "f"]
    assert sharing.to_take(0, {1: ["a"]}, 100) == [], "one mailbox stays where it is"
    assert sharing.to_take(3, {}, 100) == []
    assert sharing.to_take(0, {1: list(range(10))}, 2) == [9, 8]


@settings(deadline=None)  # two cores are shared by many
@given(st.lists(st.integers(0, 60), min_size=1, max_size=6))
def test_however_they_begin_they_come_to_shares_that_differ_by_little_and_then_nobody_takes_anything(
    begin: list[int],
) -> None:
    held = {worker: [(worker, n) for n in range(number)] for worker, number in enumerate(begin)}
    number = sum(begin)
    for _round in range(20):
        for worker in held:
            theirs = {other: rows for other, rows in held.items() if other != worker and rows}
            for row in sharing.to_take(len(held[worker]), theirs, 100):
                next(rows for rows in held.values() if row in rows).remove(row)
                held[worker].append(row)

    assert sum(map(len, held.values())) == number
    assert min(map(len, held.values())) >= number // len(held)
    again = [
        sharing.to_take(len(rows), {other: theirs for other, theirs in held.items() if other != worker and theirs}, 100)
        for worker, rows in held.items()
    ]
    assert not any(again)


@pytest.fixture
def mailboxes() -> Iterator[list[Mailbox]]:
    """Nine of one account, each with a connection of its own."""
    from hub_smtp_custom import addon

    from tests.engine.world import CARD, make_world

    with make_world([CARD], more_addons=[addon]) as world:
        made = []
        with transaction.atomic():
            addons.make_available(world.account, "smtp_custom", by=SYSTEM)
        for number in range(9):
            user = make_user(world.account, username=f"u{number}")
            connection = Connection.objects.create(
                account=world.account,
                addon="smtp_custom",
                user=user,
                enabled=True,
                complete=True,
                changed_at=world.clock.now(),
            )
            made.append(
                Mailbox.objects.create(
                    account=world.account, user=user, connection=connection, enabled=True, read_mail=True,
                    changed_at=world.clock.now(),
                )
            )  # fmt: skip
        yield made


def everybody(_no: int) -> bool:
    return True


def shares() -> Counter[Any]:
    return Counter(Mailbox.objects.values_list("reader", flat=True))


@pytest.mark.django_db
def test_a_worker_that_joins_takes_its_share_and_one_that_leaves_hands_over_at_once(mailboxes: list[Mailbox]) -> None:
    assert len(leasing.look(1, everybody).mine) == 9

    joined = leasing.look(2, everybody)
    leasing.look(3, everybody)

    assert (len(joined.mine), joined.others) == (4, 5)
    assert shares() == {1: 3, 2: 3, 3: 3}
    assert {len(leasing.look(worker, everybody).mine) for worker in (1, 2, 3)} == {3}

    assert leasing.give_back(2) == 3
    leasing.look(1, everybody)
    leasing.look(3, everybody)

    assert shares() == {1: 5, 3: 4} or shares() == {1: 6, 3: 3}
    leasing.look(3, everybody)
    assert shares() == {1: 5, 3: 4}


@pytest.mark.django_db
def test_what_a_dead_worker_kept_open_is_taken_over_whole(mailboxes: list[Mailbox]) -> None:
    leasing.look(1, everybody)
    leasing.look(2, everybody)

    leasing.look(2, lambda no: no != 1)

    assert shares() == {2: 9}


@pytest.mark.django_db
def test_a_mailbox_is_taken_only_from_whom_it_was_seen_with(
    mailboxes: list[Mailbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two newcomers look at the same moment: what the first took, the second does not take from it."""
    leasing.look(1, everybody)
    seen = leasing._read_ones()
    leasing.look(2, everybody)
    monkeypatch.setattr(leasing, "_read_ones", lambda: seen)

    third = leasing.look(3, everybody)

    assert third.mine == ()
    assert shares() == {1: 5, 2: 4}


@pytest.mark.django_db
@pytest.mark.parametrize("health", ["ok", "failing", "needs_admin", "needs_sign_in"])
def test_what_is_switched_off_or_taken_from_the_account_is_read_no_more_whatever_else_is_wrong(
    mailboxes: list[Mailbox], health: str
) -> None:
    Connection.objects.update(health=health)
    assert len(leasing.look(1, everybody).mine) == 9, "reading may work where sending does not"

    Connection.objects.filter(pk=mailboxes[0].connection_id).update(enabled=False)
    assert len(leasing.look(1, everybody).mine) == 8

    Availability.objects.all().delete()
    assert leasing.look(1, everybody).mine == ()


@pytest.mark.django_db
def test_the_mail_of_who_has_left_is_read_no_more(mailboxes: list[Mailbox]) -> None:
    Mailbox.objects.filter(pk=mailboxes[0].pk).update(user=None)
    User.objects.filter(pk=mailboxes[1].user_id).update(state=User.State.ARCHIVED)
    Grant.objects.filter(user=mailboxes[2].user_id).update(account=make_account("Elsewhere"))

    read = {ground.mailbox_id for ground in leasing.look(1, everybody).mine}

    assert read == {one.pk for one in mailboxes} - {mailboxes[1].pk, mailboxes[2].pk}


@pytest.mark.django_db
def test_a_reader_of_what_a_mailbox_was_connected_to_before_leaves_no_bookmark_in_the_new_one(
    mailboxes: list[Mailbox],
) -> None:
    """Who signs in with another address keeps the connection; the old reader goes on for some seconds."""
    ground = leasing.look(1, everybody).mine[0]
    assert leasing.moved(ground, 1, Cursor(token="ada's"), reset=False, news=False, now=clock.now())

    Connection.objects.filter(pk=ground.connection_id).update(version=ground.version + 1)
    Mailbox.objects.filter(pk=ground.mailbox_id).update(cursor={})

    assert not leasing.moved(ground, 1, Cursor(token="ada's"), reset=False, news=False, now=clock.now())
    leasing.troubled(ground, 1, "It is gone.", 3, clock.now())
    row = Mailbox.objects.get(pk=ground.mailbox_id)
    assert (row.cursor, row.read_problem) == ({}, "")
