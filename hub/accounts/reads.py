"""Walking the tree."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from hub.accounts.locks import LockFact
from hub.accounts.models import Account, Lock, Switch
from hub.accounts.place import Place
from hub.db.errors import NotFound
from hub.db.scoping import LARGEST_ID


def get(account_id: int) -> Account:
    """The account with its switch, or ``NotFound``."""
    found = None
    if 0 < account_id <= LARGEST_ID:
        found = Account.objects.select_related("switch").filter(pk=account_id).first()
    if found is None:
        raise NotFound
    return found


def ancestors(account: Account) -> QuerySet[Account]:
    """From the root down to the parent."""
    return Account.objects.filter(pk__in=account.ancestor_ids).order_by("depth")


def subtree(account: Account) -> QuerySet[Account]:
    """The account and everything beneath, parents before their children."""
    return Account.objects.filter(path__startswith=account.path).order_by("path")


def children(account: Account) -> QuerySet[Account]:
    """The accounts directly beneath, by name."""
    return Account.objects.filter(parent=account).order_by("name")


def own_locks(account: Account) -> QuerySet[Lock]:
    """The locks that this account sets for those beneath."""
    return Lock.objects.filter(account=account).order_by("subject")


def is_active(account_id: int) -> bool:
    """Whether the switch stands on active."""
    return Switch.objects.filter(account_id=account_id, status=Switch.Status.ACTIVE).exists()


def closed(account_ids: Iterable[int]) -> set[int]:
    """Those that are paused or locked: no step of theirs leaves, and none that is held is let go."""
    shut = Switch.objects.filter(account_id__in=set(account_ids)).exclude(status=Switch.Status.ACTIVE, locked=False)
    return set(shut.values_list("account_id", flat=True))


def locked_at_account(account_id: int) -> int:
    """Where the lock lies that shuts this account: its own, or the nearest above it. The account itself where there is none."""
    account = get(account_id)
    line = Account.objects.filter(pk__in=[*account.ancestor_ids, account.pk], locked_at__isnull=False)
    return line.order_by("-depth").values_list("pk", flat=True).first() or account.pk


def place(account: Account | int) -> Place:
    """The account as the permission checks see it: one query for it, one for what stands above."""
    row = get(account) if isinstance(account, int) else account
    above = list(
        Account.objects.filter(pk__in=row.ancestor_ids).values_list(
            "id", "name", "locked_at", "locks__subject", "locks__reach"
        )
        if row.parent_id
        else ()
    )
    return Place(
        id=row.pk,
        name=row.name,
        ancestors=row.ancestor_ids,
        enterprise=row.kind == Account.Kind.ENTERPRISE or row.parent_id is None,  # one that stands alone is its own
        locked=row.locked_at is not None or any(locked_at is not None for _, _, locked_at, _, _ in above),
        paused=row.is_paused,
        secure=row.secure,
        locks=tuple(_lock(id, subject, reach, name) for id, name, _, subject, reach in above if subject),
        link_screening_until=row.link_screening_until,
    )


def _lock(account_id: int, subject: str, reach: str, name: str) -> LockFact:
    return LockFact(account_id, subject, "children" if reach == Lock.Reach.CHILDREN else "subtree", name)
