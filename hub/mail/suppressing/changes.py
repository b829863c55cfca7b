"""Every write of the list. What is on it already stays as it is: the first reason counts."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from hub.accounts.models import Account
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.contacts import changes as contacts
from hub.contacts.incoming import Consent
from hub.contacts.models import Contact
from hub.contacts.visibility import EVERYTHING
from hub.core.mail import is_address
from hub.db import clock
from hub.db.errors import Conflict, Invalid
from hub.db.scoping import id_of
from hub.mail.models import Suppression
from hub.mail.suppressing import reads

Why = Suppression.Why

AGAIN = "Taken off the list of suppressed addresses"
"""Where the consent of somebody comes from who may be written to again."""


def add(
    account: Account | int, address: str, why: Suppression.Why, *, by: Actor, contact_id: int | None = None
) -> Suppression | None:
    """Put an address on the list. None where it stands there already.

    Raises:
        Invalid: this is no address.
    """
    if not is_address(reads.same(address)):
        raise Invalid({"address": _("Enter an e-mail address.")})
    if reads.of(account, address) is not None:
        return None
    row = Suppression(
        account_id=id_of(account), address=reads.same(address), why=why, contact_id=contact_id, by=by.label[:200],
        at=clock.now(),
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:  # at the same moment by somebody else
        return None
    _record("suppressed", row, by, {"address": row.address, "why": str(why)})
    return row


def add_by_hand(account: Account | int, address: str, *, by: Actor) -> Suppression:
    """The same, for a person at the page.

    Raises:
        Invalid: this is no address.
        Conflict: it stands there already.
    """
    made = add(account, address, Why.BY_HAND, by=by)
    if made is None:
        raise Conflict(_("This address is on the list already."), code="suppressed_already")
    return made


def take_away(account: Account | int, pk: Any, *, by: Actor) -> Suppression:
    """Let mail go to an address again. Who unsubscribed is asked for by a person of the account alone; their contact's consent
    is given back with it, under that person's name.

    Raises:
        NotFound: there is no such entry.
    """
    row = reads.get(account, pk)
    _record("unsuppressed", row, by, {"address": row.address, "why": row.why})
    if row.why == Why.UNSUBSCRIBED:
        for contact_id in _refusing(row):
            contacts.set_consent(row.account_id, EVERYTHING, contact_id, Consent(email=True, source=AGAIN), by=by)
    row.delete()
    return row


def _refusing(row: Suppression) -> list[int]:
    """The account's contacts with this address whose consent was taken back."""
    theirs = Contact.objects.filter(account_id=row.account_id, email__iexact=row.address, email_ok=False)
    return list(theirs.values_list("pk", flat=True))


def _record(verb: str, row: Suppression, by: Actor, data: dict[str, str]) -> None:
    record(verb, "address", row.pk, by=by, account_id=row.account_id, data=data)
