"""One import of an account's files at a time, and one over a connection.

The rows are held while it is asked, so that of two people who press Start at once one is told about the other; the database's own
constraints stand behind it.
"""

from __future__ import annotations

from django.db.models import Q, QuerySet

from hub.accounts.models import Account
from hub.addons.models import Connection
from hub.db.errors import Conflict
from hub.imports.models import WORKING, Import


def refuse_another(row: Import) -> None:
    """Raises ``Conflict`` while another import is at work that this one may not stand beside."""
    Account.objects.select_for_update(no_key=True).get(pk=row.account_id)
    if row.connection_id is not None:
        Connection.objects.select_for_update(no_key=True).only("pk").get(pk=row.connection_id)
    other = _others(row).exclude(pk=row.pk).first()
    if other is None:
        return
    here = other.account_id == row.account_id
    what = f"Another import is at work: {other.name}." if here else "Another account imports over this connection now."
    then = "Wait until it is done, or cancel it." if here else "Wait until it is done."
    raise Conflict(what, next=then, code="imports.busy")


def _others(row: Import) -> QuerySet[Import]:
    rows = Import.objects.filter(kind=row.kind, state__in=WORKING)
    if row.kind == Import.Kind.CSV:
        return rows.filter(account_id=row.account_id)
    same = Q(account_id=row.account_id, addon=row.addon)
    return rows.filter(same | Q(connection_id=row.connection_id) if row.connection_id is not None else same)
