"""Whose records a person sees: own, their team's, or all. Lists filter by this; single records go through the checks."""

from __future__ import annotations

from datetime import datetime

from hub.accounts.place import Place
from hub.users.bounds import widest
from hub.users.facts import Principal, Visibility


def of(principal: Principal, place: Place, *, now: datetime, permission: str = "contacts.view") -> Visibility | None:
    """The widest visibility of the grants that carry the permission here; None: nothing at all may be seen."""
    if principal.kind == "system":
        return "all"
    grants = [grant for grant in principal.effective.reaching(place, now) if permission in grant.permissions]
    return widest(grant.visibility for grant in grants) if grants else None
