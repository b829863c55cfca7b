"""A bell that nobody hears: while workers or Redis are away it fills nothing, and when they are back everything is rung for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
from dramatiq.errors import ConnectionClosed

from hub.db import clock
from hub.engine import actors, due, ticker
from hub.engine.broker import FEW_WAITING, MOST_WAITING
from hub.engine.due import IDS_A_MESSAGE, RUNG_AGAIN_AFTER, Bell, Rung
from tests.engine.test_fair_turns import NOON, backlog

pytestmark = pytest.mark.django_db


class Line:
    """A queue without a server."""

    def __init__(self) -> None:
        self.messages: list[Sequence[Rung]] = []
        self.away = False

    def send(self, what: str, rung: Sequence[Rung]) -> None:
        self.messages.append(rung)

    def waiting(self) -> int:
        if self.away:
            raise ConnectionClosed("Redis is away")
        return len(self.messages)

    def taken(self) -> set[object]:
        """Workers take everything."""
        runs = {run_id for rung in self.messages for run_id, _ in rung}
        self.messages.clear()
        return runs


@pytest.fixture
def time() -> Iterator[clock.VirtualClock]:
    with clock.use(clock.VirtualClock(NOON)) as virtual:
        yield virtual


def passes(bell: Bell, time: clock.VirtualClock, span: timedelta, every: timedelta = RUNG_AGAIN_AFTER) -> None:
    """Ring until so much time is over."""
    for _ in range(span // every):
        time.advance(seconds=every.total_seconds())
        bell.ring()


def test_while_the_workers_are_away_for_an_hour_the_line_stays_short_and_then_all_is_rung_for(
    time: clock.VirtualClock,
) -> None:
    due_runs = {run for account in range(1, 21) for run in backlog(account, 50)}
    line = Line()
    bell = Bell(line.send, waiting=line.waiting)

    passes(bell, time, timedelta(hours=1))
    a_pass = len(due_runs) // IDS_A_MESSAGE
    assert FEW_WAITING < len(line.messages) <= FEW_WAITING + a_pass

    assert line.taken() == due_runs
    time.advance(seconds=RUNG_AGAIN_AFTER.total_seconds())
    bell.ring()
    assert line.taken() == due_runs, "what was taken and lost is rung again"


def test_what_is_new_is_rung_for_although_some_messages_wait(time: clock.VirtualClock) -> None:
    line = Line()
    line.messages = [[]] * (FEW_WAITING + 1)
    bell = Bell(line.send, waiting=line.waiting)
    (run,) = backlog(1, 1)

    assert (bell.ring(), bell.ring()) == (1, 0)

    assert line.messages[-1][0][0] == run


def test_a_line_that_is_full_is_left_alone(time: clock.VirtualClock, django_assert_num_queries: object) -> None:
    line = Line()
    line.messages = [[]] * MOST_WAITING
    bell = Bell(line.send, waiting=line.waiting)
    backlog(1, 1)

    with django_assert_num_queries(0):  # type: ignore[operator]
        assert bell.ring() == 0

    line.messages.clear()
    assert bell.ring() == 1


@pytest.mark.django_db(transaction=True)
def test_after_five_minutes_without_redis_everything_is_rung_for_at_the_next_look(
    time: clock.VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    due_runs = set(backlog(1, 120))
    line = Line()
    line.away = True
    one = ticker.Ticker(bell=Bell(line.send, waiting=line.waiting))
    one._duties[:] = [one._ring]

    for quarter in range(5 * 60 * 4):
        time.advance(seconds=ticker.RING_SECONDS)
        one.once(quarter * ticker.RING_SECONDS)
    assert line.messages == []
    told = [message for message in caplog.messages if "'ring' failed" in message]
    assert len(told) == 1, "a trace a minute of the process's own time, not four a second"

    line.away = False
    time.advance(seconds=ticker.RING_SECONDS)
    one.once(5 * 60)

    assert line.taken() == due_runs


def test_a_nudge_is_sent_only_where_few_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = list[str]()
    monkeypatch.setattr(actors.ring, "send", lambda: sent.append("ring"))

    monkeypatch.setattr(actors, "waiting", lambda: FEW_WAITING + 1)
    actors.nudge()
    assert sent == []

    monkeypatch.setattr(actors, "waiting", lambda: 0)
    actors.nudge()
    assert sent == ["ring"]


def test_the_tickers_own_bell_looks_before_it_rings(time: clock.VirtualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    backlog(1, 1)
    monkeypatch.setattr(actors, "waiting", lambda: due.MOST_WAITING)

    assert (actors.bell().ring(), ticker.Ticker()._bell.ring()) == (0, 0)
