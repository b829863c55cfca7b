"""The state machine: each transition of the table, and what no sequence of events may ever lead to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core import (
    Already,
    Broken,
    CannotTell,
    Done,
    Effect,
    EffectClass,
    NeedsAdmin,
    NotSent,
    Outcome,
    Rejected,
    Sent,
    Unknown,
    Wait,
    keyed,
    once,
    repeatable,
)
from hub.core.effects import KEY_WINDOW_MARGIN
from hub.dispatch.classify import Conclusion, Wire
from hub.dispatch.gate import Do, Gate
from hub.dispatch.machine import Move, Standing, after_call, after_check, after_crash, after_gate, before_call, floor
from hub.dispatch.states import CLOSED, MOVES, State, allowed

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
S = State
CLAIMED = Standing(S.CLAIMED)
KEYED = keyed("Idempotency-Key", "24h")


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def end(
    outcome: Outcome, wire: Wire = Wire.NONE, effect: Effect | None = None, *, reconciles: bool = False
) -> Conclusion:
    klass = effect.effect_class(reconciles=reconciles) if effect else None
    return Conclusion(outcome, wire, replace(effect, reconciles=reconciles) if effect else None, klass)


def called(run: Standing, outcome: Outcome, wire: Wire = Wire.NONE, effect: Effect | None = None, **more: bool) -> Move:
    return after_call(run, end(outcome, wire, effect, **more), NOW, 0.0)


# --- the table ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("do", "state", "with_open_attempt"),
    [
        (Do.HOLD, S.HELD, S.HELD),
        (Do.WAIT, S.SCHEDULED, S.SCHEDULED),
        (Do.ASK, S.REVIEW, S.REVIEW),
        (Do.REFUSE, S.FAILED, S.REVIEW),
        (Do.CANCEL, S.CANCELLED, S.REVIEW),
        (Do.SKIP, S.SKIPPED, S.REVIEW),
    ],
)
def test_what_the_gate_says(do: Do, state: State, with_open_attempt: State) -> None:
    gate = Gate(do, "code", "Because.", NOW + hours(1) if do is Do.WAIT else None)

    assert after_gate(CLAIMED, gate, NOW).to is state
    open_ = after_gate(replace(CLAIMED, attempts=1, open_attempts=1), gate, NOW)
    assert (open_.to, open_.open_attempts, open_.attempts) == (with_open_attempt, 1, 1)


@pytest.mark.parametrize(
    ("outcome", "wire", "state", "code"),
    [
        (Sent("1"), Wire.ACTED, S.DONE, ""),
        (Done(), Wire.NONE, S.DONE, ""),
        (Already(), Wire.NONE, S.DONE, ""),
        (Rejected(), Wire.NONE, S.FAILED, "rejected"),
        (Rejected(), Wire.REFUSED, S.FAILED, "rejected"),
        (NeedsAdmin(), Wire.REFUSED, S.HELD, "connection"),
        (Wait(), Wire.NOT_SENT, S.SCHEDULED, ""),
        (Wait(), Wire.REFUSED, S.SCHEDULED, ""),
        (Broken(), Wire.NONE, S.REVIEW, "plugin"),
        (Broken(), Wire.REFUSED, S.REVIEW, "plugin"),
    ],
)
def test_what_a_call_leads_to(outcome: Outcome, wire: Wire, state: State, code: str) -> None:
    move = called(CLAIMED, outcome, wire, once())

    assert (move.to, move.code, move.attempts, move.open_attempts) == (state, code, 1, 0)


@pytest.mark.parametrize(
    ("outcome", "wire", "state", "open_"),
    [
        (Sent("1"), Wire.ACTED, S.DONE, 0),  # the proof of one settles all
        (Already(), Wire.NONE, S.DONE, 0),
        (Done(), Wire.NONE, S.REVIEW, 1),  # says nothing about the earlier try
        (Rejected(), Wire.REFUSED, S.REVIEW, 1),
        (NeedsAdmin(), Wire.REFUSED, S.HELD, 1),
        (Wait(), Wire.REFUSED, S.SCHEDULED, 1),
        (Broken(), Wire.NONE, S.REVIEW, 1),
    ],
)
def test_what_a_call_leads_to_while_an_earlier_try_is_open(
    outcome: Outcome, wire: Wire, state: State, open_: int
) -> None:
    run = Standing(S.CLAIMED, attempts=1, open_attempts=1, since=NOW - seconds(200))

    move = called(run, outcome, wire, repeatable())

    assert (move.to, move.attempts, move.open_attempts) == (state, 2, open_)


@pytest.mark.parametrize(
    ("effect", "reconciles", "state", "due", "check"),
    [
        (repeatable(), False, S.SCHEDULED, 150.0, None),  # deadline 30 + processing 120, more than back-off 2.5
        (repeatable(max_processing="10 min"), False, S.SCHEDULED, 630.0, None),  # 30 + 600
        (KEYED, False, S.SCHEDULED, 150.0, None),
        (KEYED, True, S.SCHEDULED, 150.0, None),
        (once("90s"), True, S.UNKNOWN, None, 90.0),
        (once("90s"), False, S.REVIEW, None, None),
    ],
)
def test_what_an_unclear_answer_leads_to(
    effect: Effect, reconciles: bool, state: State, due: float | None, check: float | None
) -> None:
    move = called(CLAIMED, Unknown(), Wire.UNCLEAR, effect, reconciles=reconciles)

    assert (move.to, move.attempts, move.open_attempts) == (state, 1, 1)
    assert move.due_at == (None if due is None else NOW + seconds(due))
    assert move.next_check_at == (None if check is None else NOW + seconds(check))


@pytest.mark.parametrize(
    ("outcome", "attempts", "age", "state", "due"),
    [
        (Wait(), 0, 0, S.SCHEDULED, 2.5),  # 5 / 2
        (Wait(), 6, 1, S.SCHEDULED, 160.0),  # the 7th try: 5 · 64 / 2
        (Wait(), 7, 1, S.REVIEW, None),  # the 8th
        (Wait(seconds=120), 0, 0, S.SCHEDULED, 120.0),
        (Wait(seconds=1), 0, 0, S.SCHEDULED, 2.5),  # what the vendor asks is a least time
        (Wait(seconds=120), 20, 1, S.SCHEDULED, 10_800.0),
        (Wait(seconds=120), 31, 1, S.REVIEW, None),  # the 32nd
        (Wait(), 1, 72, S.SCHEDULED, 5.0),
        (Wait(), 1, 72.01, S.REVIEW, None),
        (Wait(seconds=5), 1, 72.01, S.REVIEW, None),
    ],
)
def test_when_a_wait_ends(outcome: Wait, attempts: int, age: float, state: State, due: float | None) -> None:
    run = Standing(S.CLAIMED, attempts=attempts, since=NOW - hours(age) if age else None)

    move = called(run, outcome, Wire.REFUSED, once())

    assert move.to is state
    assert move.due_at == (None if due is None else NOW + seconds(due))


@pytest.mark.parametrize(
    ("age", "state"),
    [
        (19.0, S.SCHEDULED),  # 19 h + 150 s < 24 h − 4 h
        (19.95, S.SCHEDULED),  # 19 h 57 min + 2.5 min = 19 h 59.5 min
        (19.96, S.REVIEW),  # 19 h 57.6 min + 2.5 min = 20 h 0.1 min
        (23.0, S.REVIEW),
    ],
)
def test_a_key_is_trusted_until_four_hours_before_its_end(age: float, state: State) -> None:
    run = Standing(S.CLAIMED, attempts=1, open_attempts=1, since=NOW - hours(age))

    assert called(run, Unknown(), Wire.UNCLEAR, KEYED).to is state


def test_a_key_that_may_be_forgotten_is_looked_up_where_that_can_be_done() -> None:
    run = Standing(S.CLAIMED, attempts=1, open_attempts=1, since=NOW - hours(23))

    after = called(run, Unknown(), Wire.UNCLEAR, KEYED, reconciles=True)
    before = before_call(run, replace(KEYED, reconciles=True), NOW)
    crashed = after_crash(
        replace(run, state=S.CALLING), replace(KEYED, reconciles=True), EffectClass.KEYED, NOW, seconds(30)
    )

    assert [(move.to, move.next_check_at) for move in (after, before, crashed) if move] == [
        (S.UNKNOWN, NOW + seconds(60))
    ] * 3
    assert (after.open_attempts, before.open_attempts if before else 0, crashed.open_attempts) == (2, 1, 2)


def test_a_key_that_the_vendor_still_knows_is_used_although_it_could_be_looked_up() -> None:
    run = Standing(S.CLAIMED, attempts=1, open_attempts=1, since=NOW - hours(1))

    assert called(run, Unknown(), Wire.UNCLEAR, KEYED, reconciles=True).to is S.SCHEDULED


def test_a_look_up_that_finds_nothing_under_a_forgotten_key_comes_to_a_person() -> None:
    effect = replace(KEYED, reconciles=True)
    run = Standing(S.UNKNOWN, attempts=1, open_attempts=1, since=NOW - hours(23), unknown_at=NOW - hours(1))

    once_more = after_check(run, NotSent(), effect, NOW)
    then = after_check(replace(run, not_found=once_more.not_found), NotSent(), effect, NOW)

    assert (once_more.to, then.to, then.open_attempts) == (S.UNKNOWN, S.REVIEW, 1)


@pytest.mark.parametrize(
    ("effect", "open_", "age", "go"),
    [
        (None, 0, 0, True),
        (once(), 0, 0, True),
        (None, 1, 0, False),  # nobody knows what it would do
        (once(), 1, 0, False),
        (repeatable(), 1, 1_000, True),
        (KEYED, 1, 19.9, True),
        (KEYED, 1, 20, False),
    ],
)
def test_the_last_look_before_a_second_sending(effect: Effect | None, open_: int, age: float, go: bool) -> None:
    run = Standing(S.CLAIMED, attempts=open_, open_attempts=open_, since=NOW - hours(age))

    move = before_call(run, effect, NOW)

    assert (move is None) is go
    assert move is None or (move.to, move.open_attempts) == (S.REVIEW, open_)


@pytest.mark.parametrize(
    ("state", "crashes", "effect", "reconciles", "to"),
    [
        (S.CLAIMED, 0, None, False, S.SCHEDULED),
        (S.CLAIMED, 1, None, False, S.SCHEDULED),
        (S.CLAIMED, 2, None, False, S.REVIEW),  # the third
        (S.CALLING, 0, None, False, S.REVIEW),
        (S.CALLING, 0, once(), False, S.REVIEW),
        (S.CALLING, 0, once("90s"), True, S.UNKNOWN),
        (S.CALLING, 0, repeatable(), False, S.SCHEDULED),
        (S.CALLING, 5, KEYED, False, S.SCHEDULED),
    ],
)
def test_what_a_dead_worker_leaves(
    state: State, crashes: int, effect: Effect | None, reconciles: bool, to: State
) -> None:
    attempts = 1 if state is S.CALLING else 0
    run = Standing(state, attempts=attempts, crashes=crashes, since=NOW)
    klass = effect.effect_class(reconciles=reconciles) if effect else None

    move = after_crash(run, effect, klass, NOW)

    assert (move.to, move.crashes, move.attempts) == (to, crashes + 1, attempts)
    assert move.open_attempts == attempts
    if to is S.SCHEDULED and effect is not None:
        assert move.due_at == NOW + seconds(150)


@pytest.mark.parametrize(("crashes", "chance", "after"), [(0, 0.0, 0), (0, 0.5, 1.5), (1, 0.5, 7.5)])  # 3 s, then 15 s
def test_what_a_dead_worker_had_in_line_comes_back_apart(crashes: int, chance: float, after: float) -> None:
    move = after_crash(Standing(S.CLAIMED, crashes=crashes), None, None, NOW, chance=chance)

    assert move.due_at == NOW + seconds(after)


STRONG = once("60s", strong=True)
QUEUES_LONG = once("60s", strong=True, max_processing="1 h")
QUICK = once("60s", strong=True, max_processing="0s")


@pytest.mark.parametrize(
    ("finding", "effect", "not_found", "age", "to", "wait"),
    [
        (Sent("1"), STRONG, 0, 60, S.DONE, None),
        (Already("1"), once(), 1, 60, S.DONE, None),
        (NotSent(), STRONG, 0, 60, S.UNKNOWN, 120),  # trusted from 120 + 60 s after it became unknown; 60 s are gone
        (NotSent(), STRONG, 0, 1_000, S.UNKNOWN, 60),  # once more, settle apart
        (NotSent(), STRONG, 1, 179, S.UNKNOWN, 60),
        (NotSent(), STRONG, 1, 180, S.SCHEDULED, None),
        (NotSent(), QUEUES_LONG, 1, 3_659, S.UNKNOWN, 60),
        (NotSent(), QUEUES_LONG, 1, 3_660, S.SCHEDULED, None),  # 3600 + 60
        (NotSent(), QUICK, 1, 60, S.SCHEDULED, None),  # 0 + 60
        (NotSent(), once(), 1, 1_000, S.REVIEW, None),
        (CannotTell(), STRONG, 1, 60, S.UNKNOWN, 120),  # 60 · 2
        (CannotTell(), STRONG, 1, 86_400, S.REVIEW, None),
        (Unknown(), STRONG, 0, 60, S.UNKNOWN, 120),
        (Rejected(), STRONG, 0, 60, S.UNKNOWN, 120),  # not an answer of a look-up
    ],
)
def test_what_a_look_up_leads_to(
    finding: Outcome, effect: Effect, not_found: int, age: float, to: State, wait: float | None
) -> None:
    run = Standing(S.UNKNOWN, attempts=1, open_attempts=1, not_found=not_found, unknown_at=NOW - seconds(age))

    move = after_check(run, finding, effect, NOW)

    assert move.to is to
    assert move.next_check_at == (None if wait is None else NOW + seconds(wait))
    assert move.open_attempts == (0 if to in (S.DONE, S.SCHEDULED) else 1)
    assert move.checks == 1


def test_look_ups_come_less_and_less_often_and_never_overflow() -> None:
    for settle in (0, 60, 82_800):
        run = Standing(S.UNKNOWN, attempts=1, open_attempts=1, checks=10_000, unknown_at=NOW)
        move = after_check(run, CannotTell(), Effect("once", settle=seconds(settle)), NOW)
        assert move.next_check_at is not None
        assert seconds(5) <= move.next_check_at - NOW <= hours(24)


# --- properties --------------------------------------------------------------------------------------------------

effects = st.sampled_from([repeatable(), KEYED, once(), once("60s", strong=True), once(costly=True)])
outcomes = st.sampled_from([Sent("1"), Already(), Done(), Rejected(), NeedsAdmin(), Wait(), Wait(seconds=60), Unknown(),
                            Broken()])  # fmt: skip
findings = st.sampled_from([Sent("1"), NotSent(), CannotTell()])
gates = st.sampled_from([Do.HOLD, Do.WAIT, Do.REFUSE, Do.ASK, Do.CANCEL, Do.SKIP])
standings = st.builds(
    Standing,
    st.just(S.CLAIMED),
    attempts=st.integers(1, 40),
    open_attempts=st.integers(0, 3),
    crashes=st.integers(0, 5),
    checks=st.integers(0, 30),
    not_found=st.integers(0, 3),
    since=st.floats(0, 100).map(lambda age: NOW - hours(age)),
    unknown_at=st.floats(0, 30).map(lambda age: NOW - hours(age)),
)
chances = st.floats(0, 1, exclude_max=True)


def moved(run: Standing, move: Move, before: State) -> None:
    """What holds for every move whatever led to it."""
    assert allowed(before, move.to), f"{before} to {move.to}"
    assert move.to is not S.FAILED or not run.open_attempts, "failed while an earlier try is open"
    assert move.to not in (S.CANCELLED, S.SKIPPED) or not run.open_attempts
    assert move.attempts >= run.attempts
    assert move.crashes >= run.crashes
    assert (move.due_at is not None) == (move.to is S.SCHEDULED)
    assert (move.next_check_at is not None) == (move.to is S.UNKNOWN)
    assert move.to not in (S.HELD, S.REVIEW, S.UNKNOWN) or (move.code and move.sentence), "a wait without a reason"
    assert move.due_at is None or move.due_at >= NOW


@given(standings, gates)
def test_every_word_of_the_gate_is_an_allowed_move(run: Standing, do: Do) -> None:
    gate = Gate(do, "code", "Because.", NOW if do is Do.WAIT else None)

    move = after_gate(run, gate, NOW)

    moved(run, move, S.CLAIMED)
    assert move.open_attempts == run.open_attempts


@given(
    standings, outcomes, st.sampled_from([w for w in Wire if w is not Wire.UNCLEAR]), effects, st.booleans(), chances
)
def test_every_clear_end_of_a_call_is_an_allowed_move(
    run: Standing, outcome: Outcome, wire: Wire, effect: Effect, reconciles: bool, chance: float
) -> None:
    move = after_call(run, end(outcome, wire, effect, reconciles=reconciles), NOW, chance)

    moved(run, move, S.CLAIMED if wire is Wire.NONE else S.CALLING)
    assert move.open_attempts == (0 if move.to is S.DONE else run.open_attempts)


@given(standings, effects, st.booleans(), chances, st.floats(1, 120))
def test_every_unclear_end_respects_its_class(
    run: Standing, effect: Effect, reconciles: bool, chance: float, deadline: float
) -> None:
    klass = effect.effect_class(reconciles=reconciles)
    conclusion = Conclusion(Unknown(), Wire.UNCLEAR, effect, klass, seconds(deadline))

    move = after_call(run, conclusion, NOW, chance)

    moved(run, move, S.CALLING)
    assert move.open_attempts == run.open_attempts + 1
    assert move.to is not S.SCHEDULED or klass in (EffectClass.REPEATABLE, EffectClass.KEYED)
    if move.to is S.SCHEDULED:
        assert move.due_at is not None
        assert move.due_at >= NOW + floor(effect, seconds(deadline)), "before the floor"
        if klass is EffectClass.KEYED:
            assert run.since is not None
            assert move.due_at - run.since < effect.window - KEY_WINDOW_MARGIN, "after the vendor may have forgotten"


@given(standings, effects, st.booleans(), st.sampled_from([S.CLAIMED, S.CALLING]))
def test_every_crash_is_an_allowed_move(run: Standing, effect: Effect, reconciles: bool, state: State) -> None:
    klass = effect.effect_class(reconciles=reconciles)
    move = after_crash(replace(run, state=state), effect, klass, NOW)

    moved(run, move, state)
    assert move.open_attempts == run.open_attempts + (state is S.CALLING)
    blind = state is S.CALLING and klass in (EffectClass.BLIND, EffectClass.LOOKUP)
    assert not (blind and move.to is S.SCHEDULED)


@given(standings, findings, effects)
def test_every_look_up_is_an_allowed_move(run: Standing, finding: Outcome, effect: Effect) -> None:
    run = replace(run, state=S.UNKNOWN, open_attempts=max(1, run.open_attempts))

    move = after_check(run, finding, effect, NOW)

    assert allowed(S.UNKNOWN, move.to)
    if move.to is S.SCHEDULED:
        assert isinstance(finding, NotSent)
        assert effect.strong
        assert run.not_found >= 1
        assert move.open_attempts == 0
    if move.to is S.DONE:
        assert isinstance(finding, Sent)


def test_closed_stays_closed() -> None:
    assert all(not MOVES[state] for state in CLOSED)
    assert not any(allowed(state, other) for state in CLOSED for other in State)
    assert set(MOVES) == set(State)
