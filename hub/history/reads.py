"""Reading a contact's history. Whoever asks has already been allowed to see the contact."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from hub.db import paging
from hub.history.models import Note

NEWEST_FIRST = ("-at", "-id")
LATEST_WITHIN = 20_000
"""Notes of an account among which the newest of some contacts are looked for."""


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

    Those are looked for no further back than ``LATEST_WITHIN`` notes of the account: who has few contacts in a busy one would
    wait for all of its history to be read.
    """
    rows = Note.objects.filter(account_id=account_id).order_by("-id")
    if among is not None:
        before = rows.values_list("pk", flat=True)[LATEST_WITHIN : LATEST_WITHIN + 1].first()
        rows = rows.filter(contact_id__in=among, pk__gt=before or 0)
    return list(rows[:size])


def of_run(account_id: int, contact_id: int, run_id: UUID) -> list[Note]:
    """What one step run left in its contact's history, newest first."""
    rows = Note.objects.filter(account_id=account_id, contact_id=contact_id, run_id=run_id)
    return list(rows.order_by(*NEWEST_FIRST))


def _of_kinds(rows: QuerySet[Note], kinds: Iterable[str] | None) -> QuerySet[Note]:
    wanted = Q()
    for kind in kinds or ():
        wanted |= Q(kind=kind) if "." in kind else Q(kind__startswith=f"{kind}.")
    return rows.filter(wanted)
