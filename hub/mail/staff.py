"""Mails to members of staff, by the platform's own sender (``HUB_MAIL_URL``): what their bell says, for who does not look at it.

They belong to no contact and to no step. A row is taken in a transaction that is over before anything leaves, and is sent once:
when no answer comes it stays *perhaps sent*. Where the operator named no sender, nothing is sent, and the bell alone has told it.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from hub.accounts.models import Account
from hub.addons import installed
from hub.core.endpoints import Endpoint
from hub.core.mail import Message, is_address, one_line
from hub.core.mail_mime import message_id
from hub.core.outcomes import Outcome, Verdict
from hub.db import clock, installation
from hub.dispatch import calls
from hub.dispatch.plain import plain
from hub.dispatch.requests import FrozenRequest, Granted
from hub.mail import platform
from hub.mail.platform import Way
from hub.notifications import mailing, wording
from hub.notifications.models import StaffMail
from hub.users.models import User

State = StaffMail.State

PORTION = 5
"""Mails taken at a time: each may take twenty seconds, and a lease covers them all."""

AUTOMATIC = (("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All"))
"""So that no absence note answers them (RFC 3834)."""

BECOMES = {
    Verdict.DONE: State.SENT, Verdict.UNKNOWN: State.UNCLEAR, Verdict.REJECTED: State.FAILED,
    Verdict.WAIT: State.WAITING, Verdict.ADMIN: State.WAITING, Verdict.DEVELOPER: State.FAILED,
}  # fmt: skip
"""What an answer of the server makes of a mail. What the operator must mend is tried again meanwhile."""


def send_due() -> int:
    """Send what is due, a portion at most; says how many were taken. Call it outside of any transaction."""
    with transaction.atomic():
        rows = mailing.take(clock.now(), PORTION)
    for row in rows:
        state, problem = _sent(row)
        mailing.ended(row, state, problem)
    return len(rows)


def _sent(row: StaffMail) -> tuple[str, str]:
    """What became of it, and why."""
    way, to = platform.way(), _address_of(row.user_id)
    if way is None:
        return State.LEFT_OUT, _("The operator has named no sender.")
    if not to:
        return State.LEFT_OUT, _("This person has no address, or has left.")
    outcome = _posted(way, _message(row, way, to))
    return BECOMES[outcome.verdict], outcome.sentence() if outcome.verdict is not Verdict.DONE else ""


def _address_of(user_id: int) -> str:
    found = User.objects.filter(pk=user_id, state=User.State.ACTIVE).values_list("email", flat=True).first() or ""
    return found if is_address(found) else ""


def _message(row: StaffMail, way: Way, to: str) -> Message:
    account = Account.objects.filter(pk=row.account_id).values_list("name", flat=True).first() or ""
    link = f"{settings.HUB_PUBLIC_URL}{row.url}" if settings.HUB_PUBLIC_URL and row.url else ""
    subject, text = wording.mail_of(row, account, link)
    sender = str(way.settings["address"])
    return Message(
        message_id=message_id(f"hub-staff-{installation.ref()}-{row.pk}", sender), sender=sender, to=(to,),
        subject=one_line(subject), text=text, headers=AUTOMATIC,
    )  # fmt: skip


def _posted(way: Way, message: Message) -> Outcome:
    async def letter(vendor: Any) -> Any:
        return await vendor.post.send(message)

    async def intend(_endpoint: Endpoint[Any], request: FrozenRequest) -> Granted:
        return Granted(0, request)  # written down when the row was taken

    told = calls.ask(installed.outside(), way.plugin.info, way.settings, letter, clock.now(), intend=intend)
    assert isinstance(told, Outcome), told
    return plain(told)
