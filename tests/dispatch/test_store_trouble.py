"""A store that fails now and then: nothing is sent without a durable intent, and nothing known is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from hub.core import Wait, keyed, once, repeatable
from hub.dispatch import offering
from hub.dispatch.ledger import Settlement, StoreAway
from hub.dispatch.requests import Denied, Granted, Intent
from hub.dispatch.states import State
from tests.dispatch.rig import ADA, Rig, Vendor, answers, breaks

MakeRig = Callable[..., Rig]


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The waits between two offers of the same word are not what is tested here."""

    async def at_once(seconds: float) -> None:
        await _sleep(min(seconds, 0.005))

    _sleep = offering.asyncio.sleep
    monkeypatch.setattr(offering, "asyncio", _Asyncio(at_once))


class _Asyncio:
    """asyncio with another ``sleep``, for one module."""

    def __init__(self, sleep: Any) -> None:
        self.sleep = sleep

    def __getattr__(self, name: str) -> Any:
        import asyncio

        return getattr(asyncio, name)


def failing(
    work: Callable[[Sequence[Any]], Any], times: int, *, after: bool, error: type[Exception] = ConnectionError
) -> Callable[[Sequence[Any]], Any]:
    """The work, whose first calls raise: before they did anything, or after they did it all."""
    left = [times]

    def work_or_fail(items: Sequence[Any]) -> Any:
        left[0] -= 1
        fails = left[0] >= 0
        if fails and not after:
            raise error("the store is away")
        done = work(items)
        if fails:
            raise error("the answer is lost")
        return done

    return work_or_fail


def with_ledger(rig: Rig, **functions: Any) -> Rig:
    for name, function in functions.items():
        setattr(rig.ledger, name, function)
    rig.runner = rig.new_runner()
    return rig


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("times", [1, 2, 3])
def test_an_intent_is_offered_again_and_counts_once(make_rig: MakeRig, times: int, after: bool) -> None:
    rig = make_rig(once())
    run = with_ledger(rig, intend=failing(rig.ledger.intend, times, after=after)).once()

    assert run.state is State.DONE
    assert (len(rig.vendor.writes), run.attempts, len(run.tries)) == (1, 1, 1)


def test_a_group_of_intents_whose_answer_is_lost_is_sent_once_each(make_rig: MakeRig) -> None:
    rig = make_rig(once())
    with_ledger(rig, intend=failing(rig.ledger.intend, 1, after=True))
    runs = [rig.add(ADA.model_copy(update={"id": str(n)})) for n in range(20)]

    rig.go()

    assert {run.state for run in runs} == {State.DONE}
    assert len(rig.vendor.effects) == 20


def test_without_a_durable_intent_nothing_leaves_and_the_step_goes_back_in_line(make_rig: MakeRig) -> None:
    rig = make_rig(once())
    run = with_ledger(rig, intend=failing(rig.ledger.intend, 10**9, after=False)).once()

    assert rig.vendor.writes == []
    assert (run.state, run.open_attempts, run.code) == (State.SCHEDULED, 0, "store")
    assert (run.due_at - rig.ledger.now()).total_seconds() == 30


def test_an_intent_whose_answer_never_comes_is_swept_and_not_sent(make_rig: MakeRig) -> None:
    """It was committed, and the worker could not learn it: the row says *calling* until the sweeper asks."""
    rig = make_rig(repeatable())
    run = with_ledger(rig, intend=failing(rig.ledger.intend, 10**9, after=True)).once()

    assert rig.vendor.writes == []
    assert run.state is State.CALLING
    rig.ledger.sweep()
    assert (run.state, run.open_attempts) == (State.SCHEDULED, 1)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_an_outcome_is_offered_until_the_store_takes_it_and_is_written_once(make_rig: MakeRig, after: bool) -> None:
    rig = make_rig(once())
    run = with_ledger(rig, settle=failing(rig.ledger.settle, 10, after=after)).once()

    assert (run.state, run.note, len(run.notes)) == (State.DONE, "Card card-1 is on its way", 1)
    assert len(rig.vendor.effects) == 1


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_an_outcome_outlasts_a_store_that_is_away_for_long(make_rig: MakeRig, after: bool) -> None:
    rig = make_rig(once())
    run = with_ledger(rig, settle=failing(rig.ledger.settle, 100, after=after, error=StoreAway)).once()

    assert (run.state, len(run.notes)) == (State.DONE, 1)
    assert len(rig.vendor.effects) == 1


def test_an_outcome_that_no_store_takes_leaves_the_row_true(
    make_rig: MakeRig, caplog: pytest.LogCaptureFixture
) -> None:
    rig = make_rig(once())
    run = with_ledger(rig, settle=failing(rig.ledger.settle, 10**9, after=False)).once()

    assert run.state is State.CALLING
    assert "could not be settled" in caplog.text
    rig.ledger.sweep()
    assert (run.state, run.open_attempts) == (State.REVIEW, 1)


def test_one_outcome_the_store_chokes_on_does_not_hold_up_the_others(make_rig: MakeRig) -> None:
    rig = make_rig(once())
    settle = rig.ledger.settle

    def choke(settlements: Sequence[Settlement]) -> None:
        if any(s.job.contact.id == "bad" for s in settlements):
            raise ValueError("cannot write this")
        settle(settlements)

    with_ledger(rig, settle=choke)
    runs = [rig.add(ADA.model_copy(update={"id": who})) for who in ("1", "bad", "2")]
    rig.go()

    assert [run.state for run in runs] == [State.DONE, State.CALLING, State.DONE]


def test_the_intent_is_written_before_the_request_leaves(make_rig: MakeRig) -> None:
    """Whatever the vendor sees, the store has seen first."""
    rig = make_rig(once())
    seen: list[State] = []

    def look(vendor: Vendor, request: Any) -> Any:
        seen.append(run.state)
        return vendor.done(request)

    rig.vendor.script = [look]
    run = rig.add()
    rig.go(run)

    assert seen == [State.CALLING]
    assert run.tries[0].key == run.ref


@pytest.mark.parametrize(
    ("denied", "state", "due"),
    [
        (Denied(code="account_paused", sentence="The account is paused."), State.HELD, None),
        (Denied(code="rate", sentence="Later.", seconds=7), State.SCHEDULED, 7),
        (Denied(fenced=True), State.CLAIMED, None),
    ],
)
def test_what_the_store_denies_does_not_leave(make_rig: MakeRig, denied: Denied, state: State, due: int | None) -> None:
    rig = make_rig(once())

    def deny(intents: Sequence[Intent]) -> list[Granted | Denied]:
        return [denied for _ in intents]

    run = with_ledger(rig, intend=deny).once()

    assert rig.vendor.writes == []
    assert run.state is state
    assert due is None or (run.due_at - rig.ledger.now()).total_seconds() == due


def test_a_worker_that_was_fenced_off_between_claim_and_send_sends_nothing(make_rig: MakeRig) -> None:
    rig = make_rig(once())
    run = rig.add()
    mine = rig.ledger.claim([run.id])
    rig.ledger.sweep()
    theirs = rig.ledger.claim([run.id])

    rig.runner.run(mine)
    assert rig.vendor.writes == []
    rig.runner.run(theirs)

    assert len(rig.vendor.effects) == 1
    assert run.state is State.DONE


def test_a_job_handed_over_twice_is_carried_out_once(make_rig: MakeRig) -> None:
    rig = make_rig(once())
    run = rig.add()
    (job,) = rig.ledger.claim([run.id])

    rig.runner.run([job, job])
    rig.runner.run([job])

    assert len(rig.vendor.effects) == 1
    assert (run.state, len(run.notes)) == (State.DONE, 1)


def test_a_message_that_comes_five_times_at_once_sends_once(make_rig: MakeRig) -> None:
    rig = make_rig(once())
    runs = [rig.add(ADA.model_copy(update={"id": str(n)})) for n in range(10)]

    threads = [threading.Thread(target=rig.go) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(rig.vendor.effects) == 10
    assert {run.state for run in runs} == {State.DONE}


def test_a_worker_that_comes_home_late_with_proof_is_believed(make_rig: MakeRig) -> None:
    rig = make_rig(once())

    def swept_meanwhile(vendor: Vendor, request: Any) -> Any:
        rig.ledger.sweep()
        return vendor.done(request)

    rig.vendor.script = [swept_meanwhile]
    run = rig.once()

    assert (run.state, run.open_attempts, run.moves) == (State.DONE, 0, [State.REVIEW, State.DONE])
    assert len(rig.vendor.effects) == 1


def test_a_worker_that_comes_home_late_without_proof_is_not(make_rig: MakeRig) -> None:
    rig = make_rig(once())

    def swept_meanwhile(vendor: Vendor, request: Any) -> Any:
        rig.ledger.sweep()
        return answers(422)(vendor, request)

    rig.vendor.script = [swept_meanwhile]
    run = rig.once()

    assert (run.state, run.open_attempts) == (State.REVIEW, 1)


def test_a_429_stops_the_next_step_of_the_same_connection(make_rig: MakeRig) -> None:
    rig = make_rig(once(), vendor=Vendor(script=[answers(429, headers={"Retry-After": "120"})]))
    rig.once()

    other = rig.once()
    assert len(rig.vendor.writes) == 1
    assert (other.state, (other.due_at - rig.ledger.now()).total_seconds()) == (State.SCHEDULED, 120)

    rig.ledger.clock.advance(seconds=120)
    rig.go()
    assert len(rig.vendor.effects) == 2


def test_a_stop_after_an_unclear_try_sends_nothing_more(make_rig: MakeRig) -> None:
    rig = make_rig(keyed("Idempotency-Key", "24h"), vendor=Vendor(script=[breaks()], honours="Idempotency-Key"))
    run = rig.once()
    rig.ledger.cancel(run.id)

    rig.drive(run)

    assert (run.state, run.code, run.open_attempts) == (State.REVIEW, "open_attempt", 1)
    assert len(rig.vendor.writes) == 1


def test_a_pause_is_a_hold_and_not_an_end(make_rig: MakeRig) -> None:
    rig = make_rig(once())
    rig.ledger.paused = True
    run = rig.once()
    assert (run.state, run.code) == (State.HELD, "account_paused")

    rig.ledger.paused = False
    rig.ledger.release(run.id)
    rig.go(run)

    assert run.state is State.DONE


def test_a_wait_before_any_request_ends_with_a_person(make_rig: MakeRig) -> None:
    async def never(vendor: Any, step: Any, contact: Any) -> Any:
        return Wait("not yet", seconds=60)

    rig = make_rig(once(), never)

    run = rig.drive(rig.add(), most=200)

    assert (run.state, run.code, run.attempts) == (State.REVIEW, "gave_up", 32)
