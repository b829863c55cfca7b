"""What an account may spend: limits on costly steps by the day, and for how long a repeat is asked about.

A costly step is one whose call the plugin declares ``costly``: a gift, postage, a paid text. Limits count steps, not money, for
only the vendor knows the price. The engine counts what was sent (``hub.engine.guards.spending``); this is what people have set.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.conf import settings

from hub.addons.models import Budget, Manifest
from hub.core import manifest as core

REPEAT_DAYS = 30
"""Unless the account says otherwise: so long the same costly thing is not sent to a contact again without a person's word."""

LONGEST_REPEAT_DAYS = 365
MOST_PER_DAY = 1_000_000

ALL = ""
"""Stands for an account's add-ons together."""


@dataclass(frozen=True, slots=True)
class Limits:
    """An account's limits.

    Attributes:
        per_day: add-on (or :data:`ALL`) → costly steps a day, of those that have a limit. Nought lets none through.
        repeat_days: 0 asks never.
    """

    per_day: Mapping[str, int] = field(default_factory=dict)
    repeat_days: int = REPEAT_DAYS


def of(account_ids: Iterable[int]) -> dict[int, Limits]:
    """The limits of these accounts, in one query."""
    wanted = set(account_ids)
    per_day: dict[int, dict[str, int]] = {account: {} for account in wanted}
    repeat = dict.fromkeys(wanted, REPEAT_DAYS)
    for row in Budget.objects.filter(account_id__in=wanted):
        if row.per_day is not None:
            per_day[row.account_id][row.addon] = row.per_day
        if row.addon == ALL and row.repeat_days is not None:
            repeat[row.account_id] = row.repeat_days
    return {account: Limits(per_day[account], repeat[account]) for account in wanted}


def longest_repeat_days() -> int:
    """As far back as the engine can look: what is older is in the archive."""
    return min(LONGEST_REPEAT_DAYS, settings.HUB_KEEP_RUNS_DAYS or LONGEST_REPEAT_DAYS)


def costly_addons() -> dict[str, str]:
    """Every installed add-on with a costly call: name → title."""
    rows = Manifest.objects.order_by("title")
    return {row.addon: row.title for row in rows if may_cost(core.Manifest.model_validate(row.data))}


def may_cost(manifest: core.Manifest) -> bool:
    """Whether some call of the add-on costs money. Which of its actions makes that call, no manifest knows."""
    return any(one.costly for one in manifest.endpoints)
