"""What a person asks for."""

from __future__ import annotations

from hub.arrivals.models import Arrival
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.db import clock
from hub.db.errors import Conflict


def replay(row: Arrival, *, by: Actor) -> None:
    """Let the plugin's handler have a delivery once more. Raises ``Conflict`` where its bytes are no longer kept."""
    if not bytes(row.body):
        raise Conflict("This delivery is older than thirty days; its content is no longer kept.", code="arrivals.gone")
    rows = Arrival.objects.filter(pk=row.pk).exclude(state=Arrival.State.WAITING)
    if rows.update(state=Arrival.State.WAITING, tries=0, problem="", lease_until=clock.now()):
        data = {"name": row.name, "addon": row.addon}
        record("delivery_replayed", "addon", row.addon, by=by, account_id=row.account_id, data=data)
