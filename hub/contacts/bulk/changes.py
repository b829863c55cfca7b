"""Starting a bulk change, cancelling it, forgetting it. Nothing here changes a contact: that is the portions' work.

Whoever calls ``start`` rings the bell for the first portion (``hub.contacts.actors.ring``) after the commit.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet

from hub.accounts.models import Account
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.contacts.acts import ACTS
from hub.contacts.bulk import ending, reads
from hub.contacts.bulk.models import BulkChange, BulkPortion
from hub.contacts.models import Contact
from hub.db import bulk, clock
from hub.db.errors import Conflict, Problem
from hub.db.scoping import id_of

PORTION = 5_000
"""So many contacts are changed in one transaction: about half a second, for SQLite has one writer and others wait for it."""

LEASE = timedelta(seconds=30)
"""A portion that took longer belongs to a worker that is gone. If it is not, the row's lock keeps the second one out."""

KEPT = timedelta(days=90)
"""How long a bulk change can be looked at after its end; the audit keeps it longer."""

State = BulkChange.State


def start(
    account: Account | int, rows: QuerySet[Contact], act: str, choice: Any, *, token: str, by: Actor
) -> BulkChange:
    """Freeze who is meant and begin. The same token again gives the bulk change that it started the first time.

    Args:
        rows: the contacts, as ``contacts.reads.selection`` made them with the eyes of the person for this act.
        choice: an id or None, or a list of names, as the act wants it.
        token: of the question that was answered.

    Raises:
        Problem: the choice cannot be (``acts``), or there is nobody to change.
    """
    told = ACTS[act].change(account, choice).told
    known = BulkChange.objects.filter(account_id=id_of(account), token=token).first()
    if known:
        return known
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    if not ids:
        raise Problem("There is nobody to change any more.", next="Go back and mark others.")
    now = clock.now()
    values = {
        "act": act, "choice": choice, "verb": told.verb, "told": dict(told.data), "asked": len(ids),
        "by": asdict(by), "owner_id": _owner(by), "created_at": now, "lease_until": now + LEASE,
    }  # fmt: skip
    row, created = BulkChange.objects.get_or_create(account_id=id_of(account), token=token, defaults=values)
    if created:
        portions = [(row.pk, n, ids[n * PORTION : (n + 1) * PORTION]) for n in range(-(-len(ids) // PORTION))]
        bulk.insert(BulkPortion, ("of_id", "number", "contact_ids"), portions)
    return row


def cancel(account: Account | int, change_id: Any, *, by: Actor) -> BulkChange:
    """Stop after the portion at hand. What was changed stays. Raises ``Conflict`` when it has ended already."""
    found = reads.get(account, change_id)
    row = BulkChange.objects.select_for_update().get(pk=found.pk)
    if row.state != State.RUNNING:
        raise Conflict(
            f"This change is {row.get_state_display().lower()} already.",
            next="Look at its report.",
            code="bulk.ended",
        )
    ending.close(row, State.CANCELLED, by=by)
    return row


def forget_old(*, by: Actor) -> int:
    """The job of a day: remove bulk changes that ended long ago. Says how many."""
    old = BulkChange.objects.filter(ended_at__lt=clock.now() - KEPT)
    number = old.count()
    if number:
        old.delete()
        record("forgotten", "bulk_change", "", by=by, data={"changes": number})
    return number


def _owner(by: Actor) -> int | None:
    """Whose rights count: the person shown, while somebody acts as another."""
    id_ = by.acting_as or by.id
    return int(id_) if by.kind == "person" and id_.isdigit() else None
