"""How long the steps of very many contacts take where a vendor allows so many calls and no more. Pure.

An estimate: one call a contact, nobody else at the same connection. It says minutes or hours, which is what a person who is
about to put five hundred contacts on a plan does not expect.
"""

from __future__ import annotations

import re
from datetime import timedelta

from django.utils.translation import gettext as _

from hub.core.endpoints import Rate
from hub.core.errors import DeclarationError

_WRITTEN = re.compile(r"(\d+) per (\S.*)")
"""A rate as a manifest has it: ``60 per minute``, ``10 per 5s``."""


def rate_of(written: str) -> Rate | None:
    """The rate in a manifest's words; None where there is none, or none that can be read."""
    found = _WRITTEN.fullmatch(written)
    try:
        rate = Rate(int(found[1]), per=found[2]) if found else None
        return rate if rate and rate.interval else None
    except (DeclarationError, ArithmeticError):
        return None


def takes(rate: Rate, contacts: int) -> timedelta:
    """How long one step takes for so many contacts."""
    return rate.interval * contacts


def words(rate: Rate) -> str:
    """``60 a minute``, ``10 in 5s``."""
    calls = f"{rate.calls:,}"
    spans = {"second": _("a second"), "minute": _("a minute"), "hour": _("an hour"), "day": _("a day")}
    return (
        f"{calls} {spans[rate.per]}" if rate.per in spans else _("{calls} in {span}").format(calls=calls, span=rate.per)
    )
