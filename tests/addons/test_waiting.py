"""Asking a guest whose code holds its loop, or whom many ask: nobody's page waits for long."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from hub.accounts.models import Account
from hub.addons import asking, drift, installed
from hub.addons.models import Connection
from hub.core.outcomes import Wait
from hub.core.registry import Plugin, Registry, Source
from hub.db import clock
from hub.dispatch.drift import Kind
from hub.dispatch.guests.guest import PLACES, Guest
from hub.dispatch.guests.house import Guests
from hub.dispatch.outside import Outside

HELD = 60.0


@pytest.fixture
def guests(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guests]:
    """PostPigeon is somebody's guest."""
    outside = Outside()
    plugin: Plugin = replace(registry.plugins["postpigeon"], source=Source("postpigeon", "hub-pp", "1", "hub_pp"))
    made = Guests(lambda: outside, {"postpigeon": plugin}.get, lambda: HELD)
    monkeypatch.setattr(installed, "guests", lambda: made)
    yield made
    made.close()
    outside.close()


@pytest.fixture
def connection(on: Account) -> Connection:
    return Connection.objects.get(account=on)


def guest(guests: Guests) -> Guest:
    found = guests.of("postpigeon")
    assert found is not None
    return found


def test_who_asks_while_the_loop_is_given_up_hears_so_at_once(connection: Connection, guests: Guests) -> None:
    let_go, held = threading.Event(), threading.Event()

    async def hold(vendor: Any) -> None:
        held.set()
        let_go.wait(20)

    def give_up() -> None:
        assert held.wait(5)
        guests.look(now := time.monotonic())
        guests.look(now + HELD + 1)

    info = asking.info_of(connection)
    assert info is not None
    threading.Thread(target=give_up).start()
    answer = asking.ask(connection, info, hold)
    let_go.set()

    assert isinstance(answer, Wait)
    assert "held up its own event loop" in answer.sentence()


def test_one_more_than_may_wait_is_told_that_others_wait_already(connection: Connection, guests: Guests) -> None:
    async def three(vendor: Any) -> int:
        return 3

    info = asking.info_of(connection)
    assert info is not None
    for _ in range(PLACES["ask"]):
        guest(guests).enter("ask")
    answer = asking.ask(connection, info, three)
    guest(guests).leave("ask")

    assert isinstance(answer, Wait)
    assert answer.sentence() == "The plugin hub-pp has not yet answered others who asked."
    assert asking.ask(connection, info, three) == 3


def test_a_loop_that_was_given_up_is_a_line_on_its_page_with_the_line_of_the_code(on: Account) -> None:
    drift.add_end({"postpigeon": "1"}, "hub_pp/client.py, line 7, in send", clock.now(), Kind.HELD)
    drift.add_end({"postpigeon": "1"}, "hub_pp/client.py, line 7, in send", clock.now(), Kind.HELD)

    (item,) = drift.waiting(on, "postpigeon", "1")

    assert item.count == 2
    assert drift.sentence(item) == (
        "The plugin held its event loop for too long, and the hub gave the loop up: hub_pp/client.py, line 7, in send."
    )
