"""How a bulk change ends: one audit row for the whole, and a word to the person who started it."""

from __future__ import annotations

from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.contacts.acts import ACTS
from hub.contacts.bulk.models import BulkChange, BulkPortion
from hub.db import clock
from hub.notifications.changes import NewNotification, tell_many

State = BulkChange.State


def fail(row: BulkChange, problem: str) -> None:
    """It cannot go on. What was changed stays."""
    row.problem = problem[:500]
    close(row, State.FAILED)


def close(row: BulkChange, state: BulkChange.State, *, by: Actor | None = None) -> None:
    """End it, by itself or ``by`` somebody who cancelled it."""
    row.state, row.ended_at, row.lease_until = state, clock.now(), None
    row.save()
    BulkPortion.objects.filter(of=row).delete()
    _audit(row, by)
    if by is None or by.id != row.by.get("id"):
        _tell(row, by)


def summary(row: BulkChange) -> str:
    """What became of the contacts, in one sentence."""
    parts = [
        (row.changed, "changed"),
        (row.unchanged, "were so already"),
        (row.gone, "left alone"),
        (row.left, "not reached"),
    ]
    return ", ".join(f"{number:,} {words}" for number, words in parts if number) + "."


def _audit(row: BulkChange, by: Actor | None) -> None:
    """One row for the whole, by the person who started it; it names who cancelled, if somebody did."""
    data = {
        **row.told, "contacts": row.changed, "asked": row.asked, "unchanged": row.unchanged, "left_alone": row.gone,
        "ended": row.state, "bulk_change": row.pk, "ids": row.named, "cancelled_by": by.label if by else "",
    }  # fmt: skip
    verb = row.verb
    record(verb, "contact", "", by=Actor(**row.by), account_id=row.account_id, data=data)


def _tell(row: BulkChange, by: Actor | None) -> None:
    if row.by.get("kind") != "person" or not str(row.by.get("id", "")).isdigit():
        return
    text = " ".join(part for part in (row.problem, summary(row)) if part)
    data = {"name": ACTS[row.act].title, "text": text, "user": by.label if by else ""}
    url = f"/a/{row.account_id}/contacts/changes/{row.pk}"
    tell_many([NewNotification(row.account_id, int(row.by["id"]), f"bulk.{row.state}", data, url=url)])
