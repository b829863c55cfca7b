"""One letter, kept once: read twice, by two readers at a time, or by one that was killed over it.

Everything it leads to is in one transaction with its row, and the row is unique in its mailbox: who comes second finds it and
does nothing. The same letter in two mailboxes of an account is told once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

from django.db import IntegrityError, transaction

from hub.contacts.models import Contact
from hub.core.mail_post import Letter
from hub.db import counting, turns
from hub.events import changes as events
from hub.history import changes as history
from hub.history.changes import NewNote
from hub.mail import loops
from hub.mail.models import IncomingMail, Mailbox
from hub.mail.reading import (
    authenticity,
    cleaning,
    consequences,
    kinds,
    matching,
    parsing,
    quoting,
    reads,
    unwritten,
    wayout,
)
from hub.mail.reading.bounces import Report
from hub.mail.reading.kinds import Kind
from hub.mail.reading.matching import Known, Match
from hub.mail.reading.parsing import Mail
from hub.notifications import changes as notifications
from hub.notifications.changes import NewNotification
from hub.users import leaders

LATE = timedelta(days=4)
"""How old a letter may say it is and be believed: as far back as a mailbox is ever read again."""

FIRST_WORDS = 160
"""Characters of a letter in its notification."""


class Kept(StrEnum):
    """What became of a letter."""

    KEPT = "kept"
    KNOWN = "known"
    OURS = "ours"
    STRANGER = "stranger"
    WAY_OUT = "way_out"


@dataclass(frozen=True, slots=True)
class _Sorted:
    """A letter with everything that was found out about it."""

    mailbox: Mailbox
    mail: Mail
    kind: str
    found: Match
    report: Report | None
    now: datetime


def keep(mailbox: Mailbox, letter: Letter, now: datetime) -> Kept:
    """Write a letter down with all it leads to. Inside a transaction.

    Returns:
        what became of it. A stranger's letter and one of our own are nobody's history.
    """
    mail = parsing.read(letter.raw)
    kind, report = kinds.kind_of(mail, loops.marks(mailbox.account_id))
    if kind is Kind.OURS or (mailbox.address and mail.sender == mailbox.address.lower()):
        return _counted(Kept.OURS, kind)
    if (who := wayout.who(mailbox, mail)) is not None:
        return _counted(Kept.WAY_OUT if wayout.take(mailbox, mail, who, now) else Kept.KNOWN, kind)
    refuted = authenticity.is_refuted(mail.trace, mail.sender, [mailbox.address.rpartition("@")[2]])
    found = matching.match(mail, _known(mailbox, mail, report, letter, now), report, refuted=refuted)
    if found is None:
        return _counted(Kept.STRANGER, kind)
    said = _Sorted(mailbox, mail, _kind(kind, mail, found, now), found, report, now)
    twin = _told_already(said)
    row = _row(said)
    if row is None:
        return _counted(Kept.KNOWN, kind)
    if letter.thread and found.sent is not None and not found.guessed:
        consequences.belongs_to(mailbox.pk, found.sent.id, letter.thread)
    if not twin:
        _follow(said, row)
    return _counted(Kept.KEPT, kind)


def _known(mailbox: Mailbox, mail: Mail, report: Report | None, letter: Letter, now: datetime) -> Known:
    """What it may be matched with; a mail of ours that has no row yet gets one first."""
    known = reads.known(mailbox, mail, report, letter, now)
    strange = {id_ for _layer, id_ in matching.ids_of(mail, report)} - known.by_id.keys()
    return reads.known(mailbox, mail, report, letter, now) if unwritten.write_down(mailbox, strange) else known


def _counted(became: Kept, kind: Kind) -> Kept:
    counting.add("hub_mail_read_total", became=str(became), kind=str(kind))
    return became


def _kind(kind: Kind, mail: Mail, found: Match, now: datetime) -> str:
    if kind is not Kind.PERSON:
        return str(kind)
    anew = found.sent is None or matching.begins_anew(mail, found.sent, now)
    return str(IncomingMail.Kind.MAIL if anew else IncomingMail.Kind.REPLY)


def _told_already(said: _Sorted) -> bool:
    """Another mailbox of the account brought the same letter. Both may bring it at the same moment, so one of them waits."""
    turns.one_at_a_time("letter", said.mailbox.account_id, said.mail.message_id)
    rows = IncomingMail.objects.filter(
        account_id=said.mailbox.account_id, contact_id=said.found.contact_id, message_id=said.mail.message_id
    )
    return rows.exclude(mailbox=said.mailbox).exists()


def _row(said: _Sorted) -> IncomingMail | None:
    """The letter's row; None when it is there already."""
    mail, found = said.mail, said.found
    row = IncomingMail(
        account_id=said.mailbox.account_id, mailbox=said.mailbox, contact_id=found.contact_id,
        answers_id=found.sent.id if found.sent else None, kind=said.kind, matched_by=found.layer, guessed=found.guessed,
        message_id=mail.message_id, sender=mail.sender, subject=mail.subject, text=quoting.new_in(mail.text, mail.html),
        html=cleaning.clean(mail.html) if said.report is None else "", arrived_at=_moment(said), kept_at=said.now,
    )  # fmt: skip
    if _is_there(said):
        return None
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:  # another reader was quicker
        return None
    return row


def _is_there(said: _Sorted) -> bool:
    """Mostly so when a mailbox is read again, so it is asked before anything is tried."""
    return IncomingMail.objects.filter(mailbox=said.mailbox, message_id=said.mail.message_id).exists()


def _moment(said: _Sorted) -> datetime:
    """When it was written, as it says, unless that cannot be."""
    try:
        told = parsedate_to_datetime(said.mail.header("date"))
        return told if told.tzinfo and said.now - LATE < told < said.now else said.now
    except (ValueError, TypeError, OverflowError):
        return said.now


def _follow(said: _Sorted, row: IncomingMail) -> None:
    """The note, and what follows from a letter of its kind."""
    if said.found.sent is not None and said.found.layer in matching.PROVES:
        consequences.left(said.found.sent.id)
    _note(said, row)
    if said.kind in (IncomingMail.Kind.REPLY, IncomingMail.Kind.MAIL):
        _tell(said, row)
    if not said.found.theirs:
        return
    sent = said.found.sent
    if said.kind == IncomingMail.Kind.REPLY and sent is not None:
        consequences.answered(sent.id)
        events.tell_reply(
            row.account_id,
            row.contact_id,
            at=said.now,
            subject=row.subject,
            run_id=sent.run_id,
        )
    if said.kind == IncomingMail.Kind.BOUNCE:
        _came_back(said, row)
    if sent is not None and not _is_about_success(said):
        consequences.stop_plans(row.account_id, row.contact_id, said.kind, sent.enrollment_id, said.now)


def _is_about_success(said: _Sorted) -> bool:
    """A report that a mail was delivered, or handed on, is no automatic answer of the contact's."""
    return said.report is not None and said.kind == IncomingMail.Kind.AUTO


def _came_back(said: _Sorted, row: IncomingMail) -> None:
    worst = said.report.worst if said.report else None
    if said.found.sent is not None:
        consequences.came_back(said.found.sent.id, worst)
    if worst is not None and worst.nobody_there and _is_theirs(said, worst.address):
        consequences.suppress(row.account_id, row.contact_id, worst)


def _is_theirs(said: _Sorted, address: str) -> bool:
    """A report may be forged: only an address that we wrote to is put on the list, and only by a report that bears our mail's
    own id, which strangers who know an address do not."""
    sent = said.found.sent
    return sent is not None and not said.found.guessed and sent.to.lower() == address.lower()


NOTES = {
    IncomingMail.Kind.REPLY: "mail.received",
    IncomingMail.Kind.MAIL: "mail.received",
    IncomingMail.Kind.AUTO: "mail.auto",
    IncomingMail.Kind.BOUNCE: "mail.bounced",
    IncomingMail.Kind.DELAY: "mail.late",
}


def _note(said: _Sorted, row: IncomingMail) -> None:
    sent = said.found.sent
    about_ours = said.report is not None and sent is not None
    data = {"subject": sent.subject if about_ours and sent else row.subject, "mail": row.pk, "text": _text(said, row)}
    if said.found.refuted:
        data["refuted"] = True
    elif not said.found.theirs:
        data["from"] = row.sender
    history.add(
        NewNote(
            row.account_id, row.contact_id, NOTES[IncomingMail.Kind(said.kind)], data,
            run_id=sent.run_id if sent else None,
            enrollment_id=sent.enrollment_id if sent else None, at=said.now,
        )
    )  # fmt: skip


def _text(said: _Sorted, row: IncomingMail) -> str:
    """Of a letter its words, of a report the server's."""
    worst = said.report.worst if said.report else None
    if worst is None:
        return row.text
    return " ".join(filter(None, (worst.address, worst.status, worst.said))) or row.text[:300]


def _tell(said: _Sorted, row: IncomingMail) -> None:
    """The mailbox's owner, else whom the contact is assigned to, else those in charge. Who has left is passed over."""
    contact = Contact.objects.filter(pk=row.contact_id).first()
    if contact is None:
        return
    people = leaders.first_here(row.account_id, (said.mailbox.user_id, contact.assigned_user_id))
    words = " ".join((row.subject or row.text).split())[:FIRST_WORDS]
    data = {"contact": contact.label, "text": words}
    url = f"/a/{row.account_id}/contacts/{row.contact_id}"
    kind = "mail.refuted" if said.found.refuted else "mail.received"
    notifications.tell_many(
        NewNotification(row.account_id, user_id, kind, data, url, at=said.now) for user_id in people
    )
