"""Whose turn it is to renew a sign-in, and what each end of it leads to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hub.dispatch import grant_moves
from hub.dispatch.gate import Do
from hub.dispatch.grant_moves import FIRST_PAUSE, LEASE, LONGEST_PAUSE, Grant, Held, Mine, NotNow, Over, State
from hub.dispatch.grants import NoToken, Tokens, Trouble

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
OLD = Tokens("old", "old-r", NOW - timedelta(hours=1), NOW)
NEW = Tokens("new", "new-r", NOW, NOW + timedelta(hours=1))
GOOD = Grant(State.GOOD, 4, OLD)
OUT = replace(GOOD, state=State.RENEWING, until=NOW + LEASE)
WHO = "Harbour"


def test_the_first_gets_the_turn_and_the_second_does_not() -> None:
    first, after = grant_moves.begin(GOOD, 4, NOW, WHO)
    second, same = grant_moves.begin(after, 4, NOW, WHO)

    assert first == Mine(Held(4, OLD))
    assert after == OUT
    assert second == NotNow(NOW + timedelta(seconds=1))
    assert same == after


def test_who_comes_after_the_renewal_is_given_the_new_tokens() -> None:
    _, after = grant_moves.keep(OUT, 4, NEW, (), WHO)

    turn, same = grant_moves.begin(after, 4, NOW, WHO)

    assert turn == Held(5, NEW)
    assert same == after


def test_a_turn_whose_time_is_over_is_unsure_and_not_taken_again() -> None:
    turn, after = grant_moves.begin(OUT, 4, NOW + LEASE, WHO)

    assert isinstance(turn, Over)
    assert after.state is State.UNSURE
    assert after.tokens == OLD


def test_a_turn_whose_time_is_over_is_taken_again_where_the_provider_does_not_rotate() -> None:
    steady = replace(OUT, tokens=replace(OLD, rotates=False))

    turn, after = grant_moves.begin(steady, 4, NOW + LEASE, WHO)

    assert isinstance(turn, Mine)
    assert after.until == NOW + LEASE + LEASE


@pytest.mark.parametrize(
    ("trouble", "state", "do"),
    [
        (Trouble.LATER, State.GOOD, Do.WAIT),
        (Trouble.UNSURE, State.UNSURE, Do.HOLD),
        (Trouble.SIGN_IN, State.REFUSED, Do.HOLD),
        (Trouble.CLIENT, State.CLIENT, Do.HOLD),
    ],
)
def test_an_end_without_tokens_throws_none_away(trouble: Trouble, state: State, do: Do) -> None:
    gate, after = grant_moves.fail(OUT, 4, NoToken(trouble, "it answered 400"), NOW, WHO)

    assert (after.state, gate.do, after.tokens, after.version) == (state, do, OLD, 4)
    assert "it answered 400" in gate.sentence


def test_a_provider_that_fails_is_asked_less_and_less_often() -> None:
    grant, waits = OUT, []
    for _ in range(7):
        gate, grant = grant_moves.fail(replace(grant, state=State.RENEWING), 4, NoToken(Trouble.LATER, "x"), NOW, WHO)
        assert gate.until is not None
        waits.append(gate.until - NOW)

    assert waits[:3] == [FIRST_PAUSE, FIRST_PAUSE * 2, FIRST_PAUSE * 4]
    assert waits[-1] == LONGEST_PAUSE


def test_a_provider_that_names_a_time_is_given_it_within_reason() -> None:
    asked = grant_moves.fail(OUT, 4, NoToken(Trouble.LATER, "x", seconds=90), NOW, WHO)[1]
    absurd = grant_moves.fail(OUT, 4, NoToken(Trouble.LATER, "x", seconds=10**9), NOW, WHO)[1]

    assert asked.until == NOW + timedelta(seconds=90)
    assert absurd.until == NOW + LONGEST_PAUSE


def test_while_one_renews_a_refused_token_of_another_changes_nothing() -> None:
    refused = NoToken(Trouble.SIGN_IN, "x", grant_moves.REFUSED_FRESH)

    gate, after = grant_moves.fail(OUT, 4, refused, NOW, WHO)

    assert gate.do is Do.WAIT
    assert after == OUT


def test_less_allowed_than_before_is_kept_and_not_used() -> None:
    said, after = grant_moves.keep(OUT, 4, NEW, ("b",), WHO)

    assert isinstance(said, Over)
    assert (after.state, after.tokens, after.version) == (State.NARROWED, NEW, 5)


@pytest.mark.parametrize("state", [State.REFUSED, State.NARROWED, State.OUT, State.GOOD])
def test_only_what_is_in_doubt_is_tried_again(state: State) -> None:
    grant = replace(GOOD, state=state)

    assert grant_moves.tried_again(grant, NOW) == grant


@pytest.mark.parametrize("state", [State.UNSURE, State.CLIENT])
def test_a_person_may_try_what_is_in_doubt(state: State) -> None:
    after = grant_moves.tried_again(replace(GOOD, state=state, note="x"), NOW)

    assert after.state is State.GOOD
    assert after.tokens is not None
    assert after.tokens.near_end(NOW)
