"""An account's calendar: its holidays, its own closed days, its sleep and its quiet hours."""

from __future__ import annotations

import json
from datetime import date, time
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from hub.accounts import calendars, public_holidays
from hub.accounts.calendars import Calendar, ChannelQuiet, Quiet, Span

THANKSGIVING = date(2026, 11, 26)


def test_without_a_country_only_weekends_are_no_business_days() -> None:
    plain = calendars.EMPTY

    assert plain.is_working_day(THANKSGIVING)
    assert not plain.is_working_day(date(2026, 11, 28))


@pytest.mark.parametrize(
    ("country", "region", "day", "name"),
    [
        ("US", "", THANKSGIVING, "Thanksgiving Day"),
        ("US", "UT", date(2026, 7, 24), "Pioneer Day"),
        ("US", "", date(2026, 7, 24), ""),  # a feast of Utah alone
        ("US", "", date(2026, 7, 3), "Independence Day (observed)"),  # the fourth is a Saturday
        ("DE", "BY", date(2026, 1, 6), "Epiphany"),
        ("GB", "SCT", date(2026, 11, 30), "Saint Andrew's Day"),
    ],
)
def test_the_holidays_of_a_country_and_its_region_are_kept(country: str, region: str, day: date, name: str) -> None:
    assert Calendar(country=country, region=region).why_closed(day) == name


def test_own_closed_days_come_on_top() -> None:
    shut = Calendar(country="US", closed=(Span(first=date(2026, 12, 28), last=date(2026, 12, 30), name="Stocktaking"),))

    assert [shut.is_working_day(date(2026, 12, day)) for day in (24, 25, 28, 30, 31)] == [
        True, False, False, False, True,
    ]  # fmt: skip
    assert shut.why_closed(date(2026, 12, 29)) == "Stocktaking"


@pytest.mark.parametrize(
    ("begins", "ends", "quiet", "loud"),
    [
        ("21:00", "8:00", ["21:00", "23:59", "00:00", "07:59"], ["08:00", "20:59"]),  # over midnight
        ("12:00", "14:00", ["12:00", "13:59"], ["11:59", "14:00", "00:00"]),  # a siesta
    ],
)
def test_quiet_hours_begin_on_the_minute_and_end_before_it(
    begins: Any, ends: Any, quiet: list[str], loud: list[str]
) -> None:
    hours = Quiet(begins=begins, ends=ends)

    assert all(hours.holds(time.fromisoformat(at)) for at in quiet)
    assert not any(hours.holds(time.fromisoformat(at)) for at in loud)


@pytest.mark.parametrize(
    "wrong",
    [
        {"country": "XX"},
        {"country": "US", "region": "BY"},
        {"region": "UT"},
        {"closed": [{"first": "2026-12-25", "last": "2026-12-24"}]},
        {"pauses": [{"first": "2026-01-01", "last": "2027-06-01"}]},
        {"pauses": [{"first": "0026-01-01", "last": "0026-01-02"}]},
        {"quiet": {"begins": "8:00", "ends": "8:00"}},
        {"quiet": {"begins": "21:00+02:00", "ends": "8:00"}},
        {"siesta": True},
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Calendar.model_validate(wrong)


def test_a_calendar_survives_being_stored() -> None:
    whole = Calendar(
        country="US", region="UT", closed=(Span(first=THANKSGIVING, last=THANKSGIVING),),
        pauses=(Span(first=date(2026, 12, 24), last=date(2027, 1, 3), name="Christmas"),),
        quiet=Quiet(begins=time(21), ends=time(8)),
    )  # fmt: skip

    assert calendars.of(SimpleNamespace(calendar=calendars.dump(whole))) == whole
    assert calendars.dump(calendars.EMPTY) == {}
    assert calendars.of(SimpleNamespace(calendar={})) is calendars.EMPTY


def test_a_country_that_the_library_has_dropped_has_no_holidays_and_stops_nothing() -> None:
    assert public_holidays.name_of(THANKSGIVING, "XX") == ""


def test_regions_are_told_by_name() -> None:
    assert ("UT", "Utah") in public_holidays.regions("US")
    assert public_holidays.regions("XX") == ()


def test_a_way_to_the_contact_keeps_its_own_quiet_hours_or_everybodys() -> None:
    night, early = Quiet(begins=time(21), ends=time(8)), Quiet(begins=time(20), ends=time(9))
    calendar = Calendar(quiet=night, channels=(ChannelQuiet(channel="call", quiet=early), ChannelQuiet(channel="post")))

    assert [calendar.quiet_of(way) for way in ("", "email", "call", "post")] == [night, night, early, None]
    assert calendars.read(json.dumps(calendars.dump(calendar))) == calendar
    assert Calendar(channels=(ChannelQuiet(channel="call", quiet=early),)).is_ever_quiet
    assert not Calendar(channels=(ChannelQuiet(channel="post"),)).is_ever_quiet


@pytest.mark.parametrize(
    "channels", [[{"channel": "pigeon"}], [{"channel": "call"}, {"channel": "call"}], [{"channel": ""}]]
)
def test_a_way_is_one_that_is_known_and_told_once(channels: list[dict[str, str]]) -> None:
    with pytest.raises(ValidationError):
        Calendar.model_validate({"channels": channels})
