"""Beginning an import of a vendor's records, and its timetable.

Nothing here asks the vendor: whoever called rings the bell for the first page (``hub.imports.actors.ring``) after the commit. To
cancel it, to go on with it and to undo it is in ``hub.imports.changes``, as for files.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

from hub.accounts.models import Account
from hub.addons import connections
from hub.audit.actor import SYSTEM, Actor
from hub.audit.changes import record
from hub.db import clock
from hub.db.errors import Conflict, Invalid, NotFound
from hub.db.scoping import id_of
from hub.imports import alone
from hub.imports.models import Import, ImportSchedule
from hub.imports.vendor import reads, standing
from hub.imports.vendor.pages import LEASE

OVERLAP = timedelta(days=1)
"""An import asks for what changed since a day before the last one began: clocks differ, and vendors write late. Whoever comes
twice is recognised."""

LEAST_MINUTES, MOST_MINUTES = 15, 24 * 60

State = Import.State


def start(
    account: Account | int,
    addon: str,
    trigger: str,
    *,
    by: Actor,
    dry: bool = False,
    everything: bool = False,
    scheduled: bool = False,
) -> Import:
    """Begin an import.

    Args:
        dry: everything is asked and decided, nothing is written but counts and the report.
        everything: not only what changed since the last success.
        scheduled: the timetable asks. Then it begins where the add-on is off or needs an admin, too, and waits with the reason.

    Raises:
        NotFound: the add-on brings no such records.
        Conflict: another import is at work over this connection; or, by hand, the add-on is not active here.
    """
    found = standing.trigger_of(addon, trigger)
    if found is None:
        raise NotFound("This add-on brings no such records.")
    info, way_in = found
    state = connections.state_of(account, addon)
    if not state.active and not scheduled:
        raise Conflict(state.sentence, code="imports.addon_inactive")
    now, before = clock.now(), None if everything else reads.last(account, addon, trigger)
    row = Import(
        account_id=id_of(account), kind=Import.Kind.VENDOR, name=f"{info.title}: {way_in.title}"[:200], addon=addon,
        trigger=trigger, connection_id=state.connection_id, scheduled=scheduled, dry=dry,
        since=before.started_at - OVERLAP if before and before.started_at else None,
        state=State.CHECKING if dry else State.RUNNING, by=asdict(by), created_at=now, started_at=now, page=1,
        lease_until=now + LEASE,
    )  # fmt: skip
    alone.refuse_another(row)
    row.save(force_insert=True)
    record(str(row.state), "import", row.pk, by=by, account_id=row.account_id, data={"name": row.name})
    return row


def set_schedule(
    account: Account | int, addon: str, trigger: str, *, on: bool, every_minutes: int, by: Actor
) -> ImportSchedule:
    """Switch the timetable on or off.

    Raises:
        Invalid: so many minutes are too few or too many.
        Conflict: no import begun by hand has succeeded yet.
    """
    if not LEAST_MINUTES <= every_minutes <= MOST_MINUTES:
        raise Invalid({"every_minutes": f"Choose {LEAST_MINUTES} to {MOST_MINUTES} minutes."})
    if on and reads.last(account, addon, trigger) is None:
        raise Conflict(
            "The timetable can be switched on after the first import.",
            next="Import once by hand and look at its report.",
            code="imports.first_by_hand",
        )
    row = reads.schedule(account, addon, trigger)
    row.on, row.every_minutes = on, every_minutes
    row.next_at = clock.now() + timedelta(minutes=every_minutes) if on else None
    row.save()
    data = {"on": on, "minutes": every_minutes, "trigger": trigger}
    record("import_scheduled", "addon", addon, by=by, account_id=row.account_id, data=data)
    return row


def begin_due(schedule_id: int) -> Import | None:
    """Begin the import of a timetable whose time has come. None: it was begun meanwhile, or one before it is still at work.

    Times that were missed are made up for once, not one by one.
    """
    now = clock.now()
    rows = ImportSchedule.objects.select_for_update(of=("self",)).filter(pk=schedule_id, on=True, next_at__lte=now)
    row = rows.first()
    if row is None:
        return None
    row.next_at = now + timedelta(minutes=row.every_minutes)
    row.save(update_fields=["next_at"])
    try:
        return start(row.account_id, row.addon, row.trigger, by=SYSTEM, scheduled=True)
    except (Conflict, NotFound):
        return None
