"""Who is told that a sign-in needs a person: whose mailbox it is, or those in charge of the account."""

from __future__ import annotations

from hub.addons.models import Connection, Manifest
from hub.notifications import changes as notifications
from hub.notifications.changes import NewNotification
from hub.users import leaders


def needs_sign_in(connection_id: int, sentence: str) -> None:
    """Once: the caller calls it when the state changes."""
    row = Connection.objects.defer("secrets", "settings").get(pk=connection_id)
    title = Manifest.objects.filter(pk=row.addon).values_list("title", flat=True).first() or row.addon
    if row.user_id is not None:
        told = _about_a_mailbox(row, row.user_id, title)
        notifications.tell_many([told])
        return
    url = f"/a/{row.account_id}/add-ons/{row.addon}"
    data = {"addon": title, "text": sentence}
    notifications.tell_many(
        NewNotification(row.account_id, user_id, "addon.needs_sign_in", data, url)
        for user_id in leaders.in_charge(row.account_id)
    )


def _about_a_mailbox(row: Connection, user_id: int, title: str) -> NewNotification:
    """The sentence of the account's connection sends people to Add-Ons, where a person's mailbox is not."""
    return NewNotification(
        row.account_id,
        user_id,
        "mailbox.needs_sign_in",
        {"addon": title, "text": ""},
        f"/a/{row.account_id}/settings/email",
    )
