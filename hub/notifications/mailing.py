"""Mails that tell staff what their bell tells them: written beside the notification, taken and ended by whoever sends them.

A bell is heard by who looks; some things should reach people who do not. The rows are the outbox: :func:`mail_many` writes them
in the transaction of what they tell of, :func:`take` hands out what is due, each to one sender only, and :func:`ended` writes
down what became of it. Nobody is told twice: a mail that may have left is not sent again, for the bell has said the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import F, QuerySet

from hub.db import clock
from hub.notifications.changes import NewNotification, row_of
from hub.notifications.models import StaffMail

State = StaffMail.State

WAITS = (
    timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=5), timedelta(hours=10),
)  # fmt: skip
"""Before the second try, the third, and so on, where a try surely did not send it."""

LEASE = timedelta(minutes=5)
"""A portion of tries is over within two minutes. Whoever said nothing by then is gone, and with them the answer."""

KEPT = timedelta(days=30)
"""How long it can be seen what became of them."""


def mail_many(notifications: Iterable[NewNotification]) -> int:
    """Tell these by mail, too. Says how many mails wait now."""
    now = clock.now()
    told = [row_of(one, now) for one in notifications]
    rows = [
        StaffMail(
            account_id=one.account_id, user_id=one.user_id, at=one.at, kind=one.kind, data=one.data, url=one.url, due_at=now
        )
        for one in told
    ]  # fmt: skip
    StaffMail.objects.bulk_create(rows)
    return len(rows)


def waiting(now: datetime) -> bool:
    """Whether anything is to be sent, or was being sent by somebody who is gone."""
    return _due(now).exists() or _lost(now).exists()


def take(now: datetime, most: int) -> list[StaffMail]:
    """What is due, oldest first, each in the caller's hands alone from now on; in a transaction that ends before it is sent."""
    _lost(now).update(state=State.UNCLEAR, problem="Whoever sent it was gone before the answer came.", due_at=None)
    taken = []
    for row in _due(now).order_by("due_at", "pk")[:most]:
        mine = StaffMail.objects.filter(pk=row.pk, state=State.WAITING, tries=row.tries)
        if mine.update(state=State.SENDING, due_at=now + LEASE, tries=F("tries") + 1):
            row.tries += 1
            taken.append(row)
    return taken


def ended(row: StaffMail, state: str, problem: str = "") -> None:
    """What became of it. A mail that waits for another try is given up after the last."""
    again = WAITS[row.tries - 1] if state == State.WAITING and row.tries <= len(WAITS) else None
    state = State.FAILED if state == State.WAITING and again is None else state
    due_at = clock.now() + again if again else None
    StaffMail.objects.filter(pk=row.pk, state=State.SENDING, tries=row.tries).update(
        state=state, problem=problem[:300], due_at=due_at
    )


def forget_old(now: datetime) -> int:
    """The job of a day. Says how many are gone."""
    return StaffMail.objects.filter(at__lt=now - KEPT).delete()[0]


def _due(now: datetime) -> QuerySet[StaffMail]:
    return StaffMail.objects.filter(state=State.WAITING, due_at__lte=now)


def _lost(now: datetime) -> QuerySet[StaffMail]:
    return StaffMail.objects.filter(state=State.SENDING, due_at__lte=now)
