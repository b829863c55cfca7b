"""Every write to the tree. Permissions are asked at the edge (``hub.users.guard``) before these are called."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, ExpressionWrapper, F, OuterRef, TextField
from django.utils.translation import gettext as _

from hub.accounts import calendars, info
from hub.accounts.calendars import Calendar
from hub.accounts.locks import SUBJECTS
from hub.accounts.models import Account, Lock, Switch
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.db import clock
from hub.db.errors import Invalid
from hub.events import changes as events

NEW = timedelta(days=30)
"""For so long an account is new, and e-mails of its lead to no other places (R309)."""


def create(
    name: str,
    *,
    by: Actor,
    parent: Account | None = None,
    kind: Account.Kind = Account.Kind.ACCOUNT,
    values: info.Values | None = None,
    established: bool = False,
) -> Account:
    """A new account beneath ``parent`` (None: a new tree), active, with its switch. A child inherits time zone and calendar, and
    is born locked where one above is.

    Args:
        established: it is not to be looked upon as new (:data:`NEW`), such as that of a demo.
    """
    if parent is not None:
        _hold_tree(parent)
    given = {"name": name, **(values or {})}
    if parent is not None:
        given.setdefault("time_zone", parent.time_zone)
        given.setdefault("country", parent.country)
    now = clock.now()
    depth = 0 if parent is None else parent.depth + 1
    calendar = parent.calendar if parent is not None else {}
    account = Account(
        parent=parent, kind=kind, depth=depth, created_at=now, calendar=calendar,
        link_screening_until=None if established else now + NEW, **info.clean(given),
    )  # fmt: skip
    account.save(force_insert=True)
    account.path = f"{parent.path if parent else '/'}{account.pk}/"
    account.save(update_fields=["path"])
    locked = Switch.objects.filter(account=parent, locked=True).exists()
    Switch.objects.create(account=account, status=Switch.Status.ACTIVE, locked=locked, changed_at=now)
    if parent is not None:
        events.inherit(parent.pk, account.pk)
    record(
        "created", "account", account.pk, by=by, account_id=account.pk, data={"name": account.name, "kind": str(kind)}
    )
    return account


def edit(account: Account, values: info.Values, *, by: Actor) -> Account:
    """Change fields of Account Info. The audit row names what changed, from what, to what. Raises ``Invalid``."""
    cleaned = info.clean(values, region=account.country)
    changed = {
        field: [getattr(account, field), value] for field, value in cleaned.items() if getattr(account, field) != value
    }
    for field, (_before, after) in changed.items():
        setattr(account, field, after)
    if changed:
        account.save(update_fields=list(changed))
        record("edited", "account", account.pk, by=by, account_id=account.pk, data={"changed": changed})
    return account


def set_calendar(account: Account, calendar: Calendar, *, by: Actor) -> bool:
    """Another calendar: holidays, closed days, sleep, quiet hours. False: it was this one already."""
    row = Account.objects.select_for_update().get(pk=account.pk)
    if calendars.of(row) == calendar:
        return False
    account.calendar = calendars.dump(calendar)
    account.save(update_fields=["calendar"])
    record("calendar_set", "account", account.pk, by=by, account_id=account.pk, data={"calendar": account.calendar})
    return True


def pause(account: Account, *, by: Actor) -> bool:
    """Nothing new leaves this account from the commit on; people work on. False: it was paused already."""
    return _switch(account, Switch.Status.PAUSED, "paused", by)


def unpause(account: Account, *, by: Actor) -> bool:
    """Held steps go on in due order. False: it was active already."""
    return _switch(account, Switch.Status.ACTIVE, "unpaused", by)


def lock(account: Account, subject: str, *, by: Actor, reach: str | None = None) -> Lock:
    """Keep a subject the same for the accounts beneath, as far down as the subject's own reach unless told otherwise."""
    if subject not in SUBJECTS:
        raise Invalid({"subject": _("There is nothing of this name to lock.")})
    reach = reach or SUBJECTS[subject].reach
    if reach not in Lock.Reach.values:
        raise Invalid({"reach": _("A lock reaches the accounts directly beneath, or all beneath.")})
    row, _made = Lock.objects.update_or_create(
        account=account, subject=subject, defaults={"reach": reach, "at": clock.now()}
    )
    record("locked", "account", account.pk, by=by, account_id=account.pk, data={"subject": subject, "reach": reach})
    return row


def unlock(account: Account, subject: str, *, by: Actor) -> bool:
    """Give a subject back to the accounts beneath. False: it was not locked."""
    gone, _rows = Lock.objects.filter(account=account, subject=subject).delete()
    if gone:
        record("unlocked", "account", account.pk, by=by, account_id=account.pk, data={"subject": subject})
    return bool(gone)


def lock_login(account: Account, *, by: Actor) -> None:
    """Shut the account and all beneath it: nobody signs in, API and dispatch stop. The portal can undo it.

    A barrier, as a pause is: from its commit on no intent of any of these accounts gets through.
    """
    _hold_tree(account)
    account.refresh_from_db(fields=["locked_at"])
    _set(account, "locked_at", account.locked_at or clock.now(), "login_locked", by)
    _pass_down(account)


def unlock_login(account: Account, *, by: Actor) -> None:
    """Take this account's lock away. What has none of its own and none above goes on, in order."""
    _hold_tree(account)
    account.refresh_from_db(fields=["locked_at"])
    _set(account, "locked_at", None, "login_unlocked", by)
    _pass_down(account)


def set_secure(account: Account, secure: bool, *, by: Actor) -> None:
    """From now on only operators with the secure flag may look inside (or, switched off, all of them)."""
    _set(account, "secure", secure, "secured" if secure else "unsecured", by)


def screen_links(account: Account, until: datetime | None, *, by: Actor) -> None:
    """Hold messages with external links until then; None lifts it. What waits is looked at within the hour."""
    _set(account, "link_screening_until", until, "link_screening_set", by)


def _switch(account: Account, status: Switch.Status, verb: str, by: Actor) -> bool:
    # One UPDATE: on PostgreSQL it waits for every intent that has just read this row, and is their barrier.
    moved = Switch.objects.filter(account=account).exclude(status=status).update(status=status, changed_at=clock.now())
    if moved:
        record(verb, "account", account.pk, by=by, account_id=account.pk)
    _forget_switch(account)
    return bool(moved)


def _hold_tree(account: Account) -> None:
    """Until the transaction ends nobody else locks anything in this tree, and no account is added to it."""
    root = (*account.ancestor_ids, account.pk)[0]
    Account.objects.select_for_update(no_key=True).get(pk=root)


def _pass_down(account: Account) -> None:
    """Write down at the switches of the account and of all beneath it whether a lock is on them, their own or one above."""
    here = ExpressionWrapper(OuterRef("path"), output_field=TextField())
    locks = Account.objects.filter(locked_at__isnull=False).annotate(here=here).filter(here__startswith=F("path"))
    rows = Account.objects.filter(path__startswith=account.path)
    Switch.objects.filter(account__in=rows.filter(Exists(locks)), locked=False).update(locked=True)
    Switch.objects.filter(account__in=rows.exclude(Exists(locks)), locked=True).update(locked=False)
    _forget_switch(account)


def _forget_switch(account: Account) -> None:
    """It is read again when it is asked for."""
    if "switch" in account._state.fields_cache:
        del account._state.fields_cache["switch"]


def _set(account: Account, field: str, value: Any, verb: str, by: Actor) -> None:
    if getattr(account, field) == value:
        return
    setattr(account, field, value)
    account.save(update_fields=[field])
    data = {field: value.isoformat() if isinstance(value, datetime) else value}
    record(verb, "account", account.pk, by=by, account_id=account.pk, data=data)
