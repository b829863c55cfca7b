"""Finding what was moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from hub.engine.archiving.models import ArchivedCount, ArchivedRun


def run(account_id: int, run_id: UUID, scope: Q | None = None) -> ArchivedRun | None:
    """An archived run of the account; None when there is none.

    Args:
        scope: a further condition, for people who see only some contacts.
    """
    return ArchivedRun.objects.filter(scope or Q(), account_id=account_id, pk=run_id).first()


def tried(run_ids: Collection[UUID]) -> set[UUID]:
    """Those of these that are in the archive and of which something was tried."""
    return set(ArchivedRun.objects.filter(pk__in=run_ids, attempts__gt=0).values_list("pk", flat=True))


def sent_since(account_id: int, contact_ids: Collection[int], action_type: str, since: datetime) -> set[int]:
    """Those of these contacts for whom a costly step of this kind was done since then, as far as the archive knows."""
    rows = ArchivedRun.objects.filter(
        account_id=account_id, contact_id__in=contact_ids, action_type=action_type, costly=True, state="done",
        closed_at__gte=since,
    )  # fmt: skip
    return set(rows.values_list("contact_id", flat=True))


def counts(account_id: int, since: date, until: date) -> dict[str, int]:
    """How many archived runs of an account closed on these days (UTC, the last not included), by state."""
    rows = ArchivedCount.objects.filter(account_id=account_id, day__gte=since, day__lt=until).order_by()
    numbers = Counter[str]()
    for state, number in rows.values_list("state", "number"):
        numbers[state] += number
    return dict(numbers)
