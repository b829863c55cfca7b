"""The review list: values that came in and are in no list of the account, with how many contacts wait for each (R059)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min

from hub.accounts.models import Account
from hub.contacts.models import Unmatched
from hub.db.scoping import id_of


@dataclass(frozen=True, slots=True)
class Waiting:
    """One value that waits. ``field`` is ``lead_source`` or ``sales_cycle``."""

    field: str
    value: str
    contacts: int
    came_from: str
    since: datetime


def waiting(account: Account | int, most: int = 200) -> list[Waiting]:
    """What waits, the most frequent first."""
    rows = Unmatched.objects.filter(account_id=id_of(account)).values("field", "key")
    told = rows.annotate(
        spelt=Min("value"), contacts=Count("contact_id", distinct=True), source=Max("came_from"), since=Min("at")
    ).order_by("-contacts", "key")[:most]
    return [Waiting(row["field"], row["spelt"], row["contacts"], row["source"], row["since"]) for row in told]
