"""Every write of keys and API users. Whether somebody may is asked at the edge; nothing here commits."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from hub.accounts.models import Account
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.core import redact
from hub.db import clock
from hub.db.errors import Invalid, Problem
from hub.db.texts import one_line
from hub.users.keys import making, reads
from hub.users.keys.models import ApiHabits, ApiKey, ApiUser
from hub.users.models import Grant

LONGEST_GRACE = 30
"""Days in which an old key may still work beside the new one."""

USED_STEP = timedelta(minutes=1)
"""When a key was used last is written to the minute: not every call costs a write."""

MOST_ADDRESSES = 50


def make_key(account: Account, kind: making.Kind, *, by: Actor) -> ApiKey:
    """The account's first key of a kind; the one there is, if there is one."""
    _hold(account)
    current = ApiKey.objects.filter(account=account, kind=kind, api_user=None, ends_at=None).first()
    if current is not None:
        return current
    row, _drawn = _new(account, kind)
    record("api_key_made", "api_key", row.pk, by=by, account_id=account.pk, data=_told(row))
    return row


def rotate(account: Account, kind: making.Kind, grace_days: int, *, by: Actor) -> ApiKey:
    """A new key; the old one works for so many days more. Raises ``Invalid`` for days that cannot be."""
    if not 0 <= grace_days <= LONGEST_GRACE:
        raise Invalid({"grace": _("Choose a number of days from 0 to {most}.").format(most=LONGEST_GRACE)})
    _hold(account)
    _end(ApiKey.objects.filter(account=account, kind=kind, api_user=None), grace_days)
    row, _drawn = _new(account, kind)
    data = {**_told(row), "grace_days": grace_days}
    record("api_key_rotated", "api_key", row.pk, by=by, account_id=account.pk, data=data)
    return row


def end_grace(account: Account, kind: making.Kind, *, by: Actor) -> int:
    """Old keys stop now; the current one stays. How many they were."""
    now = clock.now()
    rows = ApiKey.objects.filter(account=account, kind=kind, api_user=None, ends_at__gt=now)
    ended = rows.update(ends_at=now)
    if ended:
        record("api_key_ended", "api_key", "", by=by, account_id=account.pk, data={"kind": kind, "ended": ended})
    return ended


def reveal(account: Account, kind: making.Kind, *, by: Actor) -> str:
    """The current key in plain text, for one look; that it was shown is written down."""
    rows = ApiKey.objects.filter(account=account, kind=kind, api_user=None, ends_at=None)
    row = rows.first()
    if row is None or row.secret is None:
        raise Problem(_("There is no such key yet."), next=_("Make one first."), code="api_key.none")
    record("api_key_revealed", "api_key", row.pk, by=by, account_id=account.pk, data=_told(row))
    return str(row.secret.reveal())


def set_duplicate_check(account: Account, on: bool, *, by: Actor) -> None:
    """Whether a client who is there already is refused by ``create_client``."""
    ApiHabits.objects.update_or_create(account=account, defaults={"duplicate_check": on})
    record("api_habits_changed", "account", account.pk, by=by, account_id=account.pk, data={"duplicate_check": on})


# --- API users -----------------------------------------------------------------------------------------------------


def create_user(
    account: Account,
    name: str,
    endpoints: Iterable[str],
    addresses: Iterable[str],
    *,
    ends_at: datetime | None = None,
    by: Actor,
) -> tuple[ApiUser, str]:
    """An API user and its secret, which is shown now and never again. Raises ``Invalid`` with field errors."""
    values = _checked(name, addresses, ends_at)
    granted = _endpoints(endpoints)
    row = ApiUser.objects.create(account=account, created_at=clock.now(), **values)
    Grant.objects.create(
        principal_kind=Grant.PrincipalKind.API, principal_key=str(row.pk), account=account, template="api",
        extra=granted, ends_at=ends_at, created_at=clock.now(),
    )  # fmt: skip
    _key, drawn = _new(account, "api_user", row)
    data = {"name": row.name, "endpoints": granted, "addresses": row.addresses}
    record("api_user_made", "api_user", row.pk, by=by, account_id=account.pk, data=data)
    return row, drawn.secret


def edit_user(
    user: ApiUser,
    name: str,
    endpoints: Iterable[str],
    addresses: Iterable[str],
    *,
    ends_at: datetime | None = None,
    by: Actor,
) -> ApiUser:
    """Other endpoints, addresses, name or end; in force at its next call. Raises ``Invalid`` with field errors."""
    _refuse_withdrawn(user)
    values = _checked(name, addresses, ends_at)
    granted = _endpoints(endpoints)
    for column, value in values.items():
        setattr(user, column, value)
    user.save(update_fields=list(values))
    rows = Grant.objects.filter(principal_kind=Grant.PrincipalKind.API, principal_key=str(user.pk))
    rows.update(extra=granted, ends_at=ends_at)
    data = {"name": user.name, "endpoints": granted, "addresses": user.addresses}
    record("api_user_edited", "api_user", user.pk, by=by, account_id=user.account_id, data=data)
    return user


def new_secret(user: ApiUser, grace_days: int, *, by: Actor) -> str:
    """Another secret for an API user, shown now and never again; the old one works for so many days more."""
    _refuse_withdrawn(user)
    if not 0 <= grace_days <= LONGEST_GRACE:
        raise Invalid({"grace": _("Choose a number of days from 0 to {most}.").format(most=LONGEST_GRACE)})
    _hold(user.account)
    _end(ApiKey.objects.filter(api_user=user), grace_days)
    _row, drawn = _new(user.account, "api_user", user)
    data = {"grace_days": grace_days}
    record("api_user_secret_changed", "api_user", user.pk, by=by, account_id=user.account_id, data=data)
    return drawn.secret


def withdraw_user(user: ApiUser, *, by: Actor) -> None:
    """Its calls are refused from now on. The row stays, for who did what must be known; its grant goes."""
    _refuse_withdrawn(user)
    user.withdrawn_at = clock.now()
    user.save(update_fields=["withdrawn_at"])
    Grant.objects.filter(principal_kind=Grant.PrincipalKind.API, principal_key=str(user.pk)).delete()
    _end(ApiKey.objects.filter(api_user=user), 0)
    record("api_user_withdrawn", "api_user", user.pk, by=by, account_id=user.account_id, data={"name": user.name})


def touch(keys: Iterable[ApiKey], now: datetime) -> None:
    """Remember that keys were used, to the minute. Nobody asked for it, so no audit row is written."""
    old = [key.pk for key in keys if key.last_used_at is None or now - key.last_used_at >= USED_STEP]
    if old:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now)
        ApiKey.objects.filter(stale, pk__in=old).update(last_used_at=now)


def forget_ended(now: datetime) -> int:
    """Delete keys whose grace is over for a month."""
    gone, _each = ApiKey.objects.filter(ends_at__lt=now - timedelta(days=30)).delete()
    return gone


def _hold(account: Account) -> None:
    """Two who rotate at once wait for each other: each would else find the other's key still current."""
    Account.objects.select_for_update(of=("self",), no_key=True).get(pk=account.pk)


def _new(account: Account, kind: making.Kind, user: ApiUser | None = None) -> tuple[ApiKey, making.Drawn]:
    drawn = making.draw(kind)
    redact.register(drawn.secret)
    row = ApiKey(
        kind=kind, account=account, api_user=user, prefix=drawn.prefix, digest=drawn.digest,
        ending=drawn.ending, created_at=clock.now(),
    )  # fmt: skip
    if user is None:
        row.secret = drawn.secret
    row.save()
    return row, drawn


def _end(rows: QuerySet[ApiKey], grace_days: int) -> None:
    """The current key gets its grace; what had some already keeps it, but never longer than this."""
    until = clock.now() + timedelta(days=grace_days)
    rows.filter(Q(ends_at=None) | Q(ends_at__gt=until)).update(ends_at=until)


def _told(row: ApiKey) -> dict[str, str]:
    return {"kind": row.kind, "ending": row.ending}


def _checked(name: str, addresses: Iterable[str], ends_at: datetime | None) -> dict[str, object]:
    problems: dict[str, str] = {}
    name = name.strip()
    if not name or len(name) > 80 or not one_line(name):
        problems["name"] = _("Give it a name of at most 80 characters.")
    listed = [word for word in (text.strip() for text in addresses) if word]
    wrong = [word for word in listed if not _is_network(word)]
    if wrong:
        problems["addresses"] = _("“{word}” is no address and no network.").format(word=wrong[0][:60])
    elif len(listed) > MOST_ADDRESSES:
        problems["addresses"] = _("At most {most} addresses can be listed.").format(most=MOST_ADDRESSES)
    if ends_at is not None and ends_at <= clock.now():
        problems["ends_at"] = _("This moment is over. Choose a later one, or none.")
    if problems:
        raise Invalid(problems)
    return {"name": name, "addresses": list(dict.fromkeys(listed)), "ends_at": ends_at}


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _endpoints(names: Iterable[str]) -> list[str]:
    known = {one.name for one in reads.endpoints()}
    wanted = sorted(set(names))
    if foreign := [name for name in wanted if name not in known]:
        raise Invalid({"endpoints": _("There is no endpoint {name}.").format(name=foreign[0][:60])})
    return wanted


def _refuse_withdrawn(user: ApiUser) -> None:
    if user.withdrawn_at is not None:
        raise Problem(_("This API user was withdrawn."), next=_("Make a new one."), code="api_user.withdrawn")
