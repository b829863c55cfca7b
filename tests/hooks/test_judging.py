"""What an answer means, and when to try again."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from hub.dispatch.exchange import Answered, Lost, NeverLeft
from hub.hooks import judging
from hub.hooks.judging import Outcome, judge

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOURS = timedelta(hours=1)


def test_each_of_five_hundred_failures_waits_within_its_bounds() -> None:
    chance = random.Random(5)
    seconds = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)

    for _ in range(500):
        for tries, wait in enumerate(seconds, start=1):
            again_at = judge(Answered(500), tries, NOW, chance.random()).again_at
            assert again_at is not None
            assert 0.8 * wait <= (again_at - NOW).total_seconds() <= 1.2 * wait


def test_after_the_tenth_try_it_is_over() -> None:
    assert judge(Answered(500), 9, NOW, 0.5).again_at is not None
    assert judge(Answered(500), 10, NOW, 0.5).again_at is None


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_a_yes(status: int) -> None:
    assert judge(Answered(status), 1, NOW, 0.5).taken


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answered(410), Outcome.GONE), (Answered(429), Outcome.TOO_MUCH), (Answered(502), Outcome.TOO_MUCH),
        (Answered(504), Outcome.TOO_MUCH), (Answered(302), Outcome.REFUSED), (Answered(400), Outcome.REFUSED),
        (Answered(503), Outcome.REFUSED), (Lost("no answer came in time"), Outcome.LOST),
        (NeverLeft("the address is inside a private network", blocked=True), Outcome.FORBIDDEN),
    ],
)  # fmt: skip
def test_what_else_is_said(answer: Answered | Lost | NeverLeft, outcome: Outcome) -> None:
    verdict = judge(answer, 1, NOW, 0.5)

    assert verdict.outcome is outcome
    assert (verdict.again_at is None) == (outcome is Outcome.GONE)
    assert (verdict.rest_until is not None) == (outcome is Outcome.TOO_MUCH)


@pytest.mark.parametrize(
    ("header", "waits", "rests"),
    [
        ("120", 120, 120), ("1", 5, 60), ("junk", 5, 60), ("-5", 5, 60), ("999999999", 86400, 86400),
        ("Mon, 02 Mar 2026 09:10:00 GMT", 600, 600),
    ],
)  # fmt: skip
def test_retry_after_is_honoured_within_bounds(header: str, waits: int, rests: int) -> None:
    verdict = judge(Answered(429, {"retry-after": header}), 1, NOW, 0.5)

    assert verdict.again_at == NOW + timedelta(seconds=waits)
    assert verdict.rest_until == NOW + timedelta(seconds=rests)


@pytest.mark.parametrize(
    ("hours", "messages", "broken"), [(119, 50, False), (120, 9, False), (120, 10, True), (400, 10, True)]
)
def test_an_endpoint_is_broken_after_five_days_and_ten_messages(hours: int, messages: int, broken: bool) -> None:
    assert judging.is_broken(NOW, messages, NOW + hours * HOURS) is broken


def test_only_the_beginning_of_an_answer_is_shown_and_as_text() -> None:
    assert judging.shown(b"a\x00\x1b[31mb\xff" + b"x" * 5000) == "a[31mb\ufffd" + "x" * 1017
