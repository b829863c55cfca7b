"""With whose eyes a bulk change goes on: those of the person who started it, as they are now and not as they were then."""

from __future__ import annotations

from typing import Any, Protocol

from hub.accounts import reads as accounts
from hub.audit.actor import Actor
from hub.contacts.visibility import EVERYTHING, Viewer, viewer_of
from hub.db import clock
from hub.db.errors import NotFound, Problem, Refused
from hub.users import guard
from hub.users import reads as users
from hub.users.facts import Principal, Via
from hub.users.models import User


class Started(Protocol):
    """Something long that a person started."""

    by: Any
    account_id: Any


def viewer_for(row: Started, permission: str) -> Viewer:
    """The contacts that may still be changed. Raises ``Refused`` when the person may do this no longer, or is gone."""
    by = Actor(**row.by)
    if by.kind == "system":
        return EVERYTHING
    place = accounts.place(row.account_id)
    principal = _principal(by)
    try:
        guard.check(principal, permission, place, via=Via("ui", by.ip))
    except NotFound as hidden:
        raise _gone(by) from hidden
    except Refused as no:
        # The check speaks to the person; the report is read by others, too.
        raise Refused(f"{by.label} may no longer do this: “{no.what}”", reason=no.reason) from no
    return viewer_of(principal, place, now=clock.now(), permission=permission)


def _principal(by: Actor) -> Principal:
    people = {str(one.pk): one for one in User.objects.filter(pk__in=[id_ for id_ in (by.id, by.acting_as) if id_])}
    user, shown = people.get(by.id), people.get(by.acting_as)
    if user is None or (by.acting_as and shown is None):
        raise _gone(by)
    return users.principal_of(user, shown)


def _gone(by: Actor) -> Problem:
    return Refused(
        f"{by.label} may no longer work in this account.",
        "Somebody who may can start it anew.",
        reason="bulk.person_gone",
    )
