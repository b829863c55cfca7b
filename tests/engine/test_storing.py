"""What a process knows about its store: what was refused, how long it believes that, and how one knows that never writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, InternalError, OperationalError, connection

from hub.db import dialect
from hub.db.models import Installation
from hub.engine import storing


@pytest.fixture(autouse=True)
def time(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """The process's steady counter."""
    now = [1_000.0]
    monkeypatch.setattr(storing, "_steady", lambda: now[0])
    storing.forget()
    yield now
    storing.forget()


def refused(what: str, trouble: type[Exception] = OperationalError) -> None:
    with pytest.raises(trouble), storing.watched(what):
        raise trouble("database or disk is full")


def taken(what: str) -> None:
    with storing.watched(what):
        pass


def test_on_a_full_disk_what_still_finds_room_says_nothing_for_the_rest() -> None:
    refused("intend")
    taken("claim")
    assert storing.refuses()

    taken("intend")
    assert not storing.refuses()


def test_a_refusal_that_nothing_makes_up_for_is_forgotten(time: list[float]) -> None:
    refused("claim")

    time[0] += storing.REMEMBERED_SECONDS - 1
    assert storing.refuses()
    time[0] += 1
    assert not storing.refuses()


def test_a_value_that_does_not_fit_says_nothing_about_the_store() -> None:
    refused("settle", IntegrityError)

    assert not storing.refuses()


@contextmanager
def only_read() -> Iterator[None]:
    """The store says of every write that it may not be."""
    on, off = "SET default_transaction_read_only = on", "RESET default_transaction_read_only"
    if not dialect.is_postgres():
        on, off = "PRAGMA query_only = on", "PRAGMA query_only = off"
    with connection.cursor() as cursor:
        cursor.execute(on)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(off)


@pytest.mark.django_db(transaction=True)
def test_who_never_writes_tries_it_now_and_then(time: list[float]) -> None:
    before = Installation.objects.get()
    with only_read():
        storing.try_it()
        assert storing.refuses()

    storing.try_it()
    assert storing.refuses(), "it was tried a moment ago"
    time[0] += storing.TRIED_SECONDS
    storing.try_it()
    assert not storing.refuses()
    assert Installation.objects.get().ref == before.ref


@pytest.mark.django_db(transaction=True)
def test_a_refusal_that_time_mends_is_told_from_a_mistake_of_ours() -> None:
    with only_read(), pytest.raises(storing.TROUBLE) as refused:
        Installation.objects.update(ref="another")

    assert storing.passes(refused.value)
    assert not storing.passes(InternalError("current transaction is aborted"))
