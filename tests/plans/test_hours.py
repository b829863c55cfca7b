"""Allowed hours: windows, holidays, quiet hours and sleep, on plain days and in the nights when clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from hub.accounts.calendars import EMPTY, Calendar, Quiet, Span
from hub.plans import hours
from hub.plans.hours import Hours, Rule

DENVER = ZoneInfo("America/Denver")
APIA = ZoneInfo("Pacific/Apia")
US = Calendar(country="US")
OFFICE = Hours()


def wall(text: str, zone: ZoneInfo = DENVER, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


def opened(rule: Rule, text: str, zone: ZoneInfo = DENVER, fold: int = 0) -> str:
    return hours.opens(wall(text, zone, fold), [rule]).astimezone(zone).strftime("%Y-%m-%d %H:%M")


def window(zone: ZoneInfo = DENVER, calendar: Calendar = EMPTY, **says: Any) -> Rule:
    return hours.between(Hours(**says), zone, calendar)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-20 09:00", "2026-11-20 09:00"),  # Friday, on the minute it opens
        ("2026-11-20 08:59", "2026-11-20 09:00"),
        ("2026-11-20 16:59", "2026-11-20 16:59"),
        ("2026-11-20 17:00", "2026-11-23 09:00"),  # the end is not within
        ("2026-11-21 12:00", "2026-11-23 09:00"),
    ],
)
def test_office_hours_are_monday_to_friday_nine_to_five(moment: str, expected: str) -> None:
    assert opened(window(), moment) == expected


def test_a_wait_that_ends_outside_of_a_window_goes_on_when_it_next_opens() -> None:
    """The field's own vector: Monday to Thursday nine to five, two days begun on a Thursday end on Saturday."""
    assert opened(window(days=(0, 1, 2, 3)), "2026-11-21 10:30") == "2026-11-23 09:00"


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-25 18:00", "2026-11-27 09:00"),  # the eve of Thanksgiving; the day after is open
        ("2026-12-24 18:00", "2026-12-28 09:00"),  # Christmas is a Friday, then a weekend
    ],
)
def test_holidays_are_closed(moment: str, expected: str) -> None:
    assert opened(window(calendar=US), moment) == expected


def test_holidays_in_a_row_are_passed_over_together() -> None:
    shut = Calendar(country="US", closed=(Span(first=date(2026, 12, 26), last=date(2026, 12, 31)),))

    assert opened(window(days=tuple(range(7)), calendar=shut), "2026-12-24 18:00") == "2027-01-02 09:00"


def test_a_plan_may_work_on_holidays() -> None:
    assert opened(window(calendar=US, holidays=True), "2026-11-26 08:00") == "2026-11-26 09:00"


def test_midnight_as_the_end_is_the_end_of_the_day() -> None:
    late = window(opens=time(18), closes=time(0))

    assert opened(late, "2026-11-20 23:59") == "2026-11-20 23:59"
    assert opened(late, "2026-11-21 00:00") == "2026-11-23 18:00"


def test_a_window_of_a_minute_is_found_again_each_day() -> None:
    blink = window(opens=time(9), closes=time(9, 1))

    assert opened(blink, "2026-11-19 09:01") == "2026-11-20 09:00"


@pytest.mark.parametrize(
    ("opens", "closes", "moment", "expected"),
    [
        (time(2, 30), time(12), "2027-03-14 00:00", "2027-03-14 03:00"),  # half past two does not exist that night
        (time(2, 15), time(2, 45), "2027-03-14 00:00", "2027-03-15 02:15"),  # the whole window is left out
    ],
)
def test_in_the_night_when_clocks_go_forward(opens: time, closes: time, moment: str, expected: str) -> None:
    assert opened(window(days=tuple(range(7)), opens=opens, closes=closes), moment) == expected


def test_in_the_night_when_clocks_go_back_the_first_of_two_hours_is_meant() -> None:
    early = window(days=tuple(range(7)), opens=time(1), closes=time(1, 30))

    assert opened(early, "2026-11-01 01:10", fold=0) == "2026-11-01 01:10"
    assert opened(early, "2026-11-01 01:10", fold=1) == "2026-11-02 01:00"


def test_a_leap_day_is_a_day_like_any_other() -> None:
    assert opened(window(), "2028-02-28 18:00") == "2028-02-29 09:00"


def test_a_day_that_a_country_left_out_is_passed_over() -> None:
    """Samoa went from 29 to 31 December 2011."""
    assert opened(window(APIA), "2011-12-29 18:00", APIA) == "2012-01-02 09:00"


@pytest.mark.parametrize(
    ("begins", "ends", "moment", "expected"),
    [
        ("21:00", "8:00", "2026-11-20 20:59", "2026-11-20 20:59"),
        ("21:00", "8:00", "2026-11-20 21:00", "2026-11-21 08:00"),
        ("21:00", "8:00", "2026-11-21 03:00", "2026-11-21 08:00"),
        ("12:00", "14:00", "2026-11-20 13:00", "2026-11-20 14:00"),
        ("21:00", "2:30", "2027-03-13 22:00", "2027-03-14 03:00"),  # its end does not exist that night
    ],
)
def test_quiet_hours_let_people_sleep(begins: Any, ends: Any, moment: str, expected: str) -> None:
    assert opened(hours.not_quiet(Quiet(begins=begins, ends=ends), DENVER), moment) == expected


def test_quiet_hours_that_end_in_the_hour_that_comes_twice_end_both_times() -> None:
    rule = hours.not_quiet(Quiet(begins=time(22), ends=time(1, 30)), DENVER)
    second = wall("2026-11-01 01:10", fold=1)

    opened_at = hours.opens(second, [rule])

    assert opened_at - second.astimezone(UTC) == timedelta(minutes=20)


def test_a_sleeping_plan_wakes_the_day_after_its_last() -> None:
    (rule,) = hours.awake([Span(first=date(2026, 12, 24), last=date(2027, 1, 3))], DENVER, "The plan")

    assert opened(rule, "2026-12-23 23:59") == "2026-12-23 23:59"
    assert opened(rule, "2026-12-24 00:00") == "2027-01-04 00:00"
    assert rule.why(wall("2026-12-25 10:00")) == "The plan sleeps Thu 24 Dec 2026 – Sun 3 Jan 2027."


def test_every_rule_is_kept_at_once_however_far_apart_the_zones() -> None:
    """The plan works nine to five in Denver; the contact in Apia is quiet until eight, which is noon in Denver."""
    rules = [window(), hours.not_quiet(Quiet(begins=time(21), ends=time(8)), APIA)]

    moment = hours.opens(wall("2026-11-20 09:00"), rules)

    assert moment.astimezone(DENVER).strftime("%a %H:%M") == "Fri 12:00"
    assert moment.astimezone(APIA).strftime("%a %H:%M") == "Sat 08:00"


def test_rules_that_never_suit_let_the_step_look_again_after_the_horizon() -> None:
    noon = window(opens=time(12), closes=time(13))
    siesta = hours.not_quiet(Quiet(begins=time(11), ends=time(14)), DENVER)
    start = wall("2026-11-20 12:30")

    assert hours.opens(start, [noon, siesta]) == start.astimezone(UTC) + hours.HORIZON


# --- for every window and moment ----------------------------------------------------------------------------------

zones = st.sampled_from([DENVER, APIA, ZoneInfo("UTC"), ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe")])
moments = st.datetimes(datetime(2026, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC))
clocks = st.integers(0, 1439).map(lambda minute: time(minute // 60, minute % 60))


@st.composite
def windows(draw: st.DrawFn) -> Hours:
    opens, closes = sorted(draw(st.lists(clocks, min_size=2, max_size=2, unique=True)))
    days = draw(st.sets(st.integers(0, 6), min_size=1))
    return Hours(days=tuple(days), opens=opens, closes=closes, holidays=draw(st.booleans()))


quiets = st.lists(clocks, min_size=2, max_size=2, unique=True).map(lambda two: Quiet(begins=two[0], ends=two[1]))


@settings(deadline=None)  # where the rules never suit, a year of days is looked through
@given(windows(), quiets, moments, zones, zones)
def test_what_opens_is_open_and_nothing_before_it_was(
    says: Hours, quiet: Quiet, moment: datetime, zone: ZoneInfo, theirs: ZoneInfo
) -> None:
    rules = [hours.between(says, zone, US), hours.not_quiet(quiet, theirs)]

    found = hours.opens(moment, rules)

    assert found >= moment
    assert hours.opens(found, rules) == found or found == moment + hours.HORIZON
    if found > moment:
        assert hours.reasons(moment, rules)
        before = found - timedelta(seconds=1)
        assert hours.opens(max(before, moment), rules) == found or found == moment + hours.HORIZON


@settings(deadline=None)
@given(windows(), moments, zones)
def test_a_later_moment_never_opens_earlier(says: Hours, moment: datetime, zone: ZoneInfo) -> None:
    rules = [hours.between(says, zone, US)]

    assert hours.opens(moment + timedelta(hours=1), rules) >= hours.opens(moment, rules)


@given(windows())
def test_hours_survive_being_stored(says: Hours) -> None:
    assert hours.read(says.model_dump(mode="json")) == says


# --- words and refusals -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ({}, "Mon – Fri, 9:00 – 17:00"),
        ({"days": (0, 1, 4)}, "Mon, Tue, Fri, 9:00 – 17:00"),
        ({"days": (5, 6), "opens": time(10, 30), "closes": time(0)}, "Sat, Sun, 10:30 – 24:00"),
        ({"days": (0, 2, 3, 4), "holidays": True}, "Mon, Wed – Fri, 9:00 – 17:00, holidays too"),
    ],
)
def test_hours_read_as_they_stand_on_a_shop_door(says: dict[str, Any], expected: str) -> None:
    assert hours.words(Hours(**says)) == expected


def test_why_a_step_may_not_start_names_the_feast() -> None:
    told = hours.reasons(wall("2026-11-26 10:00"), [window(calendar=US)])

    assert told == ("Thu 26 Nov 2026 is closed: Thanksgiving Day.",)


@pytest.mark.parametrize(
    "wrong",
    [
        {"days": ()},
        {"days": (7,)},
        {"opens": time(17), "closes": time(9)},
        {"opens": time(9), "closes": time(9)},
        {"kind": "sometimes"},
    ],
)
def test_hours_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Hours(**wrong)
