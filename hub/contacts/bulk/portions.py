"""One portion of a bulk change.

``run`` is called inside a transaction, so what became of the contacts of a portion and the number of the next one stand or fall
together: a worker killed in between leaves no trace, and the portion is done again. A message for a portion that is done finds
another number in the row and does nothing, so messages may come twice.
"""

from __future__ import annotations

from django.db.models import F

from hub.accounts.models import Switch
from hub.audit.actor import Actor
from hub.contacts import many
from hub.contacts.acts import ACTS
from hub.contacts.bulk import ending, whose
from hub.contacts.bulk.changes import LEASE
from hub.contacts.bulk.models import BulkChange, BulkPortion
from hub.contacts.many import NAMED_IN_AUDIT, SLICE, Change
from hub.contacts.reads import selection
from hub.contacts.visibility import Viewer
from hub.db import clock
from hub.db.errors import Problem

MOST_TRIES = 5  # of one portion; then it is the portion and not the weather

State = BulkChange.State


def begin(change_id: int, portion: int) -> bool:
    """Count a try of a portion, in a transaction of its own: it must survive the try.

    False: there is nothing to do, or the account is locked, and the sweep rings again when it no longer is.
    """
    rows = BulkChange.objects.filter(pk=change_id, portion=portion, state=State.RUNNING, account__switch__locked=False)
    if not rows.update(tries=F("tries") + 1, lease_until=clock.now() + LEASE):
        return False
    row = rows.select_for_update(of=("self",)).first()
    if row is None:
        return False
    if row.tries > MOST_TRIES:
        ending.fail(row, f"The next contacts could not be changed, {MOST_TRIES} times over.")
        return False
    return True


def run(change_id: int, portion: int) -> int | None:
    """Do a portion and say which one is next; None when there is none, or when this one is no longer wanted."""
    row = BulkChange.objects.select_for_update().filter(pk=change_id, portion=portion, state=State.RUNNING).first()
    if row is None:
        return None
    meant = BulkPortion.objects.filter(of=row, number=portion).first()
    if meant is None:
        ending.close(row, State.DONE)
        return None
    act = ACTS[row.act]
    try:
        viewer = whose.viewer_for(row, act.permission)
        change = act.change(row.account_id, row.choice)
    except Problem as problem:
        if not Switch.objects.filter(account_id=row.account_id, locked=True).exists():  # while it is, nobody may
            ending.fail(row, problem.sentence)
        return None
    for at in range(0, len(meant.contact_ids), SLICE):
        _change(row, viewer, change, meant.contact_ids[at : at + SLICE])
    return _move_on(row)


def _change(row: BulkChange, viewer: Viewer, change: Change, ids: list[int]) -> None:
    """Those of a slice that are still theirs to change, and count what became of all of it."""
    meant = selection(row.account_id, viewer, ids)
    if row.act != "archive":
        # Put away by somebody else meanwhile: whoever started this did not see them so.
        meant = meant.exclude(archived_at__gt=row.created_at)
    there = many.hold(meant)
    changing = many.make(row.account_id, there, change, by=Actor(**row.by))
    row.changed += len(changing)
    row.unchanged += len(there) - len(changing)
    row.gone += len(ids) - len(there)
    row.named += changing[: NAMED_IN_AUDIT - len(row.named)]


def _move_on(row: BulkChange) -> int | None:
    row.portion, row.tries, row.lease_until = row.portion + 1, 0, clock.now() + LEASE
    if row.left <= 0:
        ending.close(row, State.DONE)
        return None
    row.save(update_fields=["portion", "tries", "lease_until", "changed", "unchanged", "gone", "named"])
    return row.portion
