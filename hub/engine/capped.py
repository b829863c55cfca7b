"""E-mails that wait for the next day go on today, when the limit that they met was raised or taken away.

They are not held: each is scheduled for the account's midnight, so that nobody need let it go. So a limit that is raised brings
them forward, as many as there is room for: of a mailbox (*daily_cap*), or of a contact (*contact_share*). It is only a look;
where the limits are kept, everything is counted again.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import QuerySet

from hub.accounts.models import Account
from hub.db import clock
from hub.dispatch.gate import Hold
from hub.engine import doorway
from hub.mail import caps, minding, resolving
from hub.mail.models import Mailbox
from hub.plans.models import StepRun

PORTION = 1_000
"""E-mails that are brought forward by one statement."""

LONGEST = timedelta(days=2)
"""Before then every account has had its midnight, so nothing that waits for it is due later."""


def free(account_ids: Iterable[int]) -> int:
    """Bring forward what has room now. Says how many. In the transaction of the change that made the room."""
    now = clock.now()
    return sum(_by_mailbox(account_id, now) + _by_contact(account_id, now) for account_id in account_ids)


def _waiting(account_id: int, reason: Hold, now: datetime) -> QuerySet[StepRun]:
    return StepRun.objects.filter(
        account_id=account_id, addon=resolving.ADDON, state=StepRun.State.SCHEDULED, hold_reason=reason,
        due_at__gt=now, due_at__lte=now + LONGEST,
    )  # fmt: skip


def _by_mailbox(account_id: int, now: datetime) -> int:
    waiting = _waiting(account_id, Hold.DAILY_CAP, now)
    left: dict[int, int | None] = {}
    freed = 0
    for group, way in doorway.ways_of(account_id, waiting).items():
        among = doorway.with_users(waiting).filter(plan_step_id=group.plan_step_id, user=group.user_id)
        number = _bring_forward(waiting, among, _room(way.mailbox, left, now), now)
        if way.mailbox is not None and (had := left[way.mailbox.pk]) is not None:
            left[way.mailbox.pk] = had - number
        freed += number
    return freed


def _room(mailbox: Mailbox | None, left: dict[int, int | None], now: datetime) -> int | None:
    """Of a mailbox that several groups share, what those before have left; without a mailbox there is no limit."""
    if mailbox is None:
        return None
    if mailbox.pk not in left:
        left[mailbox.pk] = caps.room(mailbox, now)
    return left[mailbox.pk]


def _by_contact(account_id: int, now: datetime) -> int:
    waiting = _waiting(account_id, Hold.SHARE, now)
    people = set(waiting.order_by().values_list("contact_id", flat=True))
    if not people:
        return 0
    room = minding.room(Account.objects.get(pk=account_id), people, now)
    return sum(_bring_forward(waiting, waiting.filter(contact_id=one), room[one], now) for one in people if room[one])


def _bring_forward(waiting: QuerySet[StepRun], among: QuerySet[StepRun], most: int | None, now: datetime) -> int:
    """The first that were made go first: the limit gave all of them the same time."""
    ids = list(among.order_by("due_at", "created_at", "pk").values_list("pk", flat=True)[:most])
    portions = (ids[start : start + PORTION] for start in range(0, len(ids), PORTION))
    return sum(waiting.filter(pk__in=some).update(due_at=now, hold_reason="", hold_detail="") for some in portions)
