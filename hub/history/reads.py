"""Reading a contact's history. Whoever asks has already been allowed to see the contact."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Max, Q, QuerySet

from hub.db import paging
from hub.history.models import Note

NEWEST_FIRST = ("-at", "-id")
LATEST_WITHIN = 20_000


def timeline(
    account_id: int,
    contact_id: int,
    kinds: Iterable[str] | None = None,
    cursor: str | None = None,
    size: int = paging.DEFAULT_SIZE,
) -> paging.Page[Note]:
    """A page of a contact's notes, newest first.

    ``kinds`` are whole kinds (``step.done``) or their first words (``step``); None or nothing means all.
    """
    rows = Note.objects.filter(account_id=account_id, contact_id=contact_id)
    return paging.page(_of_kinds(rows, kinds), cursor, size, NEWEST_FIRST)


def latest(account_id: int, size: int = 10, among: QuerySet[Any] | None = None) -> list[Note]:
    """The newest notes of an account, of the contacts ``among`` only when they are given.

    Notes have no index by account, so this looks no further back than ``LATEST_WITHIN`` notes of the whole house.
    """
    newest = Note.objects.aggregate(last=Max("id"))["last"] or 0
    rows = Note.objects.filter(account_id=account_id, id__gt=newest - LATEST_WITHIN)
    if among is not None:
        rows = rows.filter(contact_id__in=among)
    return list(rows.order_by("-id")[:size])


def of_run(account_id: int, contact_id: int, run_id: UUID) -> list[Note]:
    """What one step run left in its contact's history, newest first."""
    rows = Note.objects.filter(account_id=account_id, contact_id=contact_id, run_id=run_id)
    return list(rows.order_by(*NEWEST_FIRST))


def _of_kinds(rows: QuerySet[Note], kinds: Iterable[str] | None) -> QuerySet[Note]:
    wanted = Q()
    for kind in kinds or ():
        wanted |= Q(kind=kind) if "." in kind else Q(kind__startswith=f"{kind}.")
    return rows.filter(wanted)
