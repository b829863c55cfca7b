"""Settings → Calendar."""

from __future__ import annotations

from typing import Any

import pytest

from hub.accounts import calendars
from hub.accounts import changes as accounts
from hub.accounts.calendars import Calendar
from hub.audit.actor import SYSTEM
from hub.audit.models import AuditRow
from tests.support.people import make_account, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> Any:
    return make_account("Northside")


@pytest.fixture
def browser(house: Any, enter: Any) -> Any:
    return enter(make_user(house, "admin", "ada"))


def where(house: Any) -> str:
    return f"/a/{house.pk}/settings/calendar"


def text(answer: Any) -> str:
    return str(answer.content.decode())


def stored(house: Any) -> Calendar:
    house.refresh_from_db()
    return calendars.of(house)


def test_country_quiet_hours_closed_days_and_sleep_are_saved_and_shown_again(browser: Any, house: Any) -> None:
    form = {
        "country": "US", "begins": "21:00", "ends": "08:00",
        "closed.first": ["2026-12-28", ""], "closed.last": ["", ""], "closed.name": ["Stocktaking", ""],
        "pauses.first": ["2027-02-01"], "pauses.last": ["2027-02-07"], "pauses.name": ["Moving"],
    }  # fmt: skip

    answer = browser.post(where(house), form)

    assert answer.status_code == 302
    kept = stored(house)
    assert (kept.country, str(kept.quiet), str(kept.closed[0]), kept.pauses[0].name) == (
        "US", "21:00 – 8:00", "Mon 28 Dec 2026", "Moving",
    )  # fmt: skip
    page = text(browser.get(answer.url))
    assert 'value="Stocktaking"' in page
    assert "Next:" in page
    assert AuditRow.objects.filter(verb="calendar_set").count() == 1


def test_a_region_is_chosen_among_those_of_the_country(browser: Any, house: Any) -> None:
    browser.post(where(house), {"country": "US", "region": "UT"})
    assert stored(house).region == "UT"

    browser.post(where(house), {"country": "DE", "region": "UT"})
    assert (stored(house).country, stored(house).region) == ("DE", "")


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"country": "XX"}, "The public holidays of this country are not known here."),
        ({"begins": "21:00"}, "Enter a time of day, such as 21:00, or leave both empty."),
        ({"begins": "21:00", "ends": "21:00"}, "Quiet hours begin and end at different times."),
        ({"closed.first": ["soon"], "closed.last": [""], "closed.name": [""]}, "Row 1: enter a date."),
        ({"pauses.first": ["2026-01-01"], "pauses.last": ["2028-01-01"], "pauses.name": [""]}, "longer than 366 days"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_saved(
    browser: Any, house: Any, wrong: dict[str, Any], sentence: str
) -> None:
    answer = browser.post(where(house), {"country": "US", **wrong})

    assert answer.status_code == 422
    assert sentence in text(answer)
    assert stored(house) == calendars.EMPTY


def test_who_may_only_look_changes_nothing(house: Any, enter: Any) -> None:
    looking = enter(make_user(house, "standard", "stan"))

    looking.post(where(house), {"country": "US"})

    assert stored(house) == calendars.EMPTY


def test_an_account_beneath_starts_with_a_copy(house: Any) -> None:
    accounts.set_calendar(house, Calendar(country="US"), by=SYSTEM)

    branch = accounts.create("Branch", by=SYSTEM, parent=house)

    assert calendars.of(branch).country == "US"
    accounts.set_calendar(branch, Calendar(country="CA"), by=SYSTEM)
    assert stored(house).country == "US"


def test_a_way_to_the_contact_has_quiet_hours_of_its_own_or_none(browser: Any, house: Any) -> None:
    form = {
        "begins": "21:00", "ends": "08:00", "post_kind": "none",
        "call_kind": "own", "call_begins": "20:00", "call_ends": "09:30", "sms_kind": "", "sms_begins": "01:00",
    }  # fmt: skip

    answer = browser.post(where(house), form)

    kept = stored(house)
    assert {channel: str(kept.quiet_of(channel)) for channel in ("", "call", "post", "sms")} == {
        "": "21:00 – 8:00", "call": "20:00 – 9:30", "post": "None", "sms": "21:00 – 8:00",
    }  # fmt: skip
    page = text(browser.get(answer.url))
    assert 'name="call_begins" value="20:00"' in page
    assert '<option value="none" selected>At any hour</option>' in page


@pytest.mark.parametrize(
    ("begins", "ends", "field", "sentence"),
    [
        ("20:00", "", "call_ends", "Enter a time of day, such as 21:00."),
        ("20:00", "20:00", "call_ends", "Quiet hours begin and end at different times."),
        ("late", "08:00", "call_begins", "Enter a time of day, such as 21:00."),
    ],
)
def test_a_ways_wrong_quiet_hours_are_told_beside_their_field(
    browser: Any, house: Any, begins: str, ends: str, field: str, sentence: str
) -> None:
    form = {"email_kind": "none", "call_kind": "own", "call_begins": begins, "call_ends": ends}

    answer = browser.post(where(house), form)

    assert answer.status_code == 422
    assert f'<a href="#id_{field}">' in text(answer)
    assert sentence in text(answer)
    assert stored(house) == calendars.EMPTY
