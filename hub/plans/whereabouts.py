"""Where a contact is, as far as clocks are concerned: the time zone, from what is written down of them. Pure.

In this order, and the first that is sure counts:

1. the contact's own field *Time zone*, an IANA name;
2. the postal address, where country and state lie in one zone;
3. the telephone number, cell first, where its area lies in one zone.

What lies in several zones (Texas, a mobile number of Brazil) is not guessed at: then the account's zone counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE
from phonenumbers.tzdata import TIMEZONE_DATA, TIMEZONE_LONGEST_PREFIX

from hub.contacts.models import Contact
from hub.core import facts
from hub.plans.zones import zone_of

FIELD = "Time zone"
"""The label of the account's own field that says it outright."""

_STATES: Mapping[str, str] = {
    **dict.fromkeys(("CT", "DC", "DE", "GA", "MA", "MD", "ME", "NC", "NH", "NJ", "NY", "OH", "PA", "RI", "SC", "VA", "VT",
                     "WV"), "America/New_York"),
    **dict.fromkeys(("AL", "AR", "IA", "IL", "LA", "MN", "MO", "MS", "OK", "WI"), "America/Chicago"),
    **dict.fromkeys(("CO", "MT", "NM", "UT", "WY"), "America/Denver"),
    **dict.fromkeys(("CA", "WA"), "America/Los_Angeles"),
    "HI": "Pacific/Honolulu", "PR": "America/Puerto_Rico",
}  # fmt: skip
"""States of the United States that lie in one zone. Arizona is not among them: in the Navajo Nation clocks go forward."""

_MAINLANDS: Mapping[str, str] = {
    "GB": "Europe/London",
    "IT": "Europe/Rome",
    "NO": "Europe/Oslo",
    "FI": "Europe/Helsinki",
}
"""Countries in one zone whose calling code small neighbours share."""

_BEST_KNOWN = frozenset(_MAINLANDS.values())
_A_YEAR = 2026
"""A year to compare clocks in."""

_US = frozenset({"", "US", "USA", "UNITED STATES"})
"""How the country is written; with one of these states it may be left out."""


@dataclass(frozen=True, slots=True)
class Person:
    """What the time of a step may depend on: the contact's zone where it is known, and the account's own fields of theirs."""

    zone: ZoneInfo | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


NOBODY = Person()
"""Nobody in particular: the account's zone, and no dates."""


def of_facts(contact: facts.Contact) -> Person:
    """A contact as a plugin sees them."""
    address = contact.address
    phones = (contact.phone_cell, contact.phone_home, contact.phone_work)
    return _person(contact.custom, address.country, address.state, phones)


def of(contact_ids: Iterable[int]) -> dict[int, Person]:
    """Contacts by id, in one query."""
    columns = ("pk", "custom", "country", "state", "phone_cell", "phone_home", "phone_work")
    rows = Contact.objects.filter(pk__in=set(contact_ids)).values_list(*columns)
    return {pk: _person(_texts(custom), country, state, phones) for pk, custom, country, state, *phones in rows}


def zone_name(named: str, country: str, state: str, phones: Iterable[str]) -> str:
    """The IANA name of a contact's zone, or nothing where it is not known."""
    if named and zone_of(named).key == named:
        return named
    return _by_address(country.strip().upper(), state.strip().upper()) or next(
        (found for phone in phones if (found := _by_phone(phone[:_LONGEST]))), ""
    )


def _person(custom: Mapping[str, str], country: str, state: str, phones: Iterable[str]) -> Person:
    name = zone_name(custom.get(FIELD, "").strip(), country, state, phones)
    return Person(zone_of(name) if name else None, custom)


def _texts(custom: Mapping[str, object]) -> dict[str, str]:
    return {label: str(value) for label, value in custom.items()}


_LONGEST = TIMEZONE_LONGEST_PREFIX + 1
"""So many characters of ``+15035550123`` decide, the plus among them; what follows need not be looked at, or kept in a cache."""


@lru_cache(maxsize=4096)
def _by_address(country: str, state: str) -> str:
    if country in _US:
        return _STATES.get(state, "")
    return _only(_of_country(country)) if len(country) == 2 else ""


def _of_country(country: str) -> tuple[str, ...]:
    """The zones of a country, by its calling code; a code that several countries share says nothing of one of them."""
    if country in _MAINLANDS:
        return (_MAINLANDS[country],)
    codes = [code for code, regions in COUNTRY_CODE_TO_REGION_CODE.items() if regions == (country,)]
    return _lookup(str(codes[0])) if codes else ()


@lru_cache(maxsize=65536)
def _by_phone(digits: str) -> str:
    found = digits.removeprefix("+")
    return _only(_lookup(found)) if digits.startswith("+") and found.isascii() and found.isdigit() else ""


def _lookup(digits: str) -> tuple[str, ...]:
    """The zones of the longest known beginning of a number. A number is not needed, so none is made up."""
    for end in range(min(len(digits), TIMEZONE_LONGEST_PREFIX), 0, -1):
        found = TIMEZONE_DATA.get(digits[:end])
        if found is not None:
            return tuple(found)
    return ()


def _only(zones: tuple[str, ...]) -> str:
    """The zone, where there is one; zones whose clocks agree all year (London, Jersey, Guernsey) are as good as one."""
    known = [name for name in zones if zone_of(name).key == name]
    if not known or len(known) < len(zones) or len({_offsets(name) for name in known}) > 1:
        return ""
    return next((name for name in known if name in _BEST_KNOWN), known[0])


def _offsets(name: str) -> tuple[timedelta | None, ...]:
    zone = zone_of(name)
    return tuple(datetime(_A_YEAR, month, 1, tzinfo=zone).utcoffset() for month in range(1, 13))
