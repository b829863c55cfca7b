"""Every write to a sign-in that a person asks for. What a renewal writes is :mod:`hub.addons.oauth.keeping`'s."""

from __future__ import annotations

from dataclasses import replace

from hub.addons.health import set_health
from hub.addons.models import Connection, OAuthGrant, OAuthState, OptionsCache
from hub.addons.oauth import keeping, wording
from hub.addons.writing import Freed, as_new, freed, write_down
from hub.audit.actor import Actor
from hub.db import clock
from hub.dispatch import grant_moves
from hub.dispatch.grant_moves import Grant, State
from hub.dispatch.grants import Tokens

LONGEST_LABEL = 200


def sign_in(connection: Connection, tokens: Tokens, *, by: Actor, account_name: str = "") -> Freed:
    """Write down that somebody signed in. Says which held steps may go on.

    Args:
        account_name: the vendor's account, where the vendor says it.
    """
    OAuthGrant.objects.get_or_create(connection=connection, defaults={"state": State.OUT})
    row = keeping.locked(connection.pk)
    assert row is not None
    row.signed_in_by, row.signed_in_at = by.label[:LONGEST_LABEL], clock.now()
    row.signed_in_as = account_name
    keeping.write(row, Grant(State.GOOD, row.version + 1, tokens))
    OptionsCache.objects.filter(connection=connection).delete()
    as_new(connection)
    data = {"scopes": list(tokens.scopes)}
    write_down("signed_in", connection, by=by, data=data)
    return freed(connection)


def sign_out(connection: Connection, title: str, *, by: Actor) -> Tokens | None:
    """Wipe the tokens, and hand them back once so that the vendor can be told. None: nobody was signed in."""
    row = keeping.locked(connection.pk)
    if row is None or row.tokens is None:
        return None
    before = keeping.read(row)
    note = grant_moves.signed_out(title)
    keeping.write(row, Grant(State.OUT, row.version + 1, None, note=note))
    under_way = OAuthState.objects.filter(account_id=connection.account_id, addon=connection.addon)
    under_way.filter(owner=connection.user_id).delete()
    _needs_sign_in(connection, note, by)
    write_down("signed_out", connection, by=by)
    return before.tokens


def try_again(connection: Connection) -> bool:
    """A person wants to know whether a sign-in still holds. False: there is nothing that could be tried."""
    row = keeping.locked(connection.pk)
    before = keeping.read(row) if row else None
    after = grant_moves.tried_again(before, clock.now()) if before else None
    if row is None or after is None or after == before:
        return False
    keeping.write(row, after)
    return True


def app_replaced(connection: Connection, title: str, *, by: Actor) -> None:
    """Another app than the one that signed in: its tokens are not this one's."""
    _refuse(connection, f"The app for {title} was changed. An admin signs in with the new one under Add-Ons.", by)


def account_replaced(connection: Connection, title: str, field: str, name: str, *, by: Actor) -> None:
    """The form names another account than the one that signed in: nothing goes out in that one's name."""
    row = OAuthGrant.objects.filter(connection=connection).first()
    if row is not None and row.signed_in_as.casefold() != name.casefold():
        _refuse(connection, wording.account_changed(title, field), by)


def _refuse(connection: Connection, note: str, by: Actor) -> None:
    row = keeping.locked(connection.pk)
    if row is None or row.tokens is None:
        return
    keeping.write(row, replace(keeping.read(row), state=State.REFUSED, until=None, note=note))
    _needs_sign_in(connection, note, by)


def _needs_sign_in(connection: Connection, note: str, by: Actor) -> None:
    set_health(connection.pk, Connection.Health.NEEDS_SIGN_IN, note, by=by)
