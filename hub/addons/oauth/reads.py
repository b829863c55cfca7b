"""What an add-on's page shows of a sign-in: never a token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.addons.models import Connection, OAuthGrant
from hub.addons.oauth import hosted
from hub.dispatch import grants
from hub.dispatch.grant_moves import WORKS, State


@dataclass(frozen=True, slots=True)
class Standing:
    """How a sign-in stands.

    Attributes:
        signed_in: calls are made with it.
        kept: there is something to sign out of.
        by, at: who signed in, and when.
        scopes: what was allowed; empty when the vendor did not say.
        account_name: the vendor's account; empty where the vendor does not say it.
        consents: names of what was allowed on top.
        note: why it does not work, where it does not.
    """

    signed_in: bool = False
    kept: bool = False
    by: str = ""
    at: datetime | None = None
    scopes: tuple[str, ...] = ()
    account_name: str = ""
    consents: tuple[str, ...] = ()
    note: str = ""


def standing(connection: Connection | None) -> Standing:
    """Of a connection, or of none."""
    row = OAuthGrant.objects.filter(connection=connection).first() if connection else None
    if row is None or connection is None:
        return Standing()
    works = State(row.state) in WORKS
    auth = hosted.auth_of(connection.addon)
    consents = grants.allowed(auth.consents, row.scopes) if auth else ()
    return Standing(
        works,
        row.tokens is not None,
        row.signed_in_by,
        row.signed_in_at,
        tuple(row.scopes),
        row.signed_in_as,
        consents,
        row.note,
    )


def allows(connection: Connection, consent: str) -> bool:
    """Whether a connection is signed in and was allowed this on top: the name of a :class:`hub.core.auth.Consent`."""
    seen = standing(connection)
    return seen.signed_in and consent in seen.consents


def know_tokens(connection_id: int) -> None:
    """Make this process know the tokens of a connection, so that they are taken out of what it shows."""
    row = OAuthGrant.objects.filter(connection_id=connection_id).first()
    if row is not None and row.tokens is not None:
        row.tokens.reveal()
