"""Who is told that a sign-in needs a person."""

from __future__ import annotations

from hub.addons.models import Connection, Manifest
from hub.notifications import changes as notifications
from hub.notifications.changes import NewNotification
from hub.users import leaders


def needs_sign_in(connection_id: int, sentence: str) -> None:
    """Those in charge of the account, once: the caller calls it when the state changes."""
    row = Connection.objects.get(pk=connection_id)
    title = Manifest.objects.filter(pk=row.addon).values_list("title", flat=True).first() or row.addon
    url = f"/a/{row.account_id}/add-ons/{row.addon}"
    data = {"addon": title, "text": sentence}
    notifications.tell_many(
        NewNotification(row.account_id, user_id, "addon.needs_sign_in", data, url)
        for user_id in leaders.in_charge(row.account_id)
    )
