"""Which account's rows a request may see, said to the database itself (`hub.db.policies` makes it listen).

A door calls ``enter`` once it knows the account and has found that whoever asks may be there; from then on this connection is the
tenants' role, and PostgreSQL shows it the rows of that account and of those beneath, and of what they inherit from above. When
the answer has been sent, ``leave`` makes it the house's again. While HUB_ROW_SECURITY is off, and on SQLite, both do nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection

log = logging.getLogger("hub.db")

_ENTER = (
    "SELECT set_config('role', %s, false), set_config('hub.account', %s, false),"
    " set_config('hub.tree', %s, false), set_config('hub.above', %s, false), set_config('hub.actor', %s, false)"
)

_LEAVE = ["none", "", "", "", ""]

MARK = "hub_is_scoped"
"""An attribute of the connection: it is the tenants' now."""


def is_on() -> bool:
    """Whether the database keeps accounts apart by itself."""
    return bool(settings.HUB_ROW_SECURITY) and connection.vendor == "postgresql"


def tenant_role() -> str:
    """The role that owns nothing and sees one account's tree: one for each database, for roles are the whole server's."""
    return f"{connection.settings_dict['NAME']}_tenant"[:63]


def enter(account_id: int, path: str, ancestors: Iterable[int], actor_id: str = "") -> None:
    """From here on only this account's rows, ``path`` and beneath, what it inherits from its ancestors, and of the audit rows
    that belong to no account those of this actor."""
    if not is_on():
        return
    setattr(connection, MARK, True)  # first: what fails half-way is left all the same
    _say([tenant_role(), str(account_id), path, ",".join(map(str, ancestors)), actor_id])


def leave(**_: Any) -> None:
    """Be the house's again. A connection that cannot be is closed, and nobody gets it."""
    if not getattr(connection, MARK, False):
        return
    setattr(connection, MARK, False)
    try:
        _say(_LEAVE)
    except DatabaseError as trouble:
        log.warning("a connection is closed, for it could not be given back: %s", trouble)
        connection.close()


def _say(words: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_ENTER, words)
