"""What happens when somebody wants no more marketing mail."""

from __future__ import annotations

from django.db import transaction

from hub.audit.actor import Actor
from hub.contacts import changes as contacts
from hub.contacts import reads as contact_reads
from hub.contacts.incoming import Consent
from hub.contacts.models import Contact
from hub.contacts.visibility import EVERYTHING
from hub.core.mail import is_address
from hub.mail.models import Suppression
from hub.mail.suppressing import changes as suppressing
from hub.mail.unsubscribing.links import Who

SOURCE = "Unsubscribe link"


def contact_of(who: Who) -> Contact:
    """Raises ``NotFound`` where there is no such contact any more."""
    return contact_reads.get(who.account_id, EVERYTHING, who.contact_id)


def unsubscribe(who: Who, ip: str = "", source: str = SOURCE) -> Contact:
    """Take the contact's consent back and put the address on the account's list. Said twice, it is done once.

    Raises:
        NotFound: there is no such contact any more.
    """
    contact = contact_of(who)
    by = Actor("system", label=contact.label[:200], ip=ip)
    with transaction.atomic():
        if contact.email_ok:
            consent = Consent(email=False, source=source)
            contact = contacts.set_consent(who.account_id, EVERYTHING, contact.pk, consent, by=by)
        if is_address(contact.email.strip()):
            suppressing.add(who.account_id, contact.email, Suppression.Why.UNSUBSCRIBED, by=by, contact_id=contact.pk)
    return contact
