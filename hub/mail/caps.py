"""No more mails a day than a mailbox may send: counted where it is written down that a mail leaves.

A provider that is asked for too much in a day shuts the mailbox, so the limit is ours, below its own. The day is the account's.
Only mailboxes with a limit come here. The lock of the day's row is held until the intent is durable, so two workers cannot both
take its last place; what surely did not leave is given back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import F

from hub.db import bulk
from hub.dispatch.classify import Wire
from hub.dispatch.gate import Hold
from hub.dispatch.ledger import Settlement
from hub.dispatch.requests import Denied, Intent
from hub.mail import wording
from hub.mail.models import Mailbox, MailDay, SentMail
from hub.plans.models import StepRun
from hub.plans.zones import on_the_clock, zone_of


@dataclass
class Guard:
    """What the limits say of a group of intents.

    Attributes:
        denied: those that must wait, and until when.
        taking: the others: run → mailbox.
        rows: the locked counters of the day.
    """

    denied: dict[UUID, Denied] = field(default_factory=dict)
    taking: dict[UUID, int] = field(default_factory=dict)
    rows: dict[int, MailDay] = field(default_factory=dict)

    def count(self, moved: Collection[UUID]) -> None:
        """Count those that leave. In the transaction of :func:`check`."""
        used = [mailbox for run_id, mailbox in self.taking.items() if run_id in moved]
        for mailbox in used:
            self.rows[mailbox].granted += 1
        for mailbox in sorted(set(used)):
            self.rows[mailbox].save(update_fields=["granted"])


NOTHING = Guard()


def check(intents: Sequence[Intent], now: datetime) -> Guard:
    """Ask the limits about a group of intents. No statement, unless one of them goes through a mailbox that has one."""
    asked = [intent for intent in intents if intent.quota is not None]
    fresh = _fresh([intent.run_id for intent in asked]) if asked else set()
    asked = [intent for intent in asked if intent.run_id in fresh]
    mailboxes = _limited(intent.quota for intent in asked)
    if not mailboxes:
        return NOTHING
    guard = Guard(rows=_locked(mailboxes, now))
    used = {id_: row.granted for id_, row in guard.rows.items()}
    for intent in asked:
        row = mailboxes.get(intent.quota or 0)
        if row is None:
            continue
        if used[row.pk] >= (row.daily_cap or 0):
            guard.denied[intent.run_id] = _full(row, now)
            continue
        used[row.pk] += 1
        guard.taking[intent.run_id] = row.pk
    return guard


def room(row: Mailbox, now: datetime) -> int | None:
    """How many more mails it may send today; None is any number. Only a look: :func:`check` decides."""
    if row.daily_cap is None:
        return None
    counted = MailDay.objects.filter(mailbox=row, day=_today(row, now)).values_list("granted", flat=True).first()
    used = _sent_on(row, _today(row, now)) if counted is None else counted
    return max(0, row.daily_cap - used)


def give_back(settlements: Iterable[Settlement]) -> None:
    """Give back what was taken for tries that surely did not leave. In the transaction that settles them."""
    for settlement in settlements:
        job, end = settlement.job, settlement.conclusion
        undone = end is not None and end.wire in (Wire.NOT_SENT, Wire.REFUSED)
        if job.quota is not None and settlement.intended is not None and undone:
            newest = MailDay.objects.filter(mailbox=job.quota, granted__gt=0).order_by("-day").values("pk")[:1]
            MailDay.objects.filter(pk__in=list(newest.values_list("pk", flat=True))).update(granted=F("granted") - 1)


# --- details ------------------------------------------------------------------------------------------------------


def _fresh(run_ids: Sequence[UUID]) -> set[UUID]:
    """One that is *calling* is asked about again because the answer to its intent was lost; it was counted."""
    rows = StepRun.objects.filter(pk__in=run_ids, open_attempts=0, state=StepRun.State.CLAIMED)
    return set(rows.values_list("pk", flat=True))


def _limited(ids: Iterable[int | None]) -> dict[int, Mailbox]:
    wanted = {id_ for id_ in ids if id_ is not None}
    rows = (
        Mailbox.objects.filter(pk__in=wanted, daily_cap__isnull=False).select_related("account", "user")
        if wanted
        else ()
    )
    return {row.pk: row for row in rows}


def _today(row: Mailbox, now: datetime) -> date:
    return now.astimezone(zone_of(row.account.time_zone)).date()


def _locked(mailboxes: dict[int, Mailbox], now: datetime) -> dict[int, MailDay]:
    """The day's counters, locked in their order. A new one begins with what the mailbox has sent on that day already."""
    days = {id_: _today(row, now) for id_, row in mailboxes.items()}
    known = set(MailDay.objects.filter(mailbox__in=mailboxes, day__in=set(days.values())).values_list("mailbox", "day"))
    new = [
        (id_, days[id_], _sent_on(mailboxes[id_], days[id_]))
        for id_ in sorted(mailboxes)
        if (id_, days[id_]) not in known
    ]
    if new:
        bulk.insert(MailDay, ("mailbox_id", "day", "granted"), new, ignore_conflicts=True)
    rows = MailDay.objects.select_for_update().filter(mailbox__in=mailboxes, day__in=set(days.values()))
    return {row.mailbox_id: row for row in rows.order_by("mailbox", "day") if row.day == days[row.mailbox_id]}


def _sent_on(row: Mailbox, day: date) -> int:
    since = on_the_clock(day, time(), zone_of(row.account.time_zone))
    return SentMail.objects.filter(mailbox=row, sent_at__gte=since).count()


def _full(row: Mailbox, now: datetime) -> Denied:
    zone = zone_of(row.account.time_zone)
    tomorrow = on_the_clock(_today(row, now) + timedelta(days=1), time(), zone)
    seconds = max((tomorrow - now).total_seconds(), 1.0)
    return Denied(code=Hold.DAILY_CAP, sentence=wording.full(row), seconds=seconds)
