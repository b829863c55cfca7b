"""One account's backlog does not keep the others waiting: what a look at the rows comes to, by trace and not by the clock."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hub.db import clock
from hub.dispatch.lanes import ADDON_PLACES, AHEAD, LANE_PLACES, Lane
from hub.dispatch.lines import Lines, Over
from hub.engine import fair
from hub.engine.due import RUNG_AGAIN_AFTER, Bell, Rung
from hub.engine.ticker import RING_SECONDS
from hub.plans import run_ids
from hub.plans.models import StepRun

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def backlog(account: int, number: int, *, overdue: timedelta = timedelta(hours=1)) -> list[UUID]:
    """So many due steps of an account."""
    rows = [
        StepRun(
            id=run_ids.new(NOON), account_id=account, enrollment_id=account * 100_000 + n, contact_id=n, plan_step_id=1, seq=0,
            action_type="a.b", addon="a", due_at=NOON - overdue, effect_key=f"{account}-{n}", created_at=NOON,
        )
        for n in range(number)
    ]  # fmt: skip
    return [row.pk for row in StepRun.objects.bulk_create(rows)]


class Heard:
    """What the bell sent, look by look."""

    def __init__(self) -> None:
        self.rung: list[Rung] = []

    def __call__(self, what: str, rung: Sequence[Rung]) -> None:
        self.rung += rung

    def accounts(self) -> set[str]:
        return {lane.account for _, lane in self.rung}


def test_an_account_with_a_backlog_does_not_keep_anothers_step_waiting() -> None:
    backlog(1, 400)
    (waiting,) = backlog(2, 1, overdue=timedelta(seconds=1))
    heard = Heard()

    with clock.use(clock.VirtualClock(NOON)):
        Bell(heard, most=100).ring()

    assert waiting in [run_id for run_id, _ in heard.rung]
    assert waiting in [run_id for run_id, _ in heard.rung[: 2 * fair.EACH]], "and not at the end of the line"


def test_ten_thousand_accounts_have_all_been_come_to_within_five_seconds() -> None:
    for account in range(1, 51):
        backlog(account, 4 if account > 1 else 200)
    turns = fair.Turns(accounts=10, each=2)

    looks = [[account for *_, account in turns.take(NOON)] for _ in range(6)]
    seen = [account for look in looks[:5] for account in look]

    assert seen == [account for account in range(1, 51) for _ in range(2)]
    assert looks[5] == looks[0], "after the last account the first follows again"
    assert 10_000 / fair.ACCOUNTS * RING_SECONDS <= 5


def test_while_few_are_due_nobody_goes_from_account_to_account() -> None:
    backlog(1, 20)
    backlog(2, 1)
    heard = Heard()

    with clock.use(clock.VirtualClock(NOON)), CaptureQueriesContext(connection) as asked:
        Bell(heard, most=100).ring()

    assert len(heard.rung) == 21
    assert not [query for query in asked if "RECURSIVE" in query["sql"]]


def test_what_is_not_due_or_not_scheduled_has_no_turn() -> None:
    backlog(1, 3, overdue=timedelta(hours=-1))
    StepRun.objects.filter(pk__in=backlog(2, 3)).update(state="held")

    assert fair.Turns().take(NOON) == []


def test_a_look_rings_for_each_run_once() -> None:
    backlog(1, 150)
    heard = Heard()

    with clock.use(clock.VirtualClock(NOON)) as time:
        bell = Bell(heard, most=100)
        bell.ring()
        bell.ring()
        ids = [run_id for run_id, _ in heard.rung]
        assert len(ids) == len(set(ids))
        time.advance(seconds=RUNG_AGAIN_AFTER.total_seconds())
        assert bell.ring() >= 100


def test_a_worker_holds_no_more_of_one_account_than_leaves_room_for_others() -> None:
    taken, had = list[UUID](), threading.Event()

    def take(ids: Sequence[UUID], over: Over) -> None:
        taken.extend(ids)
        if other in ids:
            had.set()

    lines = Lines({"dispatch": take}, threads=1)
    many = [run_ids.new(NOON) for _ in range(2_000)]
    other = run_ids.new(NOON)

    lines.offer("dispatch", [(run_id, Lane("a", "1")) for run_id in many])
    lines.offer("dispatch", [(other, Lane("a", "2"))])
    assert had.wait(60)
    lines.close(60)

    assert len(set(taken) & set(many)) <= LANE_PLACES + AHEAD < ADDON_PLACES + AHEAD
