"""Who runs an account: whom to tell when nobody in particular is responsible."""

from __future__ import annotations

from hub.accounts.models import Account
from hub.users.models import Grant, User

IN_CHARGE = ("owner", "admin")
"""The templates of those who are told."""


def in_charge(account_id: int) -> tuple[int, ...]:
    """The owners and admins placed at an account; where it has none, those of the nearest account above it."""
    account = Account.objects.only("path").filter(pk=account_id).first()
    line = [int(part) for part in account.path.split("/") if part] if account else []
    grants = Grant.objects.filter(
        account_id__in=line, template__in=IN_CHARGE, user__state=User.State.ACTIVE
    ).values_list("account_id", "user_id")
    placed: dict[int, set[int]] = {}
    for place, user_id in grants:
        placed.setdefault(place, set()).add(user_id)
    nearest = next((placed[place] for place in reversed(line) if place in placed), set())
    return tuple(sorted(nearest))
