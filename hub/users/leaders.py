"""Who runs an account: whom to tell when nobody in particular is responsible."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from hub.accounts.models import Account
from hub.db import clock
from hub.users.models import Grant, User

IN_CHARGE = ("owner", "admin")
"""The templates of those who are told."""


def first_here(account_id: int, wanted: Iterable[int | None]) -> tuple[int, ...]:
    """The first of these people who still works in the account; where none does, those in charge of it.

    Who was archived or blocked, or has no role here any more, reads no word of the account's.
    """
    ids = [id_ for id_ in wanted if id_]
    still = here(account_id, ids)
    found = next((id_ for id_ in ids if id_ in still), None)
    return (found,) if found else in_charge(account_id)


def here(account_id: int, user_ids: Iterable[int]) -> set[int]:
    """Those of these people who still work in the account."""
    ids = set(user_ids)
    if not ids:
        return set()
    gone = (User.State.ARCHIVED, User.State.BLOCKED)
    rows = Grant.objects.filter(_reaching(_line(account_id)), user_id__in=ids).exclude(user__state__in=gone)
    return set(rows.values_list("user_id", flat=True))


def in_charge(account_id: int) -> tuple[int, ...]:
    """The owners and admins placed at an account; where it has none, those of the nearest above whose role reaches it."""
    line = _line(account_id)
    grants = Grant.objects.filter(
        _reaching(line), account_id__in=line, template__in=IN_CHARGE, user__state=User.State.ACTIVE
    ).values_list("account_id", "user_id")
    placed: dict[int, set[int]] = {}
    for place, user_id in grants:
        placed.setdefault(place, set()).add(user_id)
    nearest = next((placed[place] for place in reversed(line) if place in placed), set())
    return tuple(sorted(nearest))


def _reaching(line: list[int]) -> Q:
    """The grants that count now at the last account of this line, as :meth:`hub.users.facts.GrantFact.reaches` has it."""
    *above, here = line or [0]
    parent = above[-1] if above else None  # the platform
    far = Q(reach=Grant.Reach.SUBTREE) & (Q(account_id__in=above) | Q(account_id=None))
    reaches = Q(account_id=here) | far | Q(reach=Grant.Reach.CHILDREN, account_id=parent)
    return reaches & (Q(ends_at=None) | Q(ends_at__gt=clock.now()))


def _line(account_id: int) -> list[int]:
    """The account and those above it, the highest first."""
    account = Account.objects.only("path").filter(pk=account_id).first()
    return [int(part) for part in account.path.split("/") if part] if account else []
