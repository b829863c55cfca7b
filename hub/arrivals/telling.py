"""Events that were pushed are told in the history of the contact they are about, beside the step where they name one.

Whom an event is about is asked in this order: our own reference, which the vendor gives back; the vendor's id of what a step
made; the vendor's id of the contact.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from hub.arrivals.models import Arrival
from hub.contacts.models import ExternalId
from hub.core.records import Event
from hub.db import installation
from hub.engine.models import Attempt
from hub.history import changes as history
from hub.history.changes import NewNote
from hub.plans.models import StepRun

_OURS = re.compile(r"hub-(?P<ref>[^-]+)-(?P<run>[0-9a-f]{32})-\d+")


@dataclass(frozen=True, slots=True)
class About:
    """Whom an event is about."""

    contact_id: int
    run_id: UUID | None = None
    enrollment_id: int | None = None


def tell(row: Arrival, event: Event) -> int:
    """Write a line; 0 where nobody is found whom it is about."""
    about = _about(row, event)
    if about is None:
        return 0
    name = event.name.partition(".")[2].replace("_", " ")
    data = {"text": f"{name[:1].upper()}{name[1:]}.", "addon": row.addon, **dict(event.data)}
    note = NewNote(row.account_id, about.contact_id, event.name, data, about.run_id, about.enrollment_id, row.addon)
    return history.add_many([note])


def _about(row: Arrival, event: Event) -> About | None:
    run = _run(row, event.reference)
    if run is not None:
        return About(run.contact_id, run.pk, run.enrollment_id)
    if not event.contact:
        return None
    known = ExternalId.objects.filter(account=row.account_id, source=row.addon, value=event.contact[:120]).first()
    return About(known.contact_id) if known else None


def _is_ours(named: re.Match[str]) -> bool:
    """This installation's, as it is called now or as an attempt of ours was called before a restore."""
    if named["ref"] == installation.ref():
        return True
    return Attempt.objects.filter(run_id=UUID(named["run"]), key=named[0]).exists()


def _run(row: Arrival, reference: str) -> StepRun | None:
    if not reference:
        return None
    runs = StepRun.objects.filter(account=row.account_id, addon=row.addon)
    named = _OURS.fullmatch(reference)
    if named and _is_ours(named):
        return runs.filter(pk=UUID(named["run"])).first()
    made = Attempt.objects.filter(connection_id=row.connection_id, vendor_id=reference[:200]).order_by("-pk").first()
    return runs.filter(pk=made.run_id).first() if made else None
