"""Asking about the imports of an add-on: the last success, the list, the timetable."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from hub.accounts.models import Account
from hub.db import paging
from hub.db.scoping import id_of
from hub.imports.models import WORKING, Import, ImportSchedule

State = Import.State


def last(account: Account | int, addon: str, trigger: str = "") -> Import | None:
    """The last whole success; its ``started_at`` is the *last import*. One that was undone does not count."""
    return _rows(account, addon, trigger).filter(state=State.DONE, dry=False).order_by("-pk").first()


def at_work(account: Account | int, addon: str) -> Import | None:
    """The one that is going on, or waits."""
    return _rows(account, addon).filter(state__in=WORKING).first()


def listing(account: Account | int, addon: str, cursor: str | None = None, size: int = 10) -> paging.Page[Import]:
    """The imports of an add-on, newest first."""
    return paging.page(_rows(account, addon), cursor, size)


def schedule(account: Account | int, addon: str, trigger: str) -> ImportSchedule:
    """The timetable as it is kept, or one that is off."""
    asked = {"account_id": id_of(account), "addon": addon, "trigger": trigger}
    return ImportSchedule.objects.filter(**asked).first() or ImportSchedule(**asked)


def overwrites(account: Account | int, addon: str) -> list[str]:
    """What the account wants kept as the add-on's vendor has it, whichever way it comes: chosen for any of the triggers."""
    rows = ImportSchedule.objects.filter(account_id=id_of(account), addon=addon)
    return sorted({part for chosen in rows.values_list("overwrites", flat=True) for part in chosen})


def due(now: datetime) -> list[int]:
    """The timetables whose time has come, the longest waiting first."""
    rows = ImportSchedule.objects.filter(on=True, next_at__lte=now).order_by("next_at", "pk")
    return list(rows.values_list("pk", flat=True))


def _rows(account: Account | int, addon: str, trigger: str = "") -> QuerySet[Import]:
    rows = Import.objects.filter(account_id=id_of(account), kind=Import.Kind.VENDOR, addon=addon)
    return rows.filter(trigger=trigger) if trigger else rows
