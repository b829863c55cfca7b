"""Public holidays by country and region, from the ``holidays`` library (``docs/decisions/holidays.md``).

The library is loaded when an account first asks for a country, and each year is reckoned once a process. Only *public* holidays
count: days on which offices are shut, with the day off in lieu where a holiday falls on a weekend and the law moves it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache


@lru_cache(maxsize=1)
def countries() -> Mapping[str, tuple[str, ...]]:
    """ISO code of each country that is known → the codes of its regions."""
    import holidays

    return {code: tuple(regions) for code, regions in holidays.list_supported_countries().items() if len(code) == 2}


@lru_cache(maxsize=256)
def regions(country: str) -> tuple[tuple[str, str], ...]:
    """Code and name of a country's regions that have holidays of their own; empty when there is none."""
    import holidays

    codes = countries().get(country, ())
    if not codes:
        return ()
    names = holidays.country_holidays(country).get_subdivision_aliases()
    return tuple((code, str((names.get(code) or [code])[0])) for code in codes)


def name_of(day: date, country: str, region: str = "") -> str:
    """What the day is called there, in English where the library knows it; empty when it is no holiday."""
    return _of_year(country, region, day.year).get(day, "") if country else ""


def of_year(country: str, region: str, year: int) -> Mapping[date, str]:
    """The holidays of one year, by date; none for a country or region that is not known."""
    return _of_year(country, region, year) if country else {}


@lru_cache(maxsize=1024)
def _of_year(country: str, region: str, year: int) -> Mapping[date, str]:
    import holidays

    try:
        found = holidays.country_holidays(country, subdiv=region or None, years=[year], language="en_US")
    except NotImplementedError:  # it was known when it was chosen, and the library has dropped it since
        return {}
    return {day: name for day, name in sorted(found.items()) if day.year == year}
