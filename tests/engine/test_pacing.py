"""Whose turn it is: the rate is never exceeded, what was due first goes first, and nobody comes more often than he must."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from hub.core import Rate
from hub.engine.pacing import Line, step_up

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
GROUP = 100


def second(number: float) -> datetime:
    return NOON + timedelta(seconds=number)


def empty_line() -> Line:
    return Line(NOON, NOON, NOON, NOON)


@dataclass
class Crowd:
    """Steps that come to one connection's door, each at the time it was given.

    Attributes:
        left: who went through, and when.
        comes: how often each came to the door.
        shut: from when to when nobody can come, for the hub is down.
    """

    rate: Rate
    line: Line = field(default_factory=empty_line)
    left: list[tuple[int, datetime]] = field(default_factory=list)
    comes: dict[int, int] = field(default_factory=dict)
    shut: tuple[datetime, datetime] = (NOON, NOON)

    def let_through(self, due: Sequence[datetime]) -> None:
        """Until all of them went."""
        coming = [(max(moment, NOON), moment, who, False) for who, moment in enumerate(due)]
        heapq.heapify(coming)
        while coming:
            for now, who, place in self._group(coming):
                if place is None:
                    self.left.append((who, now))
                else:
                    heapq.heappush(coming, (place, place, who, True))

    def _group(
        self, coming: list[tuple[datetime, datetime, int, bool]]
    ) -> Iterator[tuple[datetime, int, datetime | None]]:
        now = coming[0][0]
        if self.shut[0] <= now < self.shut[1]:
            now = self.shut[1]
        group = [heapq.heappop(coming) for _ in range(GROUP) if coming and coming[0][0] <= now]
        for _, _, who, waited in sorted(group, key=lambda one: (one[1], one[2])):
            self.comes[who] = self.comes.get(who, 0) + 1
            self.line, place = step_up(self.line, self.rate.interval, self.rate.tolerance, now, waited=waited)
            yield now, who, place

    def most_in(self, span: timedelta) -> int:
        """The most that went within any such time."""
        times = [at for _, at in self.left]
        first = most = 0
        for last, at in enumerate(times):
            while at - times[first] >= span:
                first += 1
            most = max(most, last - first + 1)
        return most


RATES = [Rate(600, "minute"), Rate(10, "minute"), Rate(60, "minute", burst=1), Rate(50, "second", burst=1)]


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: f"{rate.calls} per {rate.per}, burst {rate.burst}")
def test_five_thousand_that_an_hours_outage_left_behind_go_at_the_rate_and_in_order(rate: Rate) -> None:
    crowd = Crowd(rate)

    crowd.let_through([second(-3600 + n * 0.7) for n in range(5_000)])

    burst = 1 + round(rate.tolerance / rate.interval)
    assert [who for who, _ in crowd.left] == list(range(5_000))
    assert crowd.most_in(rate.interval * rate.calls) <= rate.calls + burst
    assert crowd.most_in(rate.interval) <= burst
    assert max(crowd.comes.values()) <= 2, "once to get a place, and once to go"
    took = crowd.left[-1][1] - NOON
    assert took <= rate.interval * 5_000, "and none of the vendor's room is left unused"


def test_what_comes_due_meanwhile_goes_behind_those_who_wait() -> None:
    crowd = Crowd(Rate(60, "minute"))

    crowd.let_through([*(second(-100 + n) for n in range(50)), *(second(n + 0.4) for n in range(20))])

    assert [who for who, _ in crowd.left] == list(range(70))


def test_who_lost_his_place_while_the_hub_was_down_goes_before_those_whose_place_is_still_to_come() -> None:
    rate = Rate(60, "minute")
    crowd = Crowd(rate, shut=(second(30), second(90)))

    crowd.let_through([second(-n / 10) for n in range(200, 0, -1)])

    assert [who for who, _ in crowd.left] == list(range(200))
    assert crowd.most_in(timedelta(minutes=1)) <= 60 + 6
    assert max(crowd.comes.values()) <= 3


def test_while_the_vendor_wants_to_be_left_alone_nobody_goes_and_places_begin_after_it() -> None:
    line = Line(NOON, NOON, NOON, second(120))

    line, first = step_up(line, timedelta(seconds=1), timedelta(seconds=5), NOON, waited=False)
    line, second_ = step_up(line, timedelta(seconds=1), timedelta(seconds=5), NOON, waited=False)

    assert (first, second_) == (second(120), second(121))


def test_a_lone_call_goes_at_once_and_leaves_no_line_behind() -> None:
    line, place = step_up(empty_line(), timedelta(seconds=6), timedelta(0), second(3), waited=False)

    assert place is None
    assert line.rate_at == second(9)
    assert line.is_empty(second(3))


def test_room_that_belongs_to_somebodys_place_is_not_a_newcomers() -> None:
    pace, none = timedelta(seconds=1), timedelta(0)
    line, gone = step_up(empty_line(), pace, none, NOON, waited=False)
    line, its_place = step_up(line, pace, none, NOON, waited=False)
    line, next_place = step_up(line, pace, none, NOON, waited=False)
    assert (gone, its_place, next_place) == (None, second(1), second(2))

    line, newcomer = step_up(line, pace, none, second(1.2), waited=False)
    _, whose_place_it_is = step_up(line, pace, none, second(1.3), waited=True)

    assert newcomer == second(3)
    assert whose_place_it_is is None
