"""What holds an e-mail, worded for people: which mailbox, who acts, what next."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hub.addons.connections import ConnectionState
from hub.addons.wording import Reason
from hub.mail.models import Mailbox
from hub.users.models import User

TITLE = "E-mail"

NO_MAILBOX = gettext_lazy(
    "This account has no mailbox that sends its e-mails. An admin can connect one under Settings, Email (SMTP & IMAP); "
    "the e-mails wait until then."
)
NO_SUCH_SENDER = gettext_lazy(
    "Whom the step names as its sender has no mailbox in this account. "
    "They can connect one under Settings, Email (SMTP & IMAP), or an admin changes the step's sender; "
    "the e-mail waits until then."
)
GONE = gettext_lazy(
    "The mailbox by which this e-mail may have left is no longer connected. Look into its Sent folder, then decide."
)


def called(row: Mailbox) -> str:
    """How people know it: by its address, or by whose it is."""
    if row.address:
        return row.address
    return _("{name}'s").format(name=row.user.label) if row.user else _("of this account")


def _who(row: Mailbox) -> str:
    return row.user.label if row.user else _("An admin")


def off(row: Mailbox) -> str:
    """Somebody switched it off."""
    return _(
        "The mailbox {mailbox} is switched off. {who} can switch it on under Settings, Email (SMTP & IMAP); "
        "its e-mails wait until then."
    ).format(mailbox=called(row), who=_who(row))


def left(row: Mailbox) -> str:
    """Its owner is archived, or has no role here any more."""
    told = {"name": row.user.label if row.user else "", "mailbox": called(row)}
    if row.user is not None and row.user.state == User.State.ARCHIVED:
        return _(
            "{name} is archived, so nothing is sent from the mailbox {mailbox}. An admin restores them, gives their contacts to "
            "somebody else, or chooses another sender; its e-mails wait until then."
        ).format(**told)
    return _(
        "{name} has no role in this account any more, so nothing is sent from the mailbox {mailbox}. An admin gives them one, "
        "gives their contacts to somebody else, or chooses another sender; its e-mails wait until then."
    ).format(**told)


def disconnected(row: Mailbox) -> str:
    """It has no provider any more."""
    return _(
        "The mailbox {mailbox} is not connected. {who} can connect it under Settings, Email (SMTP & IMAP); "
        "its e-mails wait until then."
    ).format(mailbox=called(row), who=_who(row))


def of(state: ConnectionState, row: Mailbox) -> str:
    """Why the connection of a mailbox carries nothing now."""
    if state.reason is Reason.NEEDS_SIGN_IN:
        return _(
            "{title} asks for a new sign-in to the mailbox {mailbox}. {who} can sign in again under Settings, "
            "Email (SMTP & IMAP); its e-mails wait until then."
        ).format(title=state.title, mailbox=called(row), who=_who(row))
    if state.reason is Reason.NEEDS_ADMIN:
        said = f" ({state.detail.rstrip('.')})" if state.detail else ""
        return _(
            "{title} refuses the mailbox {mailbox}{said}. {who} can mend it under Settings, Email (SMTP & IMAP); "
            "its e-mails wait until then."
        ).format(title=state.title, mailbox=called(row), said=said, who=_who(row))
    if state.reason in (Reason.OFF, Reason.INCOMPLETE):
        return disconnected(row) if state.reason is Reason.INCOMPLETE else off(row)
    return _("The mailbox {mailbox} carries nothing now. {why}").format(mailbox=called(row), why=state.sentence)


def full(row: Mailbox) -> str:
    """Its limit of the day is reached."""
    return _(
        "The mailbox {mailbox} has sent its {most} e-mails of today. It goes on tomorrow by itself; "
        "{who} can raise the limit under Settings, Email (SMTP & IMAP), and then it goes on at once."
    ).format(mailbox=called(row), most=row.daily_cap, who=_who(row).lower() if not row.user else _who(row))
