"""Live lists: what the vendor offers to choose from, read with the account's own key and kept for some minutes.

A list that cannot be read now is answered from what was read last, with its age and a sentence that says why; and a value can
always be typed in by hand, so that a vendor's bad day never stops a person from building a plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from hub.addons import asking
from hub.addons.models import Connection, OptionsCache
from hub.core import redact
from hub.core.outcomes import Outcome
from hub.db import clock
from hub.db.errors import NotFound

FRESH = timedelta(minutes=10)
"""How long a list is taken as it is. A person who has just made a new group at the vendor presses refresh."""

AFTER_A_FAILURE = timedelta(seconds=30)
"""A vendor that just failed is left alone this long, however often the page is opened. Refresh asks at once."""

MOST = 5_000
"""Entries that are kept; no dropdown is longer."""

LONGEST = 500
"""Characters of a value, a label or a problem."""


@dataclass(frozen=True, slots=True)
class OptionList:
    """A live list.

    Attributes:
        entries: value and label, in the vendor's order.
        loaded_at: when it was read; None when never.
        problem: why it could not be read the last time, and what to do; empty when all is well.
    """

    entries: tuple[tuple[str, str], ...] = ()
    loaded_at: datetime | None = None
    problem: str = ""

    @property
    def labels(self) -> dict[str, str]:
        """Value → label."""
        return dict(self.entries)


def load(connection: Connection, name: str, *, refresh: bool = False) -> OptionList:
    """The list ``name`` of a connection; asked of the vendor when it is stale, or when ``refresh`` says so.

    It may take as long as the vendor takes: call it outside of any transaction.

    Raises:
        NotFound: the add-on has no such list.
    """
    cache = OptionsCache.objects.filter(connection=connection, name=name).first()
    info = asking.info_of(connection)
    if info is None:
        return _told(cache, _("The plugin is not running, so the list cannot be read. An operator sees why."))
    if name not in info.options:
        raise NotFound("There is no such list.")
    if cache is not None and not refresh and _is_fresh(cache):
        return _told(cache)
    return _keep(connection, name, asking.ask(connection, info, info.options[name]))


def stored(connection: Connection, name: str) -> OptionList:
    """The list as it was last read, without asking anybody: for whoever is inside of a transaction."""
    return _told(OptionsCache.objects.filter(connection=connection, name=name).first())


def _is_fresh(cache: OptionsCache) -> bool:
    age = clock.now() - cache.tried_at
    return age < (AFTER_A_FAILURE if cache.error else FRESH)


def _told(cache: OptionsCache | None, problem: str = "") -> OptionList:
    if cache is None:
        return OptionList(problem=problem)
    return OptionList(_pairs(cache.data), cache.fetched_at, problem or cache.error)


def _keep(connection: Connection, name: str, answer: Any) -> OptionList:
    now = clock.now()
    read = _read(answer)
    news: dict[str, Any] = {"tried_at": now}
    if isinstance(read, str):
        news["error"] = redact.cut(read, LONGEST)
    else:
        news |= {"data": read, "fetched_at": now, "error": ""}
    cache, _made = OptionsCache.objects.update_or_create(connection=connection, name=name, defaults=news)
    return _told(cache)


def _read(answer: Any) -> list[list[str]] | str:
    """The entries, or the sentence that says why there are none."""
    if isinstance(answer, Outcome):
        return _("The list could not be loaded. {reason} You can type the value in by hand.").format(
            reason=answer.sentence()
        )
    if not isinstance(answer, Mapping):
        return _("The list could not be loaded: the plugin returned something else. You can type the value in by hand.")
    return [[str(value)[:LONGEST], redact.cut(str(label), LONGEST)] for value, label in list(answer.items())[:MOST]]


def _pairs(data: Any) -> tuple[tuple[str, str], ...]:
    return tuple((str(value), str(label)) for value, label in data)


def preselect(entries: OptionList, name: str) -> str:
    """The value whose label is the plan's own name (people name a group like the plan that feeds it), or an empty text.

    Case and spaces do not count; a name that two entries bear selects neither.
    """
    wanted = _plain(name)
    found = [value for value, label in entries.entries if _plain(label) == wanted]
    return found[0] if wanted and len(found) == 1 else ""


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
