"""How long to wait: the arithmetic, row by row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.dispatch.backoff import CAP, LONGEST_RETRY_AFTER, delay, retry_after

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("attempt", "least", "most"),
    [
        (1, 2.5, 5.0),  # 5 s: half of it is sure, the other half is chance
        (2, 5.0, 10.0),  # 5 · 2
        (3, 10.0, 20.0),  # 5 · 4
        (8, 320.0, 640.0),  # 5 · 128
        (13, 10_240.0, 20_480.0),  # 5 · 4096
        (14, 10_800.0, 21_600.0),  # 5 · 8192 = 40 960 s, capped at 6 h = 21 600 s
        (1_000, 10_800.0, 21_600.0),
        (0, 2.5, 5.0),
        (-7, 2.5, 5.0),
    ],
)
def test_the_wait_doubles_up_to_its_cap(attempt: int, least: float, most: float) -> None:
    assert delay(attempt, 0.0) == timedelta(seconds=least)
    assert delay(attempt, 0.5) == timedelta(seconds=(least + most) / 2)
    assert delay(attempt, 1.0) == timedelta(seconds=most)


@given(st.integers(), st.floats(0, 1, exclude_max=True))
def test_every_wait_is_more_than_nothing_and_at_most_six_hours(attempt: int, chance: float) -> None:
    assert timedelta(seconds=2.5) <= delay(attempt, chance) <= CAP


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("120", 120),
        (" 7 ", 7),
        ("0", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("٣", None),  # a digit, but not one of HTTP's
        ("86401", 86_400),  # a day and a second: a day
        ("9" * 19, 86_400),
        ("9" * 5_000, None),
        ("Mon, 02 Mar 2026 09:05:00 GMT", 300),
        ("Mon, 02 Mar 2026 10:05:00 +0100", 300),  # the same moment
        ("Mon, 02 Mar 2026 08:59:59 GMT", None),
        ("Sat, 02 Mar 2036 09:00:00 GMT", 86_400),
        ("Mon, 99 Mar 2026 09:00:00 GMT", None),
        ("Mon, 02 Mar 2026 09:05:00", None),  # whose clock?
    ],
)
def test_retry_after_is_read_or_ignored(header: str | None, seconds: int | None) -> None:
    assert retry_after(header, NOW) == (None if seconds is None else timedelta(seconds=seconds))


@given(st.text())
def test_no_header_whatever_hurts(header: str) -> None:
    wait = retry_after(header, NOW)
    assert wait is None or timedelta(0) < wait <= LONGEST_RETRY_AFTER
