"""What becomes of a guest's steps when its loop is given up: none is lost, none is done twice, whatever the thread does later."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from hub.core import Effect, once
from hub.core.registry import Plugin, Source
from hub.dispatch import rests
from hub.dispatch.carrying import Carriers
from hub.dispatch.guests import house
from hub.dispatch.guests.house import Guests
from hub.dispatch.outside import Outside
from hub.dispatch.runner import Runner
from hub.dispatch.states import State
from hub.testing.ledger import Run
from tests.dispatch.rig import ADA, Rig, breaks

HELD = 60.0
"""By a clock that is moved by hand."""

Function = Callable[..., Any]


class Lodge:
    """A rig whose add-on is somebody's guest."""

    def __init__(self, run: Function, effect: Effect | None = None, **more: Any) -> None:
        self.rig = Rig(effect or once(), run, **more)
        self.plugin: Plugin = replace(
            self.rig.registry.plugins["pigeon"], source=Source("pigeon", "hub-pigeon", "1", "hub_pigeon")
        )
        self.guests = Guests(lambda: self.rig.outside, {"pigeon": self.plugin}.get, lambda: HELD)
        self.carriers = Carriers(self.rig.runner, self.rig.ledger, self.guests, self._runner)
        self.let_go, self.held, self.overs = threading.Event(), threading.Event(), Counter[UUID]()

    def _runner(self, way_out: Outside) -> Runner:
        return Runner(self.rig.ledger, self.rig.registry, way_out, action_seconds=60.0, chance=lambda: 0.0)

    def hold(self) -> None:
        """What a guest's code does that must not."""
        self.held.set()
        assert self.let_go.wait(180)

    def add(self, *names: str) -> list[Run]:
        return [self.rig.add(ADA.model_copy(update={"id": name})) for name in names]

    def begin(self, *runs: Run) -> None:
        self.carriers.begin(self.rig.ledger.claim([run.id for run in runs]), lambda id_: self.overs.update([id_]))

    def begin_and_hold(self, *runs: Run) -> None:
        self.held.clear()
        self.begin(*runs)
        assert self.held.wait(60)

    def give_up(self) -> None:
        """Look twice, with the time between in which the loop did not turn."""
        now, guest = time.monotonic(), self.guests.of("pigeon")
        assert guest is not None
        self.guests.look(now)
        self.guests.look(now + HELD + 1)
        assert guest.loop is None
        assert until(lambda: not self.in_hand())

    def in_hand(self) -> bool:
        return any(thread.name == "hub-taking-back" for thread in threading.enumerate())

    def wake(self) -> None:
        """The held thread goes on, and comes to its end."""
        self.let_go.set()
        guest = self.guests.of("pigeon")
        assert guest is not None
        assert until(lambda: guest.left_behind() == 0)

    def close(self) -> None:
        self.let_go.set()
        self.guests.close()
        self.rig.close()


def until(wanted: Callable[[], bool], seconds: float = 60.0) -> bool:
    end = time.monotonic() + seconds
    while not wanted() and time.monotonic() < end:
        time.sleep(0.01)
    return wanted()


@pytest.fixture
def lodge(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Lodge]]:
    monkeypatch.setattr(house, "LOOK_SECONDS", 3600.0)  # only the test looks
    made: list[Lodge] = []

    def make(run: Function, *args: Any, **more: Any) -> Lodge:
        async def action(vendor: Any, step: Any, contact: Any) -> Any:
            return await run(made[-1], vendor, step, contact)

        made.append(Lodge(action, *args, **more))
        return made[-1]

    yield make
    for one in made:
        one.close()


Make = Callable[..., Lodge]


async def holds_for_bad(here: Lodge, vendor: Any, step: Any, contact: Any) -> Any:
    await asyncio.sleep(0)
    if contact.id == "bad":
        here.hold()
    return await here.rig.mail_card(vendor, step, contact)


async def waits_for_ever(here: Lodge, vendor: Any, step: Any, contact: Any) -> Any:
    if contact.id != "bad":
        await asyncio.Event().wait()
    return await holds_for_bad(here, vendor, step, contact)


def test_the_one_that_held_it_is_its_authors_to_mend_and_the_others_go_on_in_the_next_loop(lodge: Make) -> None:
    here = lodge(holds_for_bad)
    bad, good = here.add("bad", "good")

    here.begin_and_hold(bad, good)
    here.give_up()

    assert (bad.state, bad.code) == (State.REVIEW, "plugin")
    assert "held its event loop" in bad.sentence
    assert "test_taking_back.py, line" in bad.sentence
    assert good.state in (State.SCHEDULED, State.CALLING, State.DONE)
    if good.state is State.SCHEDULED:
        assert good.attempts == good.crashes == 0, "it did nothing wrong"
        here.begin(good)
        assert until(lambda: good.state is State.DONE)


def test_what_was_taken_back_is_done_once_though_the_old_thread_wakes_and_goes_on(lodge: Make) -> None:
    here = lodge(holds_for_bad)
    runs = here.add("bad", *map(str, range(20)))

    here.begin_and_hold(*runs)
    here.give_up()
    here.begin(*runs)
    here.wake()

    assert until(lambda: all(run.state in (State.DONE, State.REVIEW) for run in runs))
    assert Counter(run.state for run in runs) == {State.DONE: 20, State.REVIEW: 1}
    assert len(here.rig.vendor.effects) == 20
    assert set(here.overs.values()) <= {1, 2}, "each time it was in hand it was over once"


def test_what_was_over_before_is_not_over_again_when_the_loop_is_given_up(lodge: Make) -> None:
    here = lodge(holds_for_bad)
    good, bad = here.add("good", "bad")
    here.begin(good)
    assert until(lambda: here.overs[good.id] == 1)

    here.begin_and_hold(bad)
    here.give_up()
    here.wake()

    assert good.state is State.DONE
    assert here.overs == {good.id: 1, bad.id: 1}


def test_one_that_swallows_the_exception_and_goes_on_to_write_is_fenced(lodge: Make) -> None:
    async def stubborn(here: Lodge, vendor: Any, step: Any, contact: Any) -> Any:
        while not here.let_go.is_set():
            try:
                here.hold()
            except BaseException:
                continue
        return await here.rig.mail_card(vendor, step, contact)

    here = lodge(stubborn)
    (run,) = here.add("7")

    here.begin_and_hold(run)
    here.give_up()
    here.wake()

    assert here.rig.vendor.writes == []
    assert run.state is State.REVIEW


def test_what_had_left_stays_calling_and_its_answer_is_welcome_when_the_thread_wakes(lodge: Make) -> None:
    async def held_after_the_deed(here: Lodge, vendor: Any, step: Any, contact: Any) -> Any:
        try:
            return await here.rig.mail_card(vendor, step, contact)
        finally:
            here.hold()

    here = lodge(held_after_the_deed)
    (run,) = here.add("7")

    here.begin_and_hold(run)
    here.give_up()
    assert run.state is State.CALLING
    here.wake()

    assert until(lambda: run.state is State.REVIEW), "the deed is known; that the plugin failed after it, too"
    assert run.open_attempts == 1
    assert len(here.rig.vendor.effects) == 1


def test_where_it_is_not_known_who_held_it_each_counts_a_crash_and_the_third_time_a_person_looks(lodge: Make) -> None:
    async def through_a_callback(here: Lodge, vendor: Any, step: Any, contact: Any) -> Any:
        asyncio.get_running_loop().call_soon(here.hold)
        await asyncio.Event().wait()

    here = lodge(through_a_callback)
    (run,) = here.add("7")

    for crashes in (1, 2):
        here.begin_and_hold(run)
        here.give_up()
        assert (run.state, run.crashes) == (State.SCHEDULED, crashes)
        rest_over(here)
    here.begin_and_hold(run)
    here.give_up()

    assert (run.state, run.code) == (State.REVIEW, "poison")


def rest_over(here: Lodge) -> None:
    """The guest may begin again, and what was put off is due."""
    guest = here.guests.of("pigeon")
    assert guest is not None
    guest._resting.until = 0.0
    here.rig.ledger.clock.advance(seconds=600)


def test_while_the_guest_rests_its_steps_wait_and_no_try_is_counted(
    lodge: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rests, "RESTS", (0.0, 60.0))
    here = lodge(waits_for_ever)
    for _ in range(2):
        (bad,) = here.add("bad")
        here.begin_and_hold(bad)
        here.give_up()

    (run,) = here.add("good")
    here.begin(run)

    assert run.state is State.SCHEDULED
    assert run.due_at > here.rig.ledger.now()
    assert run.attempts == 0
    assert "held up its own event loop" in run.sentence
    assert here.overs[run.id] == 1


def test_a_look_up_that_holds_the_loop_is_made_again(lodge: Make) -> None:
    made: list[Lodge] = []

    async def look_up(vendor: Any, step: Any, contact: Any) -> Any:
        made[0].hold()

    async def lost(here: Lodge, vendor: Any, step: Any, contact: Any) -> Any:
        return await here.rig.mail_card(vendor, step, contact)

    here = lodge(lost, reconcile=look_up)
    made.append(here)
    here.rig.vendor.script = [breaks(acts=True)]
    (run,) = here.add("7")
    here.begin(run)
    assert until(lambda: run.state is State.UNKNOWN)
    here.rig.ledger.clock.move_to(run.next_check_at)

    here.carriers.begin_checks(here.rig.ledger.checks_due(), lambda id_: None)
    assert here.held.wait(60)
    here.give_up()

    assert run.state is State.UNKNOWN
    assert run.next_check_at > here.rig.ledger.now()
    here.wake()
    assert run.state is State.UNKNOWN, "what the old thread says of it does not count"


def test_a_step_that_somebody_elses_mailer_carries_runs_in_that_ones_loop(lodge: Make) -> None:
    seen: list[str] = []

    async def sees(here: Lodge, vendor: Any, step: Any, contact: Any) -> Any:
        seen.append(threading.current_thread().name)
        return await here.rig.mail_card(vendor, step, contact)

    here = lodge(sees)
    (run,) = here.add("7")
    (job,) = here.rig.ledger.claim([run.id])
    own = here.rig.registry.claim("pigeon.mail")
    assert own is not None

    here.carriers.begin(
        [replace(job, action_type="email.send", claim=replace(own, plugin=here.plugin))], lambda id_: None
    )

    assert until(lambda: run.state is State.DONE)
    assert seen == ["hub-guest-hub-pigeon"]


def test_the_houses_own_steps_are_the_house_runners(lodge: Make) -> None:
    here = lodge(holds_for_bad)
    carriers = Carriers(here.rig.runner, here.rig.ledger, None, here._runner)
    (run,) = here.add("7")

    carriers.begin(here.rig.ledger.claim([run.id]), lambda id_: here.overs.update([id_]))

    assert until(lambda: here.overs[run.id] == 1)
    assert run.state is State.DONE
    assert not here.guests.all()
