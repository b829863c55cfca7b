"""The way out of marketing mail by a letter: a mail program writes it when its reader presses *unsubscribe*.

Its subject bears the same signed token as the link, so whoever sends it, it is for one contact of one account, and it takes
effect at once. It is nobody's answer: no note but that of the consent, no notification, no plan ends as on a reply. A row
remembers it, for a mailbox may be read again, after somebody let the contact back in.
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from hub.db.errors import NotFound
from hub.mail.models import IncomingMail, Mailbox
from hub.mail.reading import subjects
from hub.mail.reading.parsing import Mail
from hub.mail.unsubscribing import changes, links
from hub.mail.unsubscribing.links import Who

LAYER = "way_out"
"""How such a letter is said to be matched."""

SOURCE = "Unsubscribe e-mail"
"""Where the contact's consent was taken back."""


def who(mailbox: Mailbox, mail: Mail) -> Who | None:
    """Whose way out it is; None for every other letter, and for a token that is made up or another account's."""
    token = links.in_subject(subjects.unmarked(mail.subject))
    if not token:
        return None
    try:
        found = links.read(token)
        changes.contact_of(found)
    except NotFound:
        return None
    return found if found.account_id == mailbox.account_id else None


def take(mailbox: Mailbox, mail: Mail, who: Who, now: datetime) -> bool:
    """Do it, in the transaction that remembers the letter. False where it was done for this letter already."""
    row = IncomingMail(
        account_id=mailbox.account_id, mailbox=mailbox, contact_id=who.contact_id, kind=IncomingMail.Kind.AUTO,
        matched_by=LAYER, message_id=mail.message_id, sender=mail.sender, subject=mail.subject, arrived_at=now, kept_at=now,
    )  # fmt: skip
    if IncomingMail.objects.filter(mailbox=mailbox, message_id=mail.message_id).exists():
        return False
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:  # another reader was quicker
        return False
    changes.unsubscribe(who, source=SOURCE)
    return True
