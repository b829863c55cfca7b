"""The addresses at which vendors deliver: one for each connection, made when somebody asks for it."""

from __future__ import annotations

import hashlib
import secrets

from hub.addons.models import Connection
from hub.arrivals.models import Entrance
from hub.db import clock

TOKEN_BYTES = 16


def token_of(connection: Connection) -> str:
    """The token of a connection's address; made now if there is none. Inside the caller's transaction."""
    row = Entrance.objects.filter(connection=connection).first()
    if row is None:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        row = Entrance(connection=connection, token_hash=_hash(token), made_at=clock.now())
        row.token = token
        row.save(force_insert=True)
    return str(row.token.reveal())


def connection_of(token: str) -> Connection | None:
    """Whose address this is."""
    row = Entrance.objects.filter(token_hash=_hash(token)).select_related("connection__account").first()
    return row.connection if row else None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
