"""What of an account's own a vendor's choices may become, as :mod:`hub.addons.mappings.ours` asks for it.

It stands on this floor because it is the lowest that knows lead sources, plans and users alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Exists, OuterRef

from hub.accounts import reads as accounts
from hub.accounts.models import Account
from hub.addons.mappings.ours import Shelf, Thing, Trouble
from hub.contacts import lists, normalising
from hub.contacts.lists import Choice, Lists
from hub.plans.models import Plan, PlanKind, PlanVersion
from hub.users import reads as users
from hub.users.models import User

_LISTED = {"lead_source": "lead_sources", "sales_cycle": "sales_cycle", "tag": "tags"}
"""Ours → the lock that may hold it."""


def of(account: Any, rights: Iterable[str]) -> dict[str, Shelf]:
    """A shelf for each right. Lead sources, stages and tags are those in force here, locks from above applied."""
    row = accounts.get(account) if isinstance(account, int) else account
    wanted = list(rights)
    in_force = lists.of(row) if set(wanted) & set(_LISTED) else None
    return {
        right: _listed(right, in_force) if right in _LISTED and in_force else _OTHERS[right](row) for right in wanted
    }


def _listed(right: str, in_force: Lists) -> Shelf:
    lock = in_force.locked(_LISTED[right])
    things = {thing.key: thing for thing in _LISTS[right](in_force)}
    return Shelf(things, open=right == "tag" and lock is None, locked_by=lock.account_name if lock else "")


def _sources(in_force: Lists) -> list[Thing]:
    found = sorted(in_force.sources.values(), key=lambda choice: choice.key)
    return [_thing(choice, Trouble.HIDDEN if choice.hidden else None) for choice in found]


def _cycles(in_force: Lists) -> list[Thing]:
    return [_thing(choice) for choice in in_force.cycles.values()]


def _tags(in_force: Lists) -> list[Thing]:
    bound = in_force.locked("tags") is not None
    own = [
        Thing(one.key, one.name, one.key, Trouble.LOCKED if bound and one.key not in in_force.tags_above else None)
        for one in lists.tags(in_force.account_id)
    ]
    known = {thing.key for thing in own}
    return own + [Thing(key, key, key) for key in sorted(in_force.tags_above - known)]


def _thing(choice: Choice, trouble: Trouble | None = None) -> Thing:
    return Thing(str(choice.id), choice.name, choice.key, trouble)


def _plans(account: Account) -> Shelf:
    ready = PlanVersion.objects.filter(plan=OuterRef("pk"), state=PlanVersion.State.READY)
    rows = Plan.objects.filter(account=account, kind=PlanKind.PLAN)
    rows = rows.annotate(is_ready=Exists(ready)).order_by("name", "pk")
    return Shelf({str(row.pk): Thing(str(row.pk), row.name, normalising.fold(row.name), _of_plan(row)) for row in rows})


def _of_plan(row: Any) -> Trouble | None:
    if row.visibility == Plan.Visibility.PRIVATE:
        return Trouble.PRIVATE
    if row.archived_at:
        return Trouble.ARCHIVED
    return None if row.is_ready else Trouble.NOT_READY


def _users(account: Account) -> Shelf:
    people = users.users_of(account, archived=None)
    things = [Thing(str(one.pk), one.label, str(one.pk), _of_user(one)) for one in people]
    return Shelf({thing.key: thing for thing in things})


def _of_user(user: User) -> Trouble | None:
    return None if user.state in (User.State.ACTIVE, User.State.INVITED) else Trouble.ARCHIVED


_LISTS: dict[str, Callable[[Lists], list[Thing]]] = {"lead_source": _sources, "sales_cycle": _cycles, "tag": _tags}
_OTHERS: dict[str, Callable[[Account], Shelf]] = {"plan": _plans, "user": _users}
