"""What lies sealed, for a batch of runs: opened at the first call that needs it, and kept for the others that need the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from hub.addons import connections
from hub.addons.models import Connection
from hub.db import dialect
from hub.db.fields import Sealed, SealedJSONField
from hub.dispatch.ledger import no_settings
from hub.plans.models import PlanStep

Opener = Callable[[], Mapping[str, Any]]

_SECRETS: SealedJSONField = PlanStep._meta.get_field("secrets")


def of_connection(connection: Connection) -> Opener:
    """The connection's settings, with what is secret of them."""
    return _once(lambda: connections.open_settings(connection))


def of_step(sealed: str | None, account_id: int, version_id: int, key: Any) -> Opener:
    """What is secret of a plan step's own settings, from its columns."""
    if sealed is None:
        return no_settings
    place = {"plan_account_id": account_id, "version_id": version_id, "key": dialect.read_uuid(key)}
    return _once(Sealed(sealed, _SECRETS.bound_to(place)).reveal)


def _once(open_: Opener) -> Opener:
    opened = cache(open_)
    return lambda: dict(opened())
