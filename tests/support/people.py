"""Accounts and people for tests, made the way the host makes them.

::

    tree = make_tree()                     # E1 → A → a1, E1 → B;  E2
    owner = make_user(tree.a, "owner")
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from hub.accounts import changes as accounts
from hub.accounts.models import Account
from hub.audit.actor import SYSTEM, Actor
from hub.users import changes as users
from hub.users.models import User

PASSWORD = "correct horse battery"

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Tree:
    """Two enterprises; the first has two sub-accounts, and one of these another."""

    e1: Account
    a: Account
    a1: Account
    b: Account
    e2: Account


def make_account(name: str = "Acme", parent: Account | None = None, **values: Any) -> Account:
    """An account that is not new any more; without a parent an enterprise."""
    kind = Account.Kind.ACCOUNT if parent else Account.Kind.ENTERPRISE
    with transaction.atomic():
        return accounts.create(name, by=SYSTEM, parent=parent, kind=kind, values=values, established=True)


def make_tree() -> Tree:
    """The tree of the isolation matrix."""
    e1 = make_account("E1")
    a = make_account("A", e1)
    return Tree(e1, a, make_account("a1", a), make_account("B", e1), make_account("E2"))


def make_user(account: Account, template: str = "standard", username: str = "", **more: Any) -> User:
    """An active user with the password ``PASSWORD``."""
    name = username or f"{template}{next(_numbers)}"
    values = {"username": name, "first_name": name.title(), "email": f"{name}@example.com"}
    return users.create(values, account, template, by=SYSTEM, password=PASSWORD, must_change_password=False, **more)


def actor_of(user: User) -> Actor:
    """The user as the one who asks."""
    return Actor.person(user.pk, user.label, "192.0.2.1")
