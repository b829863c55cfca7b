"""Who is told: the contact's assigned user, or the people who run the account where nobody is assigned who still works there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hub.core.facts import User
from hub.users.leaders import here, in_charge

Key = tuple[int, User | None]
Table = dict[Key, tuple[int, ...]]

__all__ = ["Key", "Table", "in_charge", "of"]


def of(keys: Iterable[Key]) -> Table:
    """For each pair of account and assigned user, whom to tell."""
    named: dict[int, set[User | None]] = {}
    for account, user in keys:
        named.setdefault(account, set()).add(user)
    return {(account, user): whom for account, users in named.items() for user, whom in _of_account(account, users)}


def _of_account(account: int, users: Iterable[User | None]) -> Iterator[tuple[User | None, tuple[int, ...]]]:
    asked = {user: int(user.id) if user else 0 for user in users}
    still = here(account, filter(None, asked.values()))
    leaders = in_charge(account) if set(asked.values()) - still else ()
    for user, id_ in asked.items():
        yield user, (id_,) if id_ in still else leaders
