"""A guest's loop: it is like the house's, it can be given up, and nobody waits for it in vain."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from hub.core import AddOn
from hub.core.errors import Unreachable
from hub.core.registry import Plugin, Source, from_objects
from hub.dispatch import rests as resting
from hub.dispatch.guests import guest as guests_guest
from hub.dispatch.guests import house
from hub.dispatch.guests.guest import Crowded, Guest, Loss
from hub.dispatch.guests.house import Guests, lodging
from hub.dispatch.guests.loop import GivenUp, GuestLoop, HeldTooLong
from hub.dispatch.outside import Outside

HELD = 60.0
"""Longer than any test: the clock of the tests below is moved by hand."""


class Street:
    """A house with guests whose loops nobody watches but the test."""

    def __init__(self) -> None:
        self.house, self.losses, self.held = Outside(), list[Loss](), HELD
        self.plugins = {name: plugin(name) for name in ("lark", "wren")}
        self.guests = Guests(lambda: self.house, self.plugins.get, lambda: self.held, self.losses.append)
        self.let_go, self.holding = threading.Event(), list[GuestLoop]()

    def guest(self, name: str) -> Guest:
        found = self.guests.of(name)
        assert found is not None
        return found

    def hold(self, name: str) -> GuestLoop:
        """Have a guest's code hold its loop, until the test lets it go."""
        loop, held = self.guest(name).way_out(), threading.Event()

        async def hold() -> None:
            held.set()
            self.let_go.wait()

        self.work = loop.start(hold())
        self.holding.append(loop)
        assert held.wait(60)
        return loop

    def look(self) -> None:
        """Look as the watcher does, at a moment when who is asked and turns has had the time to."""
        now = time.monotonic()
        self.guests.look(now)
        free = [one.loop for one in self.guests.all() if one.loop is not None and one.loop not in self.holding]
        assert become(lambda: all(loop._asked_at is None for loop in free))
        self.guests.look(now + HELD + 1)

    def close(self) -> None:
        self.let_go.set()
        self.guests.close()
        self.house.close()


def plugin(name: str, module: str = "", dist: str = "") -> Plugin:
    made = from_objects([AddOn(name, title=name.title())]).plugins[name]
    return replace(made, source=Source(name, dist or f"hub-{name}", "1.0", module or f"hub_{name}"))


def become(wanted: Callable[[], bool], seconds: float = 60.0) -> bool:
    end = time.monotonic() + seconds
    while not wanted() and time.monotonic() < end:
        time.sleep(0.01)
    return wanted()


@pytest.fixture
def street(monkeypatch: pytest.MonkeyPatch) -> Iterator[Street]:
    monkeypatch.setattr(house, "LOOK_SECONDS", 3600.0)  # only the test looks
    made = Street()
    yield made
    made.close()


async def three() -> int:
    await asyncio.sleep(0)
    return 3


def test_whose_code_lies_in_the_hubs_own_package_is_no_guest_and_everybody_else_is() -> None:
    assert lodging(plugin("steps", module="hub.steps", dist="integration-hub")) == ""
    assert lodging(plugin("lark")) == "hub-lark"
    assert lodging(replace(plugin("lark"), source=Source("lark"))) == "", "made by a program, without a distribution"


def test_two_guests_have_a_loop_each_and_the_house_has_its_own(street: Street) -> None:
    names = set()

    async def here() -> None:
        names.add(threading.current_thread().name)

    for way_out in (street.house, street.guest("lark").way_out(), street.guest("wren").way_out()):
        way_out.run(here())

    assert names == {"hub-outside", "hub-guest-hub-lark", "hub-guest-hub-wren"}
    assert street.guest("lark").way_out() is street.guest("lark").way_out()


def test_one_that_holds_its_loop_loses_it_and_its_neighbour_notices_nothing(street: Street) -> None:
    street.guest("wren").way_out()
    held = street.hold("lark")

    street.look()

    assert [loss.name for loss in street.losses] == ["hub-lark"]
    assert "test_loops.py" in street.losses[0].place
    with pytest.raises(GivenUp, match="has held up its own event loop"):
        street.work.result(60)
    with pytest.raises(GivenUp):
        held.run(three())
    assert street.guest("wren").way_out().run(three()) == 3


def test_one_that_turns_is_left_alone_however_long_its_work_takes(street: Street) -> None:
    loop = street.guest("lark").way_out()
    stop = asyncio.Event()
    waiting = loop.start(stop.wait())  # type: ignore[arg-type]

    for _ in range(3):
        street.look()

    assert not street.losses
    loop._loop.call_soon_threadsafe(stop.set)
    assert waiting.result(60)


def test_a_new_loop_is_had_at_once_the_first_time_and_after_a_rest_that_grows(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resting, "RESTS", (0.0, 60.0))
    first = street.hold("lark")
    street.look()
    second = street.hold("lark")
    street.look()

    assert second is not first
    with pytest.raises(Unreachable) as rests:
        street.guest("lark").way_out()
    assert rests.value.outcome.seconds >= 1  # type: ignore[attr-defined]
    assert [loss.rest for loss in street.losses] == [0.0, 60.0]


def test_who_has_left_too_many_threads_behind_rests_until_one_comes_back(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guests_guest, "MOST_LEFT_BEHIND", 1)
    held = street.hold("lark")
    street.look()

    with pytest.raises(Unreachable, match="goes on when the hub is restarted"):
        street.guest("lark").way_out()
    assert street.guest("wren").way_out().run(three()) == 3
    street.let_go.set()

    assert become(lambda: held.ended)
    assert street.guest("lark").way_out().run(three()) == 3


def test_python_that_spins_is_ended_and_its_thread_too(street: Street) -> None:
    loop, spins = street.guest("lark").way_out(), threading.Event()
    ended: list[BaseException] = []

    async def spin() -> None:
        try:
            while True:
                spins.set()
        except HeldTooLong as trouble:
            ended.append(trouble)
            raise

    loop.start(spin())
    assert spins.wait(60)
    street.holding.append(loop)
    street.look()

    assert become(lambda: loop.ended)
    assert ended
    assert street.guest("lark").left_behind() == 0


def test_who_slept_is_stopped_where_it_wakes(street: Street) -> None:
    loop, asleep, went_on = street.guest("lark").way_out(), threading.Event(), list[str]()

    async def sleep() -> None:
        asleep.set()
        street.let_go.wait()
        went_on.append("on")
        went_on.append("and on")

    loop.start(sleep())
    assert asleep.wait(60)
    street.holding.append(loop)
    street.look()
    street.let_go.set()

    assert become(lambda: loop.ended)
    assert went_on == []


def test_a_process_that_stood_still_as_a_whole_blames_nobody(street: Street) -> None:
    street.hold("lark")
    now = time.monotonic()
    street.guests.look(now)

    street.guests._excuse(now + 60)
    street.guests.look(now + 60)

    assert not street.losses


def test_only_so_many_threads_wait_for_one_guest(street: Street) -> None:
    lark, wren = street.guest("lark"), street.guest("wren")
    for _ in range(4):
        lark.enter("ask")

    with pytest.raises(Crowded):
        lark.enter("ask")
    with wren.place("ask"), lark.place("import"):
        pass
    lark.leave("ask")
    with lark.place("ask"):
        pass


def test_the_watcher_gives_up_who_holds_its_loop_by_itself(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house, "LOOK_SECONDS", 0.1)
    street.hold("lark")
    street.held = 0.3

    assert become(lambda: bool(street.losses))
    assert street.losses[0].seconds < 30


def test_who_stops_waiting_stops_the_work(street: Street) -> None:
    begun, stopped = threading.Event(), threading.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    waiting = street.guest("lark").way_out().start(work())
    assert begun.wait(60)

    assert waiting.cancel()
    assert stopped.wait(60)
    assert street.guest("lark").way_out().run(three()) == 3
