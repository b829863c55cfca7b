"""Who is told: the contact's assigned user, or the people who run the account where nobody is assigned."""

from __future__ import annotations

from collections.abc import Iterable

from hub.accounts.models import Account
from hub.core.facts import User
from hub.users.models import Grant
from hub.users.models import User as Person

Key = tuple[int, User | None]
Table = dict[Key, tuple[int, ...]]

IN_CHARGE = ("owner", "admin")
"""The templates of those who are told when nobody in particular is responsible."""


def of(keys: Iterable[Key]) -> Table:
    """For each pair of account and assigned user, whom to tell."""
    wanted = set(keys)
    leaders = {account: in_charge(account) for account, user in wanted if user is None}
    return {(account, user): (int(user.id),) if user else leaders[account] for account, user in wanted}


def in_charge(account_id: int) -> tuple[int, ...]:
    """The owners and admins placed at an account; where it has none, those of the nearest account above it."""
    account = Account.objects.only("path").filter(pk=account_id).first()
    line = [int(part) for part in account.path.split("/") if part] if account else []
    grants = Grant.objects.filter(
        account_id__in=line, template__in=IN_CHARGE, user__state=Person.State.ACTIVE
    ).values_list("account_id", "user_id")
    placed: dict[int, set[int]] = {}
    for place, user_id in grants:
        placed.setdefault(place, set()).add(user_id)
    nearest = next((placed[place] for place in reversed(line) if place in placed), set())
    return tuple(sorted(nearest))
