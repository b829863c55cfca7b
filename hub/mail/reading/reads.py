"""What of the database a letter is matched with, in a fixed number of questions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from hub.contacts import normalising
from hub.contacts.models import Contact
from hub.core.mail_post import Letter
from hub.mail.models import IncomingMail, Mailbox, SentMail
from hub.mail.reading import matching
from hub.mail.reading.bounces import Report
from hub.mail.reading.matching import Known, Sent
from hub.mail.reading.parsing import Mail

MOST = 20
"""Mails of ours that are looked at in the later layers."""

LONGEST_THREAD = 250
"""Characters of a conversation's id that are kept."""

_FIELDS = ("id", "contact_id", "message_id", "to", "subject", "sent_at", "enrollment_id", "run_id", "other_id")


def known(mailbox: Mailbox, mail: Mail, report: Report | None, letter: Letter, now: datetime) -> Known:
    """Everything that may be meant by a letter that this mailbox brought. Nothing of another account ever is."""
    ids = {id_ for _layer, id_ in matching.ids_of(mail, report)}
    mails = SentMail.objects.filter(account_id=mailbox.account_id)
    # Two questions, for each has an index of its own; "other_id" is the provider's word within its mailbox.
    by_id = [*_sent(mails.filter(message_id__in=ids)), *_sent(_rewritten(mailbox, ids))] if ids else []
    in_thread = _in_thread(mailbox, letter)
    addresses = [one.address for one in report.recipients] if report else [mail.sender]
    people = _people(mailbox.account_id, addresses)
    recent = mails.filter(contact_id__in=people, sent_at__gte=now - matching.GUESSED_FOR).order_by("-sent_at")
    return Known(
        matching.index(by_id), in_thread, _sent(recent) if people else [], people,
        _addresses({sent.contact_id for sent in (*by_id, *in_thread)}),
    )  # fmt: skip


def of_account(account_id: int, ids: Iterable[int]) -> dict[int, IncomingMail]:
    """Letters of an account by their ids, for whoever shows them."""
    wanted = set(ids)
    return IncomingMail.objects.filter(account_id=account_id).in_bulk(wanted) if wanted else {}


def _in_thread(mailbox: Mailbox, letter: Letter) -> list[Sent]:
    """Mails of the provider's conversation, the newest first: as it told when it took them, or as it tells now."""
    mine = SentMail.objects.filter(mailbox=mailbox).order_by("-sent_at")
    found = _sent(mine.filter(thread=letter.thread[:LONGEST_THREAD])) if letter.thread else []
    told = letter.sent_ids[:MOST]
    return found or (_sent(mine.filter(message_id__in=told)) if told else [])


def _rewritten(mailbox: Mailbox, ids: Iterable[str]) -> QuerySet[SentMail]:
    return SentMail.objects.filter(~Q(other_id=""), mailbox=mailbox, other_id__in=ids)


def _sent(rows: QuerySet[SentMail]) -> list[Sent]:
    return [Sent(**row) for row in rows.values(*_FIELDS)[:MOST]]


def _people(account_id: int, addresses: Sequence[str]) -> list[int]:
    """Contacts with one of these addresses: those that are there before the archived, the newest first."""
    keys = {normalising.email_key(address) for address in addresses if address}
    if not keys:
        return []
    rows: Any = Contact.objects.filter(~Q(email_key=""), account_id=account_id, email_key__in=keys)
    found = rows.values_list("archived_at", "id")[:MOST]
    return [id_ for _archived, id_ in sorted(found, key=lambda row: (row[0] is not None, -row[1]))]


def _addresses(contacts: set[int]) -> dict[int, frozenset[str]]:
    rows = Contact.objects.filter(pk__in=contacts).values_list("id", "email_key") if contacts else []
    return {id_: frozenset({key} - {""}) for id_, key in rows}
