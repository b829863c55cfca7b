"""Telling the outbox who listens: worked out anew for an account, and for those beneath it, whenever an endpoint comes or goes.

A disabled endpoint goes on listening: what happens meanwhile waits for it.
"""

from __future__ import annotations

from collections.abc import Iterable

from hub.accounts.models import Account
from hub.events import changes as events
from hub.hooks.models import Endpoint


def hold_tree(account: Account) -> None:
    """Until the transaction ends nobody else subscribes in this tree, and no account is opened in it."""
    root = (*account.ancestor_ids, account.pk)[0]
    Account.objects.select_for_update(no_key=True).get(pk=root)


def refresh(account_id: int) -> None:
    """Work out who is heard in this account and beneath, and write it down."""
    account = Account.objects.get(pk=account_id)
    hold_tree(account)
    beneath = Account.objects.filter(path__startswith=account.path).only("id", "path")
    lines = {one.pk: one.ancestor_ids for one in beneath}
    own, down = _masks({*lines, *account.ancestor_ids})
    events.set_listening({id_: _heard(id_, line, own, down) for id_, line in lines.items()})


def _masks(ids: Iterable[int]) -> tuple[dict[int, int], dict[int, int]]:
    """For each account what its endpoints listen for, and what those do that hear the accounts beneath, too."""
    own, down = dict[int, int](), dict[int, int]()
    for one in Endpoint.objects.filter(account__in=set(ids)).only("account_id", "kinds", "subtree"):
        own[one.account_id] = own.get(one.account_id, 0) | one.kinds
        if one.subtree:
            down[one.account_id] = down.get(one.account_id, 0) | one.kinds
    return own, down


def _heard(id_: int, line: Iterable[int], own: dict[int, int], down: dict[int, int]) -> tuple[int, int]:
    below = down.get(id_, 0)
    for above in line:
        below |= down.get(above, 0)
    return own.get(id_, 0) | below, below
