"""Finding whom a secret belongs to, and what an account has."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from hub.accounts.models import Account
from hub.db import scoping
from hub.db.scoping import id_of
from hub.users import permissions, reads
from hub.users.facts import Principal
from hub.users.keys import making
from hub.users.keys.models import ApiHabits, ApiKey, ApiUser
from hub.users.models import Grant

_NOBODYS = making.digest_of("nobody's")
"""Compared with where there is no row, so that a prefix that exists is not answered later than one that does not."""


def find(kind: making.Kind, secret: str, now: datetime) -> ApiKey | None:
    """The key that this secret is, with its account; None for a wrong, ended or malformed one."""
    prefix = making.prefix_of(kind, secret)
    rows = ApiKey.objects.select_related("account", "api_user").filter(kind=kind, prefix=prefix or "")
    row = rows.first() if prefix else None
    same = making.same(row.digest if row else _NOBODYS, making.digest_of(secret))
    if row is None or not same or (row.ends_at is not None and row.ends_at <= now):
        return None
    return row


def principal_of(user: ApiUser) -> Principal:
    """An API user with its grants, as they are now."""
    return reads.principal_of_machine("api", str(user.pk), user.name, tuple(user.addresses))


def keys_of(account: Account | int, kind: making.Kind, now: datetime) -> list[ApiKey]:
    """The account's keys of a kind that still work, the current one first."""
    rows = ApiKey.objects.filter(account_id=id_of(account), kind=kind, api_user=None).filter(_working(now))
    return sorted(rows, key=lambda row: (row.ends_at is not None, -row.pk))


def users_of(account: Account | int, *, withdrawn: bool = False) -> QuerySet[ApiUser]:
    """The account's API users by name; those that were withdrawn apart."""
    rows = ApiUser.objects.filter(account_id=id_of(account), withdrawn_at__isnull=not withdrawn)
    return rows.order_by("name", "pk")


def user(account: Account | int, user_id: Any) -> ApiUser:
    """One of the account's API users, or ``NotFound``."""
    return scoping.get(ApiUser.objects.select_related("account"), account, user_id)


def grant_of(user: ApiUser) -> Grant | None:
    """What it was granted; None once it was withdrawn."""
    return Grant.objects.filter(principal_kind="api", principal_key=str(user.pk)).first()


def secrets_of(users: Iterable[ApiUser], now: datetime) -> dict[int, list[ApiKey]]:
    """The secrets of these API users that still work, the current one first."""
    found: dict[int, list[ApiKey]] = {}
    rows = ApiKey.objects.filter(api_user__in=list(users)).filter(_working(now))
    for row in sorted(rows, key=lambda one: (one.ends_at is not None, -one.pk)):
        found.setdefault(row.api_user_id or 0, []).append(row)
    return found


def endpoints() -> list[permissions.Permission]:
    """Every endpoint that can be granted, by name; those that plugins registered among them."""
    return [one for one in permissions.every() if one.name.startswith(permissions.ENDPOINT)]


def checks_duplicates(account: Account | int) -> bool:
    """Whether the account wants a client refused who is there already; off until somebody says so."""
    return ApiHabits.objects.filter(account_id=id_of(account), duplicate_check=True).exists()


def _working(now: datetime) -> Q:
    return Q(ends_at=None) | Q(ends_at__gt=now)
