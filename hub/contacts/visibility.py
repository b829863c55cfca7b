"""Who sees which contacts: their own, their team's, or all (R172). Every read and every change goes through here.

A ``Viewer`` is made at the edge from the principal and travels down as a value. What a viewer may not see does not exist for
them: it is not found, not counted, not exported and not changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db.models import Q, QuerySet

from hub.accounts.place import Place
from hub.contacts.models import Contact
from hub.users import reads as users
from hub.users import visibility
from hub.users.facts import Principal


@dataclass(frozen=True)
class Viewer:
    """Whose eyes are looking. ``user_id`` is None for machines; ``team`` are the ids of the team's users."""

    sees: Literal["nothing", "own", "team", "all"]
    user_id: int | None = None
    team: frozenset[int] = frozenset()


EVERYTHING = Viewer("all")
"""The hub's own eyes: the engine, imports, sweeps. Never handed to a person."""

NOTHING = Viewer("nothing")


def viewer_of(principal: Principal, place: Place, *, now: datetime, permission: str = "contacts.view") -> Viewer:
    """The viewer that a principal is at a place."""
    sees = visibility.of(principal, place, now=now, permission=permission)
    if sees is None or place.id is None:
        return NOTHING
    person = principal.effective
    user_id = int(person.id) if person.kind == "person" and person.id.isdigit() else None
    team = users.team_ids(place.id) if sees == "team" else frozenset()
    return Viewer(sees, user_id, team)


def visible(rows: QuerySet[Contact], viewer: Viewer) -> QuerySet[Contact]:
    """Only what the viewer may see. Contacts of nobody are the team's to see, and nobody's own."""
    if viewer.sees == "all":
        return rows
    if viewer.sees == "own" and viewer.user_id is not None:
        return rows.filter(assigned_user_id=viewer.user_id)
    if viewer.sees == "team":
        mine = viewer.team if viewer.user_id is None else viewer.team | {viewer.user_id}
        return rows.filter(Q(assigned_user_id__in=mine) | Q(assigned_user_id=None))
    return rows.none()
