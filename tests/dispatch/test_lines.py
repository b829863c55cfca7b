"""The lines of what a process was rung for: a full lane keeps its own, and everybody else passes by."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest

from hub.core import Contact, Sent, once
from hub.core.facts import Account
from hub.dispatch import lines as room
from hub.dispatch.lanes import ADDON_PLACES, AHEAD, LANE_PLACES, Lane
from hub.dispatch.lines import Lines, Over
from hub.dispatch.states import State
from tests.dispatch.rig import Rig

SLOW, QUICK = Lane("slow", "1"), Lane("quick", "1")
SECONDS = 60.0


class Desk:
    """Takes what the lines give, and remembers it. Nothing is over until the test says so."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, list[UUID]]] = []
        self.changed = threading.Condition()
        self.fails = 0

    def take(self, what: str) -> Callable[[Sequence[UUID], Over], None]:
        def taken(ids: Sequence[UUID], over: Over) -> None:
            with self.changed:
                if self.fails:
                    self.fails -= 1
                    self.changed.notify_all()
                    raise OSError("the store is away")
                self.taken.append((what, list(ids)))
                self.changed.notify_all()

        return taken

    @property
    def ids(self) -> list[UUID]:
        return [run_id for _, ids in self.taken for run_id in ids]

    def has(self, number: int) -> bool:
        """Wait until so many were taken."""
        with self.changed:
            return self.changed.wait_for(lambda: len(self.ids) >= number, SECONDS)

    def failed(self) -> bool:
        """Wait until it has failed as often as it was to."""
        with self.changed:
            return self.changed.wait_for(lambda: not self.fails, SECONDS)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def lines(desk: Desk) -> Iterator[Lines]:
    made = Lines({"dispatch": desk.take("dispatch"), "check": desk.take("check")})
    yield made
    made.close(SECONDS)


def runs(lane: Lane, number: int) -> list[tuple[UUID, Lane]]:
    return [(uuid4(), lane) for _ in range(number)]


def ids(rung: Sequence[tuple[UUID, Lane]]) -> list[UUID]:
    return [run_id for run_id, _ in rung]


def test_what_is_rung_for_is_taken_in_its_order(lines: Lines, desk: Desk) -> None:
    rung = runs(QUICK, 5)

    lines.offer("dispatch", rung)

    assert desk.has(5)
    assert desk.ids == ids(rung)


def test_a_lane_whose_runs_do_not_end_keeps_its_line_and_its_neighbour_passes_by(lines: Lines, desk: Desk) -> None:
    most = LANE_PLACES + AHEAD
    lines.offer("dispatch", runs(SLOW, most + 300))
    assert desk.has(most)

    quick = runs(QUICK, 40)
    lines.offer("dispatch", quick)

    assert desk.has(most + 40)
    assert desk.ids[most:] == ids(quick)


def test_an_add_on_whose_runs_do_not_end_in_any_account_leaves_the_other_add_ons_alone(
    lines: Lines, desk: Desk
) -> None:
    most = ADDON_PLACES + AHEAD
    lines.offer("dispatch", [run for account in range(40) for run in runs(Lane("slow", str(account)), 20)])
    assert desk.has(most)

    lines.offer("dispatch", runs(QUICK, 10))

    assert desk.has(most + 10)
    assert len(desk.ids) == most + 10


def test_what_has_ended_makes_room_for_the_next_in_line(lines: Lines, desk: Desk) -> None:
    most = LANE_PLACES + AHEAD
    rung = runs(SLOW, most + 30)
    lines.offer("dispatch", rung)
    assert desk.has(most)

    for run_id in desk.ids[:30]:
        lines.over(run_id)

    assert desk.has(most + 30)
    assert set(desk.ids) == set(ids(rung))


def test_a_single_place_is_used_too_when_no_more_become_free(lines: Lines, desk: Desk) -> None:
    most = LANE_PLACES + AHEAD
    lines.offer("dispatch", runs(SLOW, most + 30))
    assert desk.has(most)

    lines.over(desk.ids[0])

    assert desk.has(most + 1)


def test_a_run_that_is_in_line_or_in_hand_is_not_taken_twice(lines: Lines, desk: Desk) -> None:
    first = runs(QUICK, 3)
    lines.offer("dispatch", first)
    assert desk.has(3)

    lines.offer("dispatch", [*first, *runs(QUICK, 1)])
    assert desk.has(4)
    assert len(desk.ids) == 4

    for run_id in ids(first):
        lines.over(run_id)
    lines.offer("dispatch", first)
    assert desk.has(7)


def test_look_ups_and_steps_are_not_claimed_together(lines: Lines, desk: Desk) -> None:
    with desk.changed:  # nothing is taken before both are in line
        lines.offer("dispatch", runs(QUICK, 3))
        lines.offer("check", runs(QUICK, 2))

    assert desk.has(5)
    assert {what: len(taken) for what, taken in desk.taken} == {"dispatch": 3, "check": 2}


def test_what_could_not_be_taken_is_forgotten_until_it_is_rung_again(
    lines: Lines, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "TROUBLE_SECONDS", 0.01)
    desk.fails = 1
    rung = runs(QUICK, 3)
    lines.offer("dispatch", rung)
    assert desk.failed()
    assert lines.drain(SECONDS)

    lines.offer("dispatch", rung)

    assert desk.has(3)


def test_who_leaves_takes_nothing_new_and_waits_for_what_is_in_hand(lines: Lines, desk: Desk) -> None:
    lines.offer("dispatch", runs(QUICK, 2))
    assert desk.has(2)

    lines.leave()
    lines.offer("dispatch", runs(QUICK, 5))
    assert not lines.drain(0.01)
    for run_id in desk.ids:
        lines.over(run_id)

    assert lines.drain(SECONDS)
    assert len(desk.ids) == 2


# --- with the real runner ----------------------------------------------------------------------------------------


def test_a_plugin_that_never_returns_holds_up_nobody_elses_step() -> None:
    """Its steps fill their own lane. A step of another account goes through beside them, by the same runner."""
    hung, let_go = threading.Semaphore(0), threading.Event()

    async def never(vendor: Any, step: Any, contact: Contact) -> Sent:
        if contact.first_name == "Stuck":
            hung.release()
            while not let_go.is_set():
                await asyncio.sleep(0.01)
        return Sent("x", note="done")

    rig = Rig(once(), run=never)
    made = Lines({"dispatch": lambda ids, over: rig.runner.begin(rig.ledger.claim(ids), over)})
    try:
        stuck = [rig.add(Contact(id=str(n), first_name="Stuck")) for n in range(LANE_PLACES + AHEAD + 50)]
        made.offer("dispatch", [(run.id, SLOW) for run in stuck])
        assert all(hung.acquire(timeout=SECONDS) for _ in range(LANE_PLACES))

        ada = rig.ledger.add(
            "pigeon.mail", Contact(id="9", first_name="Ada"), settings={"api_key": "k-123456"}, account=Account(id="2")
        )
        ended = threading.Event()
        rig.runner.begin(rig.ledger.claim([ada.id]), lambda _: ended.set())

        assert ended.wait(SECONDS)
        assert ada.state is not State.SCHEDULED
        assert all(run.state is State.CLAIMED for run in stuck[:LANE_PLACES])
    finally:
        let_go.set()
        made.close(SECONDS)
        rig.close()
