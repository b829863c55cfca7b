"""The row of a connection, for whoever writes it: made at the first need, written, told of, and which held steps that frees.

A room of its own, so that what changes a connection (``changes``, ``health``, ``lending``, ``oauth``) stands on it side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from hub.accounts.models import Account
from hub.addons import connections, installed
from hub.addons.models import Connection, Manifest
from hub.addons.oauth import hosted
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.core.auth import OAuth2
from hub.db import clock
from hub.db.errors import NotFound, Problem
from hub.dispatch.grant_moves import signed_out

MAIL = "mail"
"""The add-on of the steps that mailboxes carry."""


@dataclass(frozen=True, slots=True)
class Freed:
    """Which held steps a change may have set free: those of this add-on in these accounts. Empty: none."""

    addon: str
    account_ids: tuple[int, ...] = ()


FRESH: dict[str, Any] = {
    "health": Connection.Health.UNKNOWN, "health_note": "", "checked_at": None, "blocked_until": None, "rate_at": None,
}  # fmt: skip
"""What is known about a credential that was never tried."""


def known(addon: str) -> Manifest:
    """What is known of an add-on that can be switched. Raises ``NotFound``."""
    manifest = Manifest.objects.filter(pk=addon, always_on=False).first()
    if manifest is None:
        raise NotFound("There is no such add-on.")
    return manifest


def _available(account: Account, addon: str) -> None:
    """What no operator has made available here cannot be set up here, whatever an address or a form says."""
    manifest = known(addon)
    if addon not in connections.available_here(account, [addon]):
        raise Problem(
            _("{title} is not available to this account.").format(title=manifest.title),
            _("Your customer success manager can make it available."),
            code="not_available",
        )


def own(account: Account, addon: str, user: int | None = None, *, lock: bool = False) -> Connection:
    """The account's own row, or a person's, made at the first need.

    Args:
        lock: it is held until the transaction ends.

    Raises:
        Problem: the add-on is not available to this account.
    """
    _available(account, addon)
    whose: dict[str, Any] = {"account": account, "addon": addon, "user_id": user}
    Connection.objects.get_or_create(**whose, defaults=_blank(addon))
    rows = Connection.objects.select_for_update() if lock else Connection.objects.all()
    return rows.get(**whose)


def _blank(addon: str) -> dict[str, Any]:
    """A new connection; complete from the start when the add-on asks for nothing."""
    plugin = installed.plugin(addon)
    blank = {"complete": plugin is not None and hosted.check(plugin.info, {}).ok, "changed_at": clock.now()}
    if plugin is None or not isinstance(plugin.info.auth, OAuth2):
        return blank
    return {**blank, "health": Connection.Health.NEEDS_SIGN_IN, "health_note": signed_out(plugin.info.title)}


def write(connection: Connection, **values: Any) -> None:
    """These columns, and when."""
    values["changed_at"] = clock.now()
    for name, value in values.items():
        setattr(connection, name, value)
    connection.save(update_fields=list(values))


def as_new(connection: Connection) -> None:
    """Somebody has signed in: nothing that was learnt about the credential before counts any more."""
    write(connection, borrows=False, version=connection.version + 1, **FRESH)


def write_down(verb: str, connection: Connection, *, by: Actor, data: Mapping[str, Any] | None = None) -> None:
    """Write down what was done to a connection: to the account's add-on, or to a person's mailbox."""
    kind = "addon" if connection.user_id is None else "mailbox"
    record(
        verb,
        kind,
        connection.addon,
        by=by,
        account_id=connection.account_id,
        data={**_whose(connection), **(data or {})},
    )


def _whose(connection: Connection) -> dict[str, Any]:
    return {} if connection.user_id is None else {"addon": connection.addon, "user": connection.user_id}


def freed(connection: Connection) -> Freed:
    """The account itself, and those that borrow from it. A person's own carries the account's mail and nothing else."""
    if connection.user_id is not None:
        return Freed(MAIL, (connection.account_id,))
    borrowers = Connection.objects.none()
    if connection.shared:
        path = connection.account.path
        borrowers = Connection.objects.filter(addon=connection.addon, borrows=True, account__path__startswith=path)
    return Freed(connection.addon, (connection.account_id, *borrowers.values_list("account_id", flat=True)))
