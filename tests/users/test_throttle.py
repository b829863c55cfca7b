"""The arithmetic of waiting."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hub.users import throttle
from hub.users.throttle import Tally

NOW = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [
        (1, 0),
        (4, 0),
        (5, 2),  # 2 · 2⁰
        (6, 4),
        (8, 16),
        (13, 512),
        (14, 900),  # 2 · 2⁹ = 1024, capped at 15 min
        (10_000, 900),
    ],
)
def test_one_address_waits_twice_as_long_each_time_up_to_a_cap(failures: int, seconds: int) -> None:
    assert throttle.delay_here(failures) == timedelta(seconds=seconds)


@pytest.mark.parametrize(("failures", "seconds"), [(24, 0), (25, 2), (28, 16), (29, 30), (10_000, 30)])
def test_a_name_from_anywhere_never_waits_longer_than_half_a_minute(failures: int, seconds: int) -> None:
    assert throttle.delay_anywhere(failures) == timedelta(seconds=seconds)


def test_a_known_address_answers_only_for_itself() -> None:
    hammered = Tally(failures=10_000, last_failed_at=NOW, blocked_until=NOW + timedelta(seconds=30))
    known = Tally(succeeded_at=NOW - timedelta(days=3))
    stranger = Tally()

    assert throttle.wait(known, hammered, NOW) == timedelta(0)
    assert throttle.wait(stranger, hammered, NOW) == timedelta(seconds=30)


def test_an_address_is_known_for_a_month() -> None:
    assert throttle.is_known(Tally(succeeded_at=NOW - timedelta(days=29)), NOW)
    assert not throttle.is_known(Tally(succeeded_at=NOW - timedelta(days=30)), NOW)


def test_a_day_without_failures_forgets_them() -> None:
    tally = Tally(failures=40, last_failed_at=NOW - timedelta(hours=24))

    assert throttle.failures(tally, NOW) == 0
    assert throttle.failures(tally, NOW - timedelta(seconds=1)) == 40
