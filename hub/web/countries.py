"""Countries by code and English name, from the time zone database's own list, and time zones with their offset."""

from __future__ import annotations

from datetime import datetime
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo, available_timezones


@cache
def countries() -> tuple[tuple[str, str], ...]:
    """Pairs of ISO 3166 code and name, by name."""
    lines = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("\t", 1) for line in lines if line and not line.startswith("#")]
    return tuple(sorted(((code, name) for code, name in pairs), key=lambda pair: pair[1]))


@cache
def _zone_names() -> tuple[str, ...]:
    """Zones named for a place. The older abbreviations stay valid but are not offered."""
    return ("UTC", *sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/")))


def zones(now: datetime, also: str = "") -> list[tuple[str, str]]:
    """Pairs of zone name and label such as “America/Denver (UTC−07:00)”; `also` is offered even if it is an old name."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    extra = [_labelled(also, hour)] if also and also not in _zone_names() else []
    return [*extra, *_zones_in(hour)]


@lru_cache(maxsize=4)
def _zones_in(hour: datetime) -> tuple[tuple[str, str], ...]:
    """The offsets of six hundred zones, reckoned once an hour."""
    return tuple(_labelled(name, hour) for name in _zone_names())


def _labelled(name: str, now: datetime) -> tuple[str, str]:
    return name, f"{name.replace('_', ' ')} ({_offset(name, now)})"


def _offset(name: str, now: datetime) -> str:
    try:
        text = now.astimezone(ZoneInfo(name)).strftime("%z")
    except (ValueError, OSError, KeyError):
        return "UTC"
    return f"UTC{text[:3].replace('-', '−')}:{text[3:5]}"
