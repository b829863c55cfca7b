"""Beginning an import of a vendor's records, and its timetable.

Nothing here asks the vendor: whoever called rings the bell for the first page (``hub.imports.actors.ring``) after the commit. To
cancel it, to go on with it and to undo it is in ``hub.imports.changes``, as for files.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import asdict
from datetime import timedelta
from itertools import islice

from django.db.models import Max

from hub.accounts.models import Account
from hub.addons import connections
from hub.addons.models import Manifest
from hub.audit.actor import SYSTEM, Actor
from hub.audit.changes import record
from hub.contacts.incoming import PARTS
from hub.db import clock
from hub.db.errors import Conflict, Invalid, NotFound
from hub.db.scoping import id_of
from hub.imports import alone
from hub.imports.models import Import, ImportSchedule
from hub.imports.vendor import reads, standing
from hub.imports.vendor.pages import LEASE
from hub.notifications.changes import NewNotification, tell_many
from hub.users import leaders

OVERLAP = timedelta(days=1)
"""An import asks for what changed since a day before the last one began: clocks differ, and vendors write late. Whoever comes
twice is recognised."""

LEAST_MINUTES, MOST_MINUTES = 15, 24 * 60

BUSY = timedelta(minutes=2)
"""How soon a timetable tries again whose connection another account uses just now."""

QUIET_DAYS = 2
"""How long an import of the timetable that brought nothing stays in the list."""

NEWS = ("created", "updated", "broken", "enrolled", "warned")
"""Counts that make an import worth keeping."""

MOST_AT_ONCE = 1_000

PLACE = "place"
"""Under this an import's mapping remembers where it asked."""

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
    now, place = clock.now(), _place(state.connection_id)
    before = None if everything else reads.last(account, addon, trigger)
    if before is not None and before.mapping.get(PLACE, place) != place:
        before = None  # it asked elsewhere, and says nothing of who came there before
    row = Import(
        account_id=id_of(account), kind=Import.Kind.VENDOR, name=f"{info.title}: {way_in.title}"[:200], addon=addon,
        trigger=trigger, connection_id=state.connection_id, scheduled=scheduled, dry=dry,
        since=before.started_at - OVERLAP if before and before.started_at else None,
        state=State.CHECKING if dry else State.RUNNING, by=asdict(by), created_at=now, started_at=now, page=1,
        lease_until=now + LEASE, mapping={PLACE: place},
    )  # fmt: skip
    alone.refuse_another(row)
    row.save(force_insert=True)
    record(str(row.state), "import", row.pk, by=by, account_id=row.account_id, data={"name": row.name})
    return row


def _place(connection_id: int | None) -> str:
    """Where at the vendor an import asks: another text as soon as a setting is another one, such as the number of the store."""
    found = connections.by_id([connection_id] if connection_id is not None else [])
    settings = found[connection_id].settings if connection_id in found else {}
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]


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


def switch_all_off(why: str, *, by: Actor) -> int:
    """Switch every timetable of the installation off, and tell those in charge of each account why. Says how many there were."""
    rows = list(ImportSchedule.objects.filter(on=True).order_by("account_id", "pk"))
    ImportSchedule.objects.filter(pk__in=[row.pk for row in rows]).update(on=False, next_at=None)
    titles = dict(Manifest.objects.values_list("addon", "title"))
    for row in rows:
        data = {"on": False, "minutes": row.every_minutes, "trigger": row.trigger}
        record("import_scheduled", "addon", row.addon, by=by, account_id=row.account_id, data=data)
        told = {"name": titles.get(row.addon) or row.addon, "text": why}
        url = f"/a/{row.account_id}/add-ons/{row.addon}/import"
        people = leaders.in_charge(row.account_id)
        tell_many(NewNotification(row.account_id, user_id, "import.failed", told, url) for user_id in people)
    return len(rows)


def set_overwrites(
    account: Account | int, addon: str, trigger: str, parts: Collection[str], *, by: Actor
) -> ImportSchedule:
    """Which parts of contacts that are known already an import keeps as the vendor has them; the others it only fills in (R063).

    Raises:
        Invalid: there is no such part.
    """
    if not set(parts) <= PARTS.keys():
        raise Invalid({"overwrites": "Choose from the list."})
    row = reads.schedule(account, addon, trigger)
    row.overwrites = [part for part in PARTS if part in parts]
    row.save()
    data = {"parts": row.overwrites, "trigger": trigger}
    record("import_overwrites_set", "addon", addon, by=by, account_id=row.account_id, data=data)
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
        if reads.at_work(row.account_id, row.addon) is None:
            row.next_at = now + BUSY
            row.save(update_fields=["next_at"])
        return None


def forget_quiet(*, by: Actor) -> int:
    """The job of an hour: remove imports of timetables that brought nothing, all but the last success. Says how many went."""
    old = clock.now() - timedelta(days=QUIET_DAYS)
    rows = Import.objects.filter(kind=Import.Kind.VENDOR, scheduled=True, state=State.DONE)
    newest = rows.values("account_id", "addon", "trigger").annotate(last=Max("pk")).values_list("last", flat=True)
    found = rows.filter(ended_at__lt=old).exclude(pk__in=set(newest)).values_list("pk", "counts")
    idle = (pk for pk, counts in found.order_by("pk").iterator() if not any(counts.get(name) for name in NEWS))
    quiet = list(islice(idle, MOST_AT_ONCE))
    if quiet:
        Import.objects.filter(pk__in=quiet).delete()
        record("forgotten", "imports", "", by=by, data={"imports": len(quiet)})
    return len(quiet)
