"""Where a contact's clock hangs, and when that is not known."""

from __future__ import annotations

import pytest

from hub.accounts.models import Account
from hub.contacts import facts as contact_facts
from hub.plans import whereabouts
from tests.plans.company import contact


@pytest.mark.parametrize(
    ("named", "country", "state", "phones", "expected"),
    [
        ("Asia/Tokyo", "US", "NY", ["+13035550123"], "Asia/Tokyo"),  # said outright
        ("Mars/Olympus", "US", "NY", [], "America/New_York"),  # said wrongly, so it is not said
        ("", "US", "ny", ["+13035550123"], "America/New_York"),  # the address before the number
        ("", "", "CO", [], "America/Denver"),
        ("", "US", "TX", ["+12125550123"], "America/New_York"),  # Texas lies in two zones; the number says
        ("", "US", "TX", [], ""),
        ("", "DE", "", [], "Europe/Berlin"),
        ("", "GB", "", [], "Europe/London"),
        ("", "BR", "", [], ""),  # four zones
        ("", "", "", ["+442079460958"], "Europe/London"),
        ("", "", "", ["", "+18015550123"], "America/Denver"),  # the next number where there is no cell
        ("", "", "", ["+18005550123"], ""),  # a free number is nowhere
        ("", "", "", ["call me"], ""),
        ("", "", "", [], ""),
    ],
)
def test_the_zone_is_taken_from_what_is_sure(
    named: str, country: str, state: str, phones: list[str], expected: str
) -> None:
    assert whereabouts.zone_name(named, country, state, phones) == expected


def test_a_plugins_facts_and_the_row_say_the_same(account: Account) -> None:
    cleo = contact(account, state="NY", custom={"Time zone": "Asia/Tokyo", "Visits": 3})

    assert whereabouts.of([cleo.pk])[cleo.pk] == whereabouts.of_facts(contact_facts.one(cleo))
