"""When a parcel is at the door."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from hub.core.durations import lead_time
from hub.plans import arrival

DENVER = ZoneInfo("America/Denver")


@pytest.mark.parametrize(
    ("due", "lead", "earliest", "latest"),
    [
        ("2026-11-20 10:00", "3-7 business days", date(2026, 11, 25), date(2026, 12, 1)),
        ("2026-11-21 10:00", "1 business day", date(2026, 11, 23), date(2026, 11, 23)),  # a Saturday
        ("2026-11-20 10:00", "2-5 calendar days", date(2026, 11, 22), date(2026, 11, 25)),
        ("2026-12-31 23:30", "1 calendar day", date(2027, 1, 1), date(2027, 1, 1)),  # already tomorrow in UTC
    ],
)
def test_a_parcel_is_expected_after_its_lead_time(due: str, lead: str, earliest: date, latest: date) -> None:
    moment = datetime.fromisoformat(due).replace(tzinfo=DENVER)

    expected = arrival.window(moment, lead_time(lead), DENVER)

    assert expected == arrival.Window(earliest, latest)


def test_a_step_without_lead_time_is_expected_on_no_date() -> None:
    assert arrival.window(datetime(2026, 11, 20, tzinfo=DENVER), None, DENVER) is None


def test_a_window_reads_as_dates() -> None:
    assert str(arrival.Window(date(2026, 11, 25), date(2026, 12, 1))) == "Wed 25 Nov 2026 – Tue 1 Dec 2026"
    assert str(arrival.Window(date(2026, 11, 25), date(2026, 11, 25))) == "Wed 25 Nov 2026"
