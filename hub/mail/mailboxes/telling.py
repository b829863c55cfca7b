"""Reminding the owner of a mailbox that waits for them: when it begins to, and then once a day at most.

Whoever learns of it (a renewal that was refused, a password that is not taken any more) changes the connection's health and no
more; the ticker looks here, so a word is lost by nobody's crash. Nothing is remembered but the notifications themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from hub.addons.models import Connection, Manifest
from hub.db import clock
from hub.mail import owners
from hub.mail.models import Mailbox
from hub.notifications import changes as notifications
from hub.notifications.changes import NewNotification
from hub.notifications.models import Notification
from hub.users import leaders

AGAIN = timedelta(days=1)

KINDS = {
    Connection.Health.NEEDS_SIGN_IN: "mailbox.needs_sign_in",
    Connection.Health.NEEDS_ADMIN: "mailbox.refused",
}
"""What is wrong → what is told."""

MOST = 500
"""Mailboxes of one look; the others wait for the next."""


def remind() -> int:
    """Tell those who were not told for a day. Says how many were."""
    rows = Mailbox.objects.filter(owners.HERE, enabled=True, connection__health__in=KINDS)
    found = list(rows.select_related("connection").defer("connection__secrets", "connection__settings")[:MOST])
    wanted = [told for row in found for told in _of(row)]
    return notifications.tell_many(_new(wanted)) if wanted else 0


def _of(row: Mailbox) -> Iterable[NewNotification]:
    """The person whose it is; of the account's own, those in charge."""
    assert row.connection is not None
    kind = KINDS[Connection.Health(row.connection.health)]
    title = Manifest.objects.filter(pk=row.connection.addon).values_list("title", flat=True).first()
    data = {"addon": title or row.connection.addon, "text": ""}
    where = f"/a/{row.account_id}/settings/email" + ("" if row.user_id else "/account")
    for user_id in (row.user_id,) if row.user_id else leaders.in_charge(row.account_id):
        yield NewNotification(row.account_id, user_id, kind, data, where)


def _new(wanted: list[NewNotification]) -> list[NewNotification]:
    """Without those of which the same was said within a day."""
    lately = Notification.objects.filter(
        account_id__in={one.account_id for one in wanted}, user_id__in={one.user_id for one in wanted},
        kind__in=(*KINDS.values(), "addon.needs_sign_in"), at__gt=clock.now() - AGAIN,
    )  # fmt: skip
    rows = lately.values_list("account_id", "user_id", "kind")
    told = {
        (account, user, kind.replace("addon.", "mailbox.")) for account, user, kind in rows
    }  # the account's own is both
    return [one for one in wanted if (one.account_id, one.user_id, one.kind) not in told]
