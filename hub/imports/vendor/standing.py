"""May an import go on now, and if not, why not: the doorway's answer and the account's switch, asked before every turn.

It waits with a sentence and is looked at again after :data:`AGAIN`, for as long as it takes; nothing is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from hub.accounts.models import Switch
from hub.addons import connections, installed
from hub.core.addon import AddOnInfo
from hub.core.records import Trigger
from hub.imports.models import Import

AGAIN = timedelta(minutes=1)
"""How soon somebody looks again whether the cause is gone."""

Resting = Callable[[int], Collection[int]]
"""An account's id → the connections over which nothing goes at the moment, because their vendor does not answer properly."""

_resting: Resting | None = None


def use(resting: Resting) -> None:
    """Say who knows which connections rest: the engine's breakers, which stand beside this room. Said once, at the start."""
    global _resting
    _resting = resting


@dataclass(frozen=True, slots=True)
class Waits:
    """Not now. ``again`` is when to look again."""

    why: str
    again: datetime


@dataclass(frozen=True, slots=True)
class Ready:
    """What is asked, and over which connection."""

    info: AddOnInfo
    trigger: Trigger
    connection_id: int | None


def trigger_of(addon: str, name: str) -> tuple[AddOnInfo, Trigger] | None:
    """The loaded add-on and its trigger; None while either is missing."""
    plugin = installed.plugin(addon)
    ways = plugin.ways_in if plugin else ()
    trigger = next((way for way in ways if isinstance(way, Trigger) and way.name == name), None)
    return (plugin.info, trigger) if plugin and trigger else None


def of(row: Import, now: datetime) -> Ready | Waits:
    """How an import stands."""
    state = connections.state_of(row.account_id, row.addon)
    why = _switch(row.account_id) or ("" if state.active else " ".join(filter(None, [state.sentence, state.detail])))
    if why:
        return Waits(why, now + AGAIN)
    if state.blocked_until is not None and state.blocked_until > now:
        until = timezone.localtime(state.blocked_until)
        return Waits(
            _("The vendor asked to be left alone until %(at)s.") % {"at": f"{until:%H:%M}"}, state.blocked_until
        )
    if _resting is not None and state.connection_id in _resting(row.account_id):
        rests = _(
            "The vendor does not answer properly, so the connection rests. The import goes on when an answer comes."
        )
        return Waits(rests, now + AGAIN)
    found = trigger_of(row.addon, row.trigger)
    if found is None:
        return Waits(
            _("The add-on no longer brings these records. An operator sees why on the plugins' page."), now + AGAIN
        )
    return Ready(*found, state.connection_id)


def _switch(account_id: int) -> str:
    switch = Switch.objects.filter(account_id=account_id).first()
    if switch is None or switch.is_open:
        return ""
    if switch.locked:
        return _("The account is locked. The import goes on when it is unlocked.")
    return _("The account is paused. The import goes on when it is active again.")
