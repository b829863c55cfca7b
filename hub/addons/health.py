"""What the vendor says of a connection: writing down its health, and how long it wants to be left alone."""

from __future__ import annotations

from datetime import datetime

from hub.addons.models import Connection
from hub.addons.writing import Freed, freed, write_down
from hub.audit.actor import Actor
from hub.core import redact
from hub.db import clock

LONGEST_NOTE = 500
"""Characters."""


def set_health(
    connection_id: int,
    health: str,
    note: str = "",
    *,
    by: Actor,
    version: int | None = None,
    blocked_until: datetime | None = None,
) -> Freed:
    """Write down what a call or a test has shown.

    Args:
        version: of the settings the call was made with; what it showed does not count for newer ones.
        blocked_until: the vendor wants to be left alone until then; None leaves what is stored.
    """
    rows = Connection.objects.filter(pk=connection_id)
    if version is not None:
        rows = rows.filter(version=version)
    connection = rows.defer("secrets", "settings").first()
    later = {} if blocked_until is None else {"blocked_until": blocked_until}
    told = rows.update(health=health, health_note=redact.cut(note, LONGEST_NOTE), checked_at=clock.now(), **later)
    if connection is None or not told:
        return Freed("")
    before = connection.health
    if before == health:
        return Freed(connection.addon)
    data = {"from": before, "to": str(health), "note": note[:LONGEST_NOTE]}
    write_down("health_changed", connection, by=by, data=data)
    return freed(connection) if health == Connection.Health.OK else Freed(connection.addon)


def leave_alone(connection_id: int, until: datetime) -> None:
    """The vendor asked the whole connection to wait: every process heeds it from now on."""
    rows = Connection.objects.filter(pk=connection_id)
    rows.exclude(blocked_until__gt=until).update(blocked_until=until)
