"""What an add-on's page shows of a sign-in: never a token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.addons.models import Connection, OAuthGrant
from hub.dispatch.grant_moves import WORKS, State


@dataclass(frozen=True, slots=True)
class Standing:
    """How a sign-in stands.

    Attributes:
        signed_in: calls are made with it.
        kept: there is something to sign out of.
        by, at: who signed in, and when.
        scopes: what was allowed; empty when the vendor did not say.
    """

    signed_in: bool = False
    kept: bool = False
    by: str = ""
    at: datetime | None = None
    scopes: tuple[str, ...] = ()


def standing(connection: Connection | None) -> Standing:
    """Of a connection, or of none."""
    row = OAuthGrant.objects.filter(connection=connection).first() if connection else None
    if row is None:
        return Standing()
    works = State(row.state) in WORKS
    return Standing(works, row.tokens is not None, row.signed_in_by, row.signed_in_at, tuple(row.scopes))


def know_tokens(connection_id: int) -> None:
    """Make this process know the tokens of a connection, so that they are taken out of what it shows."""
    row = OAuthGrant.objects.filter(connection_id=connection_id).first()
    if row is not None and row.tokens is not None:
        row.tokens.reveal()
