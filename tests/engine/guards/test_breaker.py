"""When a connection is given a rest, and how it comes out of it: the arithmetic, without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from hub.engine.guards import breaker
from hub.engine.guards.breaker import Call, Standing, State

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def bad(contact: int) -> Call:
    return Call(uuid4(), contact, failed=True)


def good(contact: int = 0) -> Call:
    return Call(uuid4(), contact, failed=False)


def opened(opens: int = 1, at: datetime = NOON) -> Standing:
    return Standing(State.OPEN, opens=opens, changed_at=at, next_at=at + breaker.rest_of(opens))


def probed(run: UUID | None, opens: int = 1) -> Standing:
    return breaker.probing(opened(opens), NOON, run)


def test_the_fifth_contact_in_a_row_that_comes_to_grief_opens_it() -> None:
    four = breaker.heard(Standing(), [bad(n) for n in range(4)], NOON)
    five = breaker.heard(four, [bad(4)], NOON)

    assert four.state is State.CLOSED
    assert five.state is State.OPEN
    assert five.next_at == NOON + timedelta(seconds=30)


def test_an_answer_in_between_begins_the_row_anew() -> None:
    calls = [*(bad(n) for n in range(4)), good(), *(bad(n) for n in range(4))]

    assert breaker.heard(Standing(), calls, NOON).state is State.CLOSED


def test_one_contact_who_fails_again_and_again_is_not_a_sick_vendor() -> None:
    later = [NOON + timedelta(minutes=n) for n in range(10)]

    standing = Standing()
    for moment in later:
        standing = breaker.heard(standing, [bad(7)], moment)

    assert standing.state is State.CLOSED


def test_half_of_twenty_calls_within_a_minute_open_it_although_no_five_are_in_a_row() -> None:
    # bad, good, bad, good …: the 19th call is too few, the 20th is good, the 21st is 11 of 21
    calls = [bad(n) if n % 2 == 0 else good() for n in range(21)]

    assert breaker.heard(Standing(), calls[:20], NOON).state is State.CLOSED
    assert breaker.heard(Standing(), calls, NOON).state is State.OPEN


def test_a_third_of_many_calls_does_not() -> None:
    calls = [bad(n) if n % 3 == 0 else good() for n in range(300)]

    assert breaker.heard(Standing(), calls, NOON).state is State.CLOSED


def test_what_happened_a_minute_ago_is_no_longer_counted() -> None:
    old = breaker.heard(Standing(), [one for n in range(9) for one in (bad(n), good())], NOON)

    now = breaker.heard(old, [bad(50), good(), bad(51)], NOON + timedelta(seconds=61))

    assert (now.state, now.calls, now.failures) == (State.CLOSED, 3, 2)


def test_what_asked_nobody_says_nothing() -> None:
    standing = breaker.heard(Standing(), [bad(1)], NOON)

    assert breaker.heard(standing, [Call(uuid4(), 2, None)] * 9, NOON) == standing


def test_only_the_probe_passes_and_only_while_it_is_under_way() -> None:
    run = uuid4()

    assert not breaker.lets(opened(), run)
    assert breaker.lets(probed(run), run)
    assert not breaker.lets(probed(run), uuid4())
    assert not breaker.lets(probed(None), run)
    assert breaker.lets(Standing(), run)


def test_a_probe_that_is_answered_closes_it_and_one_that_is_not_rests_twice_as_long() -> None:
    run = uuid4()

    assert breaker.heard(probed(run), [Call(run, 1, failed=False)], NOON).state is State.CLOSED
    again = breaker.heard(probed(run), [Call(run, 1, failed=True)], NOON)
    assert (again.state, again.next_at) == (State.OPEN, NOON + timedelta(seconds=60))


def test_a_probe_that_asked_nobody_lets_another_go_at_once() -> None:
    run = uuid4()

    standing = breaker.heard(probed(run), [Call(run, 1, None)], NOON)

    assert (standing.state, standing.opens, standing.next_at) == (State.OPEN, 1, NOON)


def test_calls_that_left_before_it_opened_are_no_news() -> None:
    assert breaker.heard(opened(), [good(), bad(1)], NOON) == opened()


@pytest.mark.parametrize(
    ("opens", "seconds"),
    [(1, 30), (2, 60), (3, 120), (4, 240), (5, 480), (6, 960), (7, 1800), (50, 1800)],  # half an hour, not 1,920
)
def test_each_rest_is_twice_the_last_up_to_half_an_hour(opens: int, seconds: int) -> None:
    assert breaker.rest_of(opens) == timedelta(seconds=seconds)


@pytest.mark.parametrize(("minutes", "opens"), [(1, 4), (10, 1)])
def test_only_a_vendor_that_was_well_for_a_while_starts_with_the_first_rest(minutes: int, opens: int) -> None:
    closed = Standing(State.CLOSED, opens=3, changed_at=NOON)

    standing = breaker.heard(closed, [bad(n) for n in range(5)], NOON + timedelta(minutes=minutes))

    assert standing.opens == opens


def test_it_is_calm_when_one_more_answer_would_change_nothing() -> None:
    troubled = breaker.heard(Standing(), [bad(1)], NOON)
    answered = breaker.heard(troubled, [good()], NOON)

    assert Standing().is_calm(NOON)
    assert not troubled.is_calm(NOON)
    assert not answered.is_calm(NOON + timedelta(seconds=59))
    assert answered.is_calm(NOON + timedelta(seconds=60))
    assert not opened().is_calm(NOON + timedelta(days=1))
