"""Lending a connection to the accounts beneath, and borrowing that of the account above: it takes the word of both."""

from __future__ import annotations

from django.utils.translation import gettext as _

from hub.accounts.models import Account
from hub.addons.models import Connection
from hub.addons.writing import Freed, freed, own, write, write_down
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.db import clock
from hub.db.errors import Problem


def lend(account: Account, addon: str, *, by: Actor) -> Freed:
    """Let the accounts beneath use this account's own connection. They must ask for it too (:func:`borrow`)."""
    connection = own(account, addon)
    if connection.borrows or not connection.complete:
        raise Problem(
            _("This account has no connection of its own to lend."), _("An admin of this account enters a key first.")
        )
    if not connection.shared:
        write(connection, shared=True)
        write_down("lent", connection, by=by)
    return freed(connection)


def stop_lending(account: Account, addon: str, *, by: Actor) -> bool:
    """Take it back. Steps of the borrowers are held. False: it was not lent."""
    moved = Connection.objects.filter(account=account, addon=addon, user=None, shared=True).update(
        shared=False, changed_at=clock.now()
    )
    if moved:
        record("no_longer_lent", "addon", addon, by=by, account_id=account.pk)
    return bool(moved)


def borrow(account: Account, addon: str, *, by: Actor) -> Freed:
    """Use the connection of the account above, as long as that account lends it. A key of one's own ends it."""
    connection = own(account, addon)
    if connection.shared:
        raise Problem(_("An account that lends its connection cannot borrow one."), next=_("Stop lending first."))
    if not connection.borrows:
        write(connection, borrows=True)
        write_down("borrowed", connection, by=by)
    return freed(connection)
