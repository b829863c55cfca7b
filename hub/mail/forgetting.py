"""Old mails: what was sent, what came in and what was counted, once nothing rests on it any more.

A row of a mail that was sent is there so that an answer finds its plan; it goes when the plan has ended for the contact and its
runs are in the archive, never before. An answer that comes later still is a letter of the contact's. The contact's history keeps
the words of each letter, and the list of suppressed addresses is kept for good; what goes is the look at a letter as it was sent.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, Model, OuterRef, QuerySet

from hub.mail.models import IncomingMail, MailDay, RefusedFiles, SentMail
from hub.plans.models import Enrollment

PORTION = 500
"""Rows of one transaction: SQLite's one writer is wanted by others."""

MOST = 20_000
"""Rows of one table in an hour; the next hour takes the rest."""


def forget_old(now: datetime, keep: timedelta) -> int:
    """Everything that is older, in portions of a transaction each. Says how many rows are gone."""
    before = now - keep
    running = Enrollment.objects.filter(pk=OuterRef("enrollment_id"), archived_at__isnull=True)
    gone = _forget(SentMail.objects.filter(~Exists(running), sent_at__lt=before, untold=False))
    gone += _forget(IncomingMail.objects.filter(kept_at__lt=before))
    gone += _forget(RefusedFiles.objects.filter(at__lt=before))
    return gone + _forget(MailDay.objects.filter(day__lt=before.date()))


def _forget(rows: QuerySet[Model]) -> int:
    """The oldest. What they are is asked once, for each asking may look at many rows that stay."""
    ids = list(rows.order_by("pk").values_list("pk", flat=True)[:MOST])
    gone = 0
    for start in range(0, len(ids), PORTION):
        with transaction.atomic():
            number, _ = rows.model._default_manager.filter(pk__in=ids[start : start + PORTION]).delete()
        gone += number
    return gone
