"""The rule: what is a silence, and what is a Sunday, a holiday, a rare thing, or one great day long ago. Pure."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from hub.silence import rule
from hub.silence.rule import Quiet, judge

MONDAY = date(2026, 3, 2)


def weeks(per_day: dict[int, int], number: int = 6, until: date = MONDAY) -> dict[date, int]:
    """Acts by weekday (0 is Monday), over whole weeks that end before a day."""
    begin = until - timedelta(weeks=number)
    days = [begin + timedelta(days=count) for count in range(7 * number)]
    return {day: per_day[day.weekday()] for day in days if per_day.get(day.weekday())}


def never(_day: date) -> bool:
    return False


def later(**span: float) -> date:
    return MONDAY + timedelta(**span)


WORKDAYS = dict.fromkeys(range(5), 20)


def test_a_busy_plan_is_missed_after_one_whole_day() -> None:
    acts = weeks(WORKDAYS)

    assert judge(acts, MONDAY, never) is None  # Saturday and Sunday bring nothing anyhow
    assert judge(acts, later(days=1), never) == Quiet(MONDAY - timedelta(days=2), 20)  # 20 on Monday that did not come


def test_the_day_that_is_not_over_ends_a_silence_and_begins_none() -> None:
    acts = weeks(WORKDAYS)

    assert judge({**acts, later(days=1): 1}, later(days=1), never) is None
    assert judge(acts, MONDAY, never) is None


def test_what_acts_once_a_week_is_missed_after_some_weeks() -> None:
    acts = weeks({0: 3})  # three on each Monday: 3 × 3 = 9 are enough, 2 × 3 = 6 are not

    assert judge(acts, later(weeks=1, days=1), never) is None
    assert judge(acts, later(weeks=2, days=1), never) == Quiet(date(2026, 2, 24), 9)


@pytest.mark.parametrize("acts", [{}, weeks({0: 1}), weeks(WORKDAYS, 2), {MONDAY - timedelta(days=3): 5_000}])
def test_what_never_was_a_habit_is_not_missed(acts: dict[date, int]) -> None:
    """Nothing at all; one a week, 4 × 1 in the longest time; two weeks are no habit yet; one great day."""
    for days in range(1, 40):
        assert judge(acts, later(days=days), never) is None


def test_one_great_day_makes_nobody_expect_another() -> None:
    acts = {**weeks({0: 1}), MONDAY - timedelta(days=7): 10_000}

    assert judge(acts, later(days=8), never) is None  # the median of Mondays is still one


def test_holidays_a_sleep_and_a_pause_count_neither_as_quiet_nor_as_a_sample() -> None:
    acts = weeks(WORKDAYS)

    assert judge(acts, later(days=5), lambda day: day >= MONDAY) is None
    back = judge(acts, later(days=5), lambda day: MONDAY <= day < later(days=4))
    assert back == Quiet(MONDAY - timedelta(days=2), 20)
    thin = weeks(WORKDAYS, 4)
    assert judge(thin, later(days=1), lambda day: day < MONDAY - timedelta(weeks=2)) is None  # two Mondays are left


def test_what_was_not_missed_in_four_weeks_never_is() -> None:
    acts = weeks(WORKDAYS)

    assert judge(acts, later(days=rule.LONGEST - 4), never) is not None
    assert judge(acts, later(days=rule.LONGEST), never) is None
