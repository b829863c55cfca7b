"""Who is told: the contact's assigned user, or the people who run the account where nobody is assigned."""

from __future__ import annotations

from collections.abc import Iterable

from hub.core.facts import User
from hub.users.leaders import in_charge

Key = tuple[int, User | None]
Table = dict[Key, tuple[int, ...]]

__all__ = ["Key", "Table", "in_charge", "of"]


def of(keys: Iterable[Key]) -> Table:
    """For each pair of account and assigned user, whom to tell."""
    wanted = set(keys)
    leaders = {account: in_charge(account) for account, user in wanted if user is None}
    return {(account, user): (int(user.id),) if user else leaders[account] for account, user in wanted}
