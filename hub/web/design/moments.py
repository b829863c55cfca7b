"""Times as people read them: the account's zone in the text, the exact instant on hover."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from django.utils import formats
from django.utils.translation import gettext as _

from hub.web.design.progress import span_in_words


@dataclass(frozen=True)
class Moment:
    """A time ready to draw: the words, the machine's form for `datetime=`, and the exact instant for the hover."""

    text: str
    iso: str
    exact: str


def moment(value: datetime, zone: tzinfo, now: datetime, style: str = "auto") -> Moment:
    """Return `value` worded for `zone`. Styles: `auto`, `within`, `date`, `time`, `full`, `relative`, `age`.

    `auto` leaves out the day for today and the year for this year; `within` is the same inside of a sentence.
    Times must be aware; a naive one raises ValueError.
    """
    if value.tzinfo is None:
        raise ValueError("A moment needs a time with its zone.")
    local = value.astimezone(zone)
    words = _WORDINGS[style](local, now.astimezone(zone))
    exact = f"{local:%Y-%m-%d %H:%M:%S} {local.tzname()} · {value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return Moment(words, value.isoformat(), exact)


def _date(value: datetime, now: datetime) -> str:
    return formats.date_format(value, "j M" if value.year == now.year else "j M Y", use_l10n=False)


def _time(value: datetime, now: datetime) -> str:
    return formats.date_format(value, "H:i", use_l10n=False)


def _full(value: datetime, now: datetime) -> str:
    return f"{_date(value, now)}, {_time(value, now)}"


def _auto(value: datetime, now: datetime) -> str:
    days = (value.date() - now.date()).days
    if days == 0:
        return _("Today, %(time)s") % {"time": _time(value, now)}
    if days == -1:
        return _("Yesterday, %(time)s") % {"time": _time(value, now)}
    if days == 1:
        return _("Tomorrow, %(time)s") % {"time": _time(value, now)}
    return _full(value, now)


def _within(value: datetime, now: datetime) -> str:
    words = {0: _("today, %(time)s"), -1: _("yesterday, %(time)s"), 1: _("tomorrow, %(time)s")}
    named = words.get((value.date() - now.date()).days)
    return named % {"time": _time(value, now)} if named else _full(value, now)


def _relative(value: datetime, now: datetime) -> str:
    span = value - now
    if abs(span) < timedelta(seconds=10):
        return _("just now")
    if span < timedelta():
        return _("%(span)s ago") % {"span": span_in_words(-span)}
    return _("in %(span)s") % {"span": span_in_words(span)}


def _age(value: datetime, now: datetime) -> str:
    return span_in_words(abs(now - value))


_WORDINGS = {
    "auto": _auto,
    "within": _within,
    "date": _date,
    "time": _time,
    "full": _full,
    "relative": _relative,
    "age": _age,
}

MOVING = ("relative", "age")
"""Styles that say something else every second; the others only after midnight."""
