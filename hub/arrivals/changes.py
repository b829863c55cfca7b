"""What a person asks for."""

from __future__ import annotations

from hub.addons.models import Connection
from hub.arrivals import entrances
from hub.arrivals.models import Arrival
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.db import clock
from hub.db.errors import Conflict


def show_token(connection: Connection, *, by: Actor) -> str:
    """The token of a connection's address, for one look; that it was shown is written down, for whoever has it may deliver."""
    token = entrances.token_of(connection)
    record("address_shown", "addon", connection.addon, by=by, account_id=connection.account_id)
    return token


def replay(row: Arrival, *, by: Actor) -> None:
    """Let the plugin's handler have a delivery once more. Raises ``Conflict`` where its bytes are no longer kept."""
    if not bytes(row.body):
        raise Conflict("This delivery is older than thirty days; its content is no longer kept.", code="arrivals.gone")
    rows = Arrival.objects.filter(pk=row.pk).exclude(state=Arrival.State.WAITING)
    if rows.update(state=Arrival.State.WAITING, tries=0, problem="", lease_until=clock.now()):
        data = {"name": row.name, "addon": row.addon}
        record("delivery_replayed", "addon", row.addon, by=by, account_id=row.account_id, data=data)
