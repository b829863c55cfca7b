"""Remembering under which id a vendor knows a contact, so that it is neither sent there nor brought in from there as somebody
new.

An id belongs to one contact of the account. Where another contact has it already, nothing is changed and the answer says so:
two contacts are one person then, and which of them stays is a person's decision.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import F

from hub.accounts.models import Account
from hub.audit.actor import Actor
from hub.audit.changes import record
from hub.contacts.models import Contact, ExternalId
from hub.db import clock
from hub.db.errors import Conflict
from hub.db.scoping import id_of


def link(account: Account | int, source: str, wanted: Sequence[tuple[int, str]], *, by: Actor) -> list[str]:
    """Link contacts of an account with ids at a vendor. An id that is linked so already is no mistake.

    Args:
        source: the add-on's name.
        wanted: contact id and the vendor's id.

    Returns:
        For each an empty text, or the sentence that says why it could not be linked.
    """
    account_id = id_of(account)
    there = set(
        Contact.objects.filter(account_id=account_id, pk__in={one for one, _ in wanted}).values_list("pk", flat=True)
    )
    rows = [
        ExternalId(account_id=account_id, contact_id=contact_id, source=source, value=value)
        for contact_id, value in wanted
        if contact_id in there
    ]
    ExternalId.objects.bulk_create(rows, ignore_conflicts=True)
    held = ExternalId.objects.filter(account_id=account_id, source=source, value__in={value for _, value in wanted})
    holders = dict(held.values_list("value", "contact_id"))
    problems = [_problem(contact_id, holders.get(value)) for contact_id, value in wanted]
    linked = [one for (one, _), problem in zip(wanted, problems, strict=True) if not problem]
    if linked:
        record("linked", "contact", "", by=by, account_id=account_id, data={"source": source, "ids": linked[:100]})
    return problems


def know_as(account: Account | int, source: str, contact_id: int, value: str, *, by: Actor) -> None:
    """From now on another system calls a contact so; the ids that it used before still find them.

    Raises:
        Conflict: it is another contact's.
    """
    inherit(account, source, contact_id, value)
    (problem,) = link(account, source, [(contact_id, value)], by=by)
    if problem:
        raise Conflict("Another contact has this external id.", next="Choose another id, or change that contact first.")
    rows = Contact.objects.filter(account_id=id_of(account), pk=contact_id).exclude(external_id=value)
    rows.update(external_id=value, version=F("version") + 1, updated_at=clock.now())


def inherit(account: Account | int, source: str, contact_id: int, value: str) -> None:
    """The id of an archived contact becomes another's: who deleted somebody and makes them anew means the new one by it."""
    held = ExternalId.objects.filter(account_id=id_of(account), source=source, value=value)
    held.filter(contact__archived_at__isnull=False).update(contact_id=contact_id)


def _problem(contact_id: int, holder: int | None) -> str:
    if holder == contact_id:
        return ""
    if holder is None:
        return "The contact is gone."
    return f"The vendor knows contact {holder} of this account under the same id. If both are one person, keep one of them."
