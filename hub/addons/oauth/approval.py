"""Where the customer's own administrator must allow the app first: neither the person at the button nor an admin here can.

Providers say it in words of their own when somebody comes back from their page without a code; the add-on names those words,
and the page at which an administrator allows the app (:class:`hub.core.auth.OAuth2`). The sign-in then waits, with the link,
until somebody signs in once it is allowed. A sign-in that works is left as it is.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from hub.addons.health import set_health
from hub.addons.models import Connection, OAuthGrant
from hub.addons.oauth import keeping
from hub.audit.actor import Actor
from hub.core.addon import AddOnInfo
from hub.core.auth import OAuth2
from hub.db.errors import Problem
from hub.dispatch.grant_moves import WORKS, Grant, State
from hub.dispatch.grants import Client


def needed(info: AddOnInfo, code: str, description: str) -> bool:
    """Whether this *no* of the provider's is an administrator's to change."""
    assert isinstance(info.auth, OAuth2)
    return any(word in f"{code} {description}" for word in info.auth.approval_words)


def problem(info: AddOnInfo, client: Client) -> Problem:
    """What the person is told."""
    return Problem(
        _("%(title)s lets only an administrator of your organisation allow the hub's app. Nobody was signed in.")
        % {"title": info.title},
        _("Your administrator"),
        _(
            "Send your administrator this link: %(link)s. Once it is allowed, press Sign in again; steps wait until then."
        )
        % {"link": _link(info, client)},
        code="oauth.approval",
    )


def wait(connection: Connection, info: AddOnInfo, client: Client, *, by: Actor) -> None:
    """Write down that it waits for an administrator. Call it inside a transaction."""
    OAuthGrant.objects.get_or_create(connection=connection, defaults={"state": State.OUT})
    row = keeping.locked(connection.pk)
    assert row is not None
    before = keeping.read(row)
    if before.state in WORKS and before.tokens is not None:
        return
    note = note_of(info, client, whose=connection.user_id)
    keeping.write(row, Grant(before.state, row.version + 1, before.tokens, note=note))
    set_health(connection.pk, Connection.Health.NEEDS_ADMIN, note, by=by)


def note_of(info: AddOnInfo, client: Client, whose: int | None = None) -> str:
    """What is said of every step that waits meanwhile.

    Args:
        whose: the person whose mailbox it is.
    """
    then = (
        "an admin signs in under Add-Ons" if whose is None else "its owner signs in under Settings, Email (SMTP & IMAP)"
    )
    return (
        f"The sign-in to {info.title} waits for your administrator, who allows the hub's app at {_link(info, client)}. Then "
        f"{then}; what waits goes on in order."
    )


def _link(info: AddOnInfo, client: Client) -> str:
    assert isinstance(info.auth, OAuth2)
    return info.auth.approval_url.replace("{client_id}", client.id)
