"""Who sees which plans: public ones everybody in the account, a private one its owner and those who may see private plans."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from hub.accounts.place import Place
from hub.plans.models import Plan, PlanKind
from hub.users.facts import Principal


@dataclass(frozen=True)
class Viewer:
    """Whose eyes are looking. ``user_id`` is None for machines."""

    user_id: int | None = None
    sees_private: bool = False


EVERYTHING = Viewer(sees_private=True)
"""The hub's own eyes. Never handed to a person."""


def viewer_of(principal: Principal, place: Place, *, now: datetime) -> Viewer:
    """The viewer that a principal is at a place."""
    if principal.kind == "system":
        return EVERYTHING
    person = principal.effective
    user_id = int(person.id) if person.kind == "person" and person.id.isdigit() else None
    grants = person.reaching(place, now)
    return Viewer(user_id, any("plans.view_private" in grant.permissions for grant in grants))


def visible(rows: QuerySet[Plan], viewer: Viewer) -> QuerySet[Plan]:
    """Only what the viewer may know of. Nobody knows of the plans that carry a step by itself (:mod:`hub.plans.lone`)."""
    rows = rows.filter(kind=PlanKind.PLAN)
    if viewer.sees_private:
        return rows
    own = Q(owner_id=viewer.user_id) if viewer.user_id is not None else Q(pk__in=[])
    return rows.filter(Q(visibility=Plan.Visibility.PUBLIC) | own)


def hidden(rows: QuerySet[Plan], viewer: Viewer) -> QuerySet[Plan]:
    """Those of which the viewer may not know: others' private ones."""
    if viewer.sees_private:
        return rows.none()
    rows = rows.filter(kind=PlanKind.PLAN, visibility=Plan.Visibility.PRIVATE)
    return rows if viewer.user_id is None else rows.exclude(owner_id=viewer.user_id)
