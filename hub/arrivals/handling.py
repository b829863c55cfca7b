"""From a stored delivery to what it means: the plugin's handler, outside of any transaction, then everything that follows in one.

A worker may die anywhere: the delivery is handled again, and contacts are recognised, plans know who was put on them, and the row
says whether it is done.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta

from django.db.models import F
from pydantic import TypeAdapter, ValidationError

from hub.accounts import reads as accounts
from hub.addons import connections, installed
from hub.arrivals import placing, telling
from hub.arrivals.models import Arrival
from hub.arrivals.taking import LEASE, webhooks_of
from hub.core.guard import Failed, limited
from hub.core.records import Event, Record
from hub.db import clock
from hub.dispatch.receiving import Handled, handled

MOST_TRIES = 5
LATER = timedelta(minutes=5)
"""How soon it is looked again whether an account or an add-on goes on."""

SOON = timedelta(seconds=20)
"""The same for a plugin whose handlers have not come back from other deliveries."""

State = Arrival.State


@dataclass(frozen=True, slots=True)
class Ready:
    """A delivery to be handled now."""

    id: int
    addon: str
    name: str
    body: bytes


def begin(arrival_id: int) -> Ready | None:
    """Count a try, in a transaction of its own. None: it is done, in good hands, or it waits for its account or add-on."""
    now = clock.now()
    row = Arrival.objects.select_for_update(of=("self",)).filter(pk=arrival_id, state=State.WAITING).first()
    if row is None or (row.tries and row.lease_until > now):
        return None
    why, crowded = _why_not(row), installed.crowded(row.addon)
    if why or crowded:
        Arrival.objects.filter(pk=row.pk).update(
            waits=(why or crowded)[:300], lease_until=now + (LATER if why else SOON)
        )
        return None
    if row.tries >= MOST_TRIES:
        fail(row.pk, f"It was begun {MOST_TRIES} times and never came to its end.")
        return None
    Arrival.objects.filter(pk=row.pk).update(tries=F("tries") + 1, lease_until=now + LEASE, waits="")
    return Ready(row.pk, row.addon, row.name, bytes(row.body))


def _why_not(row: Arrival) -> str:
    if accounts.closed([row.account_id]):
        return "The account is paused or locked."
    state = connections.state_of(row.account_id, row.addon)
    return "" if state.active else state.sentence


def understood(ready: Ready) -> Handled:
    """What the plugin makes of it. No transaction is open: the handler is a stranger's."""
    webhook = next((one for one in webhooks_of(ready.addon) if one.name == ready.name), None)
    if webhook is None:
        return Handled(reason=f"The add-on declares no webhook {ready.name} any more.")
    try:
        data = json.loads(ready.body)
        payload = limited(lambda: TypeAdapter(webhook.payload).validate_python(data), ValidationError)
    except (ValidationError, ValueError, RecursionError, Failed):
        return Handled(reason="The delivery no longer looks as the add-on declares it.")
    return handled(ready.addon, replace(webhook, handle=installed.counted(ready.addon, webhook.handle)), payload)


def finish(ready: Ready, found: Handled) -> None:
    """Write down what it came to. Inside a transaction of the caller's."""
    if found.reason:
        fail(ready.id, found.reason)
        return
    row = Arrival.objects.select_for_update(of=("self",)).filter(pk=ready.id, state=State.WAITING).first()
    if row is None:
        return
    records = [one for one in found.found if isinstance(one, Record)]
    events = [one for one in found.found if isinstance(one, Event)]
    came_to = {"records": len(records), "events": len(events)}
    if records:
        came_to |= placing.place(row, records)
    came_to["told"] = sum(telling.tell(row, event) for event in events)
    row.state, row.problem, row.came_to, row.handled_at = State.DONE, "", came_to, clock.now()
    row.save(update_fields=["state", "problem", "came_to", "handled_at"])


def fail(arrival_id: int, reason: str) -> None:
    """It waits for somebody to play it again."""
    rows = Arrival.objects.filter(pk=arrival_id, state=State.WAITING)
    rows.update(state=State.FAILED, problem=reason[:500], handled_at=clock.now())
