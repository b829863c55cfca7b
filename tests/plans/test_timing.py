"""When a step is due: the table of plain cases, the nights when clocks change, and what holds for every timing."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hub.plans import timing
from hub.plans.timing import After, Immediately, On

DENVER = ZoneInfo("America/Denver")
BERLIN = ZoneInfo("Europe/Berlin")


def due(step: timing.AnyTiming, previous: str, zone: ZoneInfo = DENVER, enrolled: str | None = None) -> str:
    """The due time on the wall of ``zone``, from anchors on the same wall."""
    moment = timing.due_at(step, previous=wall(previous, zone), enrolled=wall(enrolled or previous, zone), zone=zone)
    assert moment.utcoffset() == timedelta(0)
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def wall(text: str, zone: ZoneInfo = DENVER) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def test_immediately_is_when_the_previous_step_closed() -> None:
    assert due(Immediately(), "2026-11-20 15:04") == "2026-11-20 15:04"


@pytest.mark.parametrize(
    ("amount", "unit", "at", "previous", "expected"),
    [
        (30, "minutes", None, "2026-11-20 23:50", "2026-11-21 00:20"),
        (3, "hours", None, "2026-11-20 22:00", "2026-11-21 01:00"),
        (2, "days", None, "2026-11-20 15:04", "2026-11-22 15:04"),
        (2, "days", "9:00", "2026-11-20 15:04", "2026-11-22 09:00"),
        (0, "days", "9:00", "2026-11-20 08:59", "2026-11-20 09:00"),
        (0, "days", "9:00", "2026-11-20 09:00", "2026-11-20 09:00"),
        (0, "days", "9:00", "2026-11-20 09:01", "2026-11-21 09:00"),
        (1, "days", None, "2028-02-28 10:00", "2028-02-29 10:00"),  # a leap year
        (1, "days", None, "2027-02-28 10:00", "2027-03-01 10:00"),  # not one
        (30, "days", "9:00", "2026-01-31 10:00", "2026-03-02 09:00"),
        (1, "business_days", "9:00", "2026-11-20 15:04", "2026-11-23 09:00"),  # Friday to Monday
        (5, "business_days", None, "2026-11-20 15:04", "2026-11-27 15:04"),
        (1, "business_days", None, "2026-11-21 15:04", "2026-11-23 15:04"),  # from a Saturday
        (0, "business_days", None, "2026-11-20 15:04", "2026-11-20 15:04"),
        (0, "business_days", None, "2026-11-21 15:04", "2026-11-23 15:04"),
        (0, "business_days", "9:00", "2026-11-20 15:04", "2026-11-23 09:00"),  # nine o'clock on Friday has passed
    ],
)
def test_a_step_is_due_so_long_after(amount: int, unit: str, at: str | None, previous: str, expected: str) -> None:
    step = After.model_validate({"amount": amount, "unit": unit, "at": at})

    assert due(step, previous) == expected


def test_days_after_enrolment_do_not_move_when_a_step_before_was_late() -> None:
    step = After(amount=3, unit="days", since="enrollment")

    assert due(step, "2026-11-30 10:00", enrolled="2026-11-20 08:00") == "2026-11-23 08:00"


def test_a_fixed_date_is_meant_in_the_zone_of_the_account() -> None:
    step = timing.read({"kind": "on", "date": "2026-12-24", "at": "9:00"})

    assert due(step, "2026-11-20 10:00", DENVER) == "2026-12-24 09:00"
    assert due(step, "2026-11-20 10:00", BERLIN) == "2026-12-24 09:00"


def test_holidays_come_in_through_the_seam() -> None:
    thanksgiving = date(2026, 11, 26)

    moment = timing.due_at(
        After(amount=1, unit="business_days", at=time(9)),
        previous=wall("2026-11-25 12:00"),
        enrolled=wall("2026-11-25 12:00"),
        zone=DENVER,
        is_working_day=lambda day: day.weekday() < 5 and day != thanksgiving,
    )

    assert moment == wall("2026-11-27 09:00")


class TestNightsWhenClocksChange:
    """Denver goes forward on 2026-03-08 at 2:00 and back on 2026-11-01 at 2:00."""

    def test_a_time_that_is_left_out_becomes_the_first_moment_there_is(self) -> None:
        assert due(After(amount=1, unit="days", at=time(2, 30)), "2026-03-07 12:00") == "2026-03-08 03:00"
        assert due(After(amount=1, unit="days"), "2026-03-07 02:59") == "2026-03-08 03:00"

    def test_a_time_that_comes_twice_means_the_first(self) -> None:
        moment = timing.on_the_clock(date(2026, 11, 1), time(1, 30), DENVER)

        assert moment == datetime(2026, 11, 1, 7, 30, tzinfo=UTC)  # UTC-6; the second is at 8:30

    def test_when_the_first_has_passed_the_next_day_is_meant(self) -> None:
        second_half_past_one = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
        step = After(amount=0, unit="days", at=time(1, 30))

        moment = timing.due_at(step, previous=second_half_past_one, enrolled=second_half_past_one, zone=DENVER)

        assert moment == wall("2026-11-02 01:30")

    def test_a_day_is_a_date_and_not_24_hours(self) -> None:
        assert due(After(amount=1, unit="days"), "2026-03-07 12:00") == "2026-03-08 12:00"  # 23 hours
        assert due(After(amount=24, unit="hours"), "2026-03-07 12:00") == "2026-03-08 13:00"

    def test_hours_pass_on_the_clock_whatever_the_wall_shows(self) -> None:
        start = datetime(2026, 11, 1, 7, 30, tzinfo=UTC)

        moment = timing.due_at(After(amount=1, unit="hours"), previous=start, enrolled=start, zone=DENVER)

        assert moment == start + timedelta(hours=1)  # the wall shows half past one again

    def test_a_midnight_that_is_left_out_is_one_o_clock(self) -> None:
        assert due(On(date=date(2026, 4, 24), at=time(0, 0)), "2026-04-01 00:00", ZoneInfo("Africa/Cairo")) == (
            "2026-04-24 01:00"
        )

    def test_a_whole_date_that_is_left_out_is_the_next_midnight(self) -> None:
        samoa = ZoneInfo("Pacific/Apia")  # it had no 30 December in 2011

        assert due(On(date=date(2011, 12, 30), at=time(9)), "2011-12-01 00:00", samoa) == "2011-12-31 00:00"


# --- what holds for every timing ----------------------------------------------------------------------------------

zones = st.sampled_from(
    [ZoneInfo(name) for name in ("UTC", "America/Denver", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Cairo")]
)
moments = st.datetimes(datetime(2024, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC))
times = st.none() | st.times().map(lambda at: at.replace(second=0, microsecond=0))


@st.composite
def delays(draw: st.DrawFn) -> After:
    unit = draw(st.sampled_from(["minutes", "hours", "days", "business_days"]))
    at = draw(times) if "days" in unit else None
    return After(amount=draw(st.integers(0, 400)), unit=unit, at=at, since="previous")


def at(step: timing.AnyTiming, anchor: datetime, zone: ZoneInfo) -> datetime:
    return timing.due_at(step, previous=anchor, enrolled=anchor, zone=zone)


@given(delays(), moments, zones)
def test_nothing_is_due_before_its_anchor(step: After, anchor: datetime, zone: ZoneInfo) -> None:
    assert at(step, anchor, zone) >= anchor


@given(delays(), moments, zones)
def test_a_longer_wait_is_never_due_earlier(step: After, anchor: datetime, zone: ZoneInfo) -> None:
    longer = step.model_copy(update={"amount": step.amount + 1})

    assert at(longer, anchor, zone) >= at(step, anchor, zone)


@given(delays(), moments, st.timedeltas(timedelta(0), timedelta(days=9)), zones)
def test_a_later_anchor_is_never_due_on_an_earlier_date(
    step: After, anchor: datetime, later: timedelta, zone: ZoneInfo
) -> None:
    first, second = at(step, anchor, zone), at(step, anchor + later, zone)

    assert second.astimezone(zone).date() >= first.astimezone(zone).date()
    if step.unit != "business_days" or step.at is not None:  # a weekend's hours fall on the same Monday
        assert second >= first


@given(delays().filter(lambda step: step.unit == "business_days"), moments, zones)
def test_business_days_are_never_on_a_weekend(step: After, anchor: datetime, zone: ZoneInfo) -> None:
    assert at(step, anchor, zone).astimezone(zone).weekday() < 5


@given(st.dates(date(2024, 1, 1), date(2032, 1, 1)), st.times(), zones)
def test_the_wall_shows_the_time_asked_for_or_the_end_of_a_gap(day: date, clock: time, zone: ZoneInfo) -> None:
    moment = timing.on_the_clock(day, clock, zone).astimezone(zone)

    shown = moment.replace(tzinfo=None, fold=0)
    wanted = datetime.combine(day, clock)
    just_before = (moment.astimezone(UTC) - timedelta(microseconds=1)).astimezone(zone).replace(tzinfo=None)
    assert shown == wanted or just_before < wanted < shown


@given(
    delays()
    | st.just(Immediately())
    | st.builds(On, date=st.dates(date(2000, 1, 1), date(2199, 12, 31)), at=st.times())
)
def test_a_timing_survives_being_stored(step: timing.AnyTiming) -> None:
    assert timing.read(timing.dump(step)) == step


# --- words and refusals -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"kind": "immediately"}, "immediately"),
        ({"kind": "after", "amount": 1, "unit": "minutes"}, "1 minute after the previous step"),
        ({"kind": "after", "amount": 90, "unit": "minutes"}, "90 minutes after the previous step"),
        ({"kind": "after", "amount": 4320, "unit": "minutes"}, "72 hours after the previous step"),
        (
            {"kind": "after", "amount": 2, "unit": "business_days", "at": "9:00"},
            "2 business days after the previous step, at 9:00",
        ),
        (
            {"kind": "after", "amount": 3, "unit": "days", "since": "enrollment", "at": "14:05"},
            "3 days after enrolment, at 14:05",
        ),
        ({"kind": "after", "amount": 0, "unit": "days", "at": "9:00"}, "on the day of the previous step, at 9:00"),
        ({"kind": "on", "date": "2026-12-24", "at": "9:00"}, "on 24 December 2026 at 9:00"),
    ],
)
def test_a_timing_reads_as_a_person_would_say_it(data: dict[str, object], expected: str) -> None:
    assert timing.words(timing.read(data)) == expected


def test_what_waits_for_the_step_before_the_first_waits_for_the_enrolment() -> None:
    wait = timing.read({"kind": "after", "amount": 1, "unit": "hours"})

    assert timing.words(wait, first=True) == "1 hour after enrolment"


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"kind": "sometime"},
        {"kind": "after", "amount": -1, "unit": "days"},
        {"kind": "after", "amount": 10**9, "unit": "minutes"},
        {"kind": "after", "amount": 1, "unit": "hours", "at": "9:00"},
        {"kind": "after", "amount": 1, "unit": "days", "at": "25:00"},
        {"kind": "after", "amount": 1, "unit": "days", "at": "09:00+02:00"},
        {"kind": "on", "date": "2026-02-30"},
        {"kind": "on", "date": "0206-12-24"},
        {"kind": "immediately", "extra": 1},
        "immediately",
        None,
    ],
)
def test_what_makes_no_sense_is_refused(data: object) -> None:
    with pytest.raises(ValidationError):
        timing.read(data)
