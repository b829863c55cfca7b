"""Once a day for each plan and connection that has not acted: ask the rule, write a new silence down, tell who looks after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from hub.accounts import calendars
from hub.accounts import reads as accounts
from hub.accounts.models import Account, Switch
from hub.addons import connections
from hub.addons.models import Manifest
from hub.addons.wording import Reason
from hub.notifications import changes as notifications
from hub.notifications.changes import NewNotification
from hub.plans import sleeping
from hub.plans.models import Plan
from hub.plans.zones import zone_of
from hub.silence import rule
from hub.silence.models import ShutDay, Silence, Tally, Watched
from hub.silence.rule import Excused
from hub.users.leaders import first_here, in_charge

MEANT = frozenset({Reason.OFF, Reason.NOT_AVAILABLE, Reason.PARENT_KEEPS_IT})
"""A connection that somebody switched off is quiet on purpose."""


def judge(now: datetime) -> int:
    """One pass. Says how many new silences there are."""
    with transaction.atomic():
        _note_shut_days(now)
        _end_meant(now)
    return sum(_one(watched, account, now) for watched, account in _due(now))


def forget_old(now: datetime) -> int:
    """Numbers that the rule no longer looks at."""
    before = now.date() - timedelta(days=rule.KEPT + 2)
    gone = Tally.objects.filter(day__lt=before).delete()[0]
    return gone + ShutDay.objects.filter(day__lt=before).delete()[0]


def _note_shut_days(now: datetime) -> None:
    """Today counts for nothing where the account is paused or locked."""
    shut = Account.objects.exclude(switch__status=Switch.Status.ACTIVE, switch__locked=False)
    ShutDay.objects.bulk_create(
        [ShutDay(account=account, day=_today(account, now)) for account in shut.only("time_zone")],
        ignore_conflicts=True,
    )


def _end_meant(now: datetime) -> None:
    """A silence that somebody made on purpose meanwhile is none any more."""
    lasting = Silence.objects.filter(ended_at=None).select_related("watched")
    ended = [silence.pk for silence in lasting if is_off(silence.watched)]
    Silence.objects.filter(pk__in=ended).update(ended_at=now)


def _today(account: Account, now: datetime) -> date:
    return now.astimezone(zone_of(account.time_zone)).date()


def _due(now: datetime) -> Iterator[tuple[Watched, Account]]:
    """What has not acted for a whole day, and was not judged today by its account's clock."""
    oldest = now.date() - timedelta(days=rule.LONGEST + 2)
    rows = Watched.objects.filter(last_day__gte=oldest, last_day__lt=now.date(), muted_at=None).select_related(
        "account"
    )
    for row in rows.order_by("pk"):
        today = _today(row.account, now)
        if row.last_day < today - timedelta(days=1) and (row.judged_on is None or row.judged_on < today):
            yield row, row.account


def _one(watched: Watched, account: Account, now: datetime) -> bool:
    today = _today(account, now)
    with transaction.atomic():
        mine = Watched.objects.filter(Q(judged_on=None) | Q(judged_on__lt=today), pk=watched.pk).update(judged_on=today)
        if not mine or Silence.objects.filter(watched=watched, ended_at=None).exists() or _is_meant(watched):
            return False
        acts = dict(Tally.objects.filter(watched=watched).values_list("day", "done"))
        quiet = rule.judge(acts, today, _excused(watched, account))
        if quiet is None:
            return False
        Silence.objects.create(watched=watched, since=quiet.since, expected=quiet.expected, noticed_at=now)
        _tell(watched, quiet, now)
    return True


def _is_meant(watched: Watched) -> bool:
    """Quiet on purpose: an archived plan, a connection that is off, a paused account or a locked one."""
    if is_off(watched):
        return True
    return bool(accounts.closed([watched.account_id]))


def is_off(watched: Watched) -> bool:
    """Whether somebody has archived the plan or switched the connection off."""
    if watched.kind == Watched.Kind.PLAN:
        return not Plan.objects.filter(pk=int(watched.key), archived_at=None).exists()
    return connections.state_of(watched.account_id, watched.key).reason in MEANT


def _excused(watched: Watched, account: Account) -> Excused:
    """Holidays, closed days, sleep of the account and the plan, and days on which the account was shut."""
    calendar = calendars.of(account)
    shut = set(ShutDay.objects.filter(account=account).values_list("day", flat=True))
    spans = list(calendar.pauses)
    if watched.kind == Watched.Kind.PLAN:
        kept = Plan.objects.filter(pk=int(watched.key)).values_list("sleeps", flat=True).first()
        spans += sleeping.read(kept or [])
    return lambda day: day in shut or any(day in span for span in spans) or bool(calendar.why_closed(day))


# --- telling ---------------------------------------------------------------------------------------------------------


def name_of(watched: Watched) -> str:
    """What people call it."""
    if watched.kind == Watched.Kind.PLAN:
        return Plan.objects.filter(pk=int(watched.key)).values_list("name", flat=True).first() or ""
    return Manifest.objects.filter(pk=watched.key).values_list("title", flat=True).first() or watched.key


def url_of(watched: Watched) -> str:
    """Its page."""
    room = "plans" if watched.kind == Watched.Kind.PLAN else "add-ons"
    return f"/a/{watched.account_id}/{room}/{watched.key}"


def _tell(watched: Watched, quiet: rule.Quiet, now: datetime) -> None:
    """Once a silence, to those who look after it."""
    text = _("Usually it would have done {n} steps since. Ask “Why not?”, or mute it there.").format(n=quiet.expected)
    data = {"name": name_of(watched), "day": calendars.day_words(quiet.since), "text": text}
    notifications.tell_many(
        NewNotification(watched.account_id, user_id, f"silence.{watched.kind}", data, url_of(watched), now)
        for user_id in _whom(watched)
    )


def _whom(watched: Watched) -> Iterable[int]:
    """A plan's owner, while they work here; else those in charge of the account."""
    if watched.kind != Watched.Kind.PLAN:
        return in_charge(watched.account_id)
    owner = Plan.objects.filter(pk=int(watched.key)).values_list("owner_id", flat=True).first()
    return first_here(watched.account_id, [owner])
