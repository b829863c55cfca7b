"""Who is told that a mailbox cannot be read: its owner, or those in charge where it is the account's own or its owner has left.
Once for each reason."""

from __future__ import annotations

from datetime import timedelta

from hub.core.outcomes import Outcome, Verdict
from hub.db import clock
from hub.mail.models import Mailbox
from hub.mail.reading import leasing
from hub.mail.reading.leasing import Ground
from hub.notifications import changes as notifications
from hub.notifications.changes import NewNotification
from hub.users import leaders

LEFT_OUT = "One e-mail in the mailbox could not be read and was left out. It is still in the mailbox itself."


def troubled(ground: Ground, worker: int, outcome: Outcome, failures: int, seconds: float) -> None:
    """Write down why, and tell who can mend it. A sign-in that ended was told of where it was noticed."""
    again = clock.now() + timedelta(seconds=seconds)
    other = leasing.troubled(ground, worker, outcome.sentence(), failures, again)
    if other and outcome.verdict is Verdict.ADMIN and getattr(outcome, "field", "") != "access_token":
        stopped(ground.mailbox_id, outcome.sentence())


def stopped(mailbox_id: int, sentence: str) -> None:
    """Reading has stopped until somebody acts."""
    _tell(mailbox_id, "mail.unread", sentence)


def left_out(mailbox_id: int) -> None:
    """A letter was left out."""
    _tell(mailbox_id, "mail.left_out", LEFT_OUT)


def _tell(mailbox_id: int, kind: str, text: str) -> None:
    row = Mailbox.objects.filter(pk=mailbox_id).first()
    if row is None:
        return
    people = leaders.first_here(row.account_id, (row.user_id,))
    data = {"name": row.address, "text": text}
    url = f"/a/{row.account_id}/settings/email" + _page_for(row, people)
    notifications.tell_many(NewNotification(row.account_id, user_id, kind, data, url) for user_id in people)


def _page_for(row: Mailbox, people: tuple[int, ...]) -> str:
    """Where they act: another's mailbox is nobody's page but in the list of all."""
    if row.user_id is None:
        return "/account"
    return "" if people == (row.user_id,) else "/all"
