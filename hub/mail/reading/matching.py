"""Whose letter is it, and which mail of ours does it answer? Pure: it decides on what was loaded.

In layers, the surest first: what the letter says it answers, the conversation it names, what a provider remembers of a mail it
rewrote, the provider's own conversation in the same mailbox, and at last the same subject from the same person, which is a guess.
A letter that answers nothing may still be from a contact.

An id proves that its writer has seen our mail, and nothing about who they are: where the sender is not the person we wrote to,
the letter is kept with that person, marked, and stops nothing. So is a letter without an id of ours of which the server that
received it says that it is not from whom it names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from hub.contacts import normalising
from hub.mail.reading import subjects
from hub.mail.reading.bounces import Report
from hub.mail.reading.parsing import Mail

GUESSED_FOR = timedelta(days=30)
"""How long after a mail of ours the same subject is taken for its answer."""

OLD = timedelta(days=30)
"""A mail as old as this that comes back under another subject was used to begin something new."""

PROVES = frozenset({"returned", "in_reply_to", "references", "original"})
"""Layers in which the letter bears our mail's own id, which only somebody who saw the mail can know: so it left."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A mail of ours, as far as matching needs it."""

    id: int
    contact_id: int
    message_id: str
    to: str
    subject: str
    sent_at: datetime
    enrollment_id: int | None = None
    run_id: UUID | None = None
    other_id: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What of the database a letter may be matched with.

    Attributes:
        by_id: mails of ours by each id they are known by.
        thread: those of the provider's conversation, in this mailbox.
        recent: those to the sender's contacts, the newest first.
        people: contacts whose address the sender's is, the one to be taken first.
        addresses: contact → addresses by which it is known, folded.
    """

    by_id: Mapping[str, Sent] = field(default_factory=dict)
    thread: Sequence[Sent] = ()
    recent: Sequence[Sent] = ()
    people: Sequence[int] = ()
    addresses: Mapping[int, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Match:
    """What was found.

    Attributes:
        sent: the mail that is answered, or came back; None where the letter answers none.
        layer: how it was found.
        guessed: it may be wrong.
        theirs: the sender is the contact. Otherwise the letter stops nothing.
        refuted: the receiving server says that the sender's name is forged, and nothing else proves them.
    """

    contact_id: int
    sent: Sent | None
    layer: str
    guessed: bool = False
    theirs: bool = True
    refuted: bool = False

    @property
    def answers(self) -> bool:
        """Whether it is an answer, and not a letter of its own."""
        return self.sent is not None


def ids_of(mail: Mail, report: Report | None = None) -> list[tuple[str, str]]:
    """Every id that may be one of ours with its layer, the surest first."""
    returned = [("returned", id_) for id_ in report.originals] if report else []
    return [
        *returned,
        *(("in_reply_to", id_) for id_ in mail.in_reply_to),
        *(("references", id_) for id_ in mail.references),
        *(("original", id_) for id_ in mail.originals),
    ]


def match(mail: Mail, known: Known, report: Report | None = None, *, refuted: bool = False) -> Match | None:
    """The contact, and the mail; None for a stranger's letter.

    Args:
        refuted: the receiving server says that it is not from whom it names (:mod:`hub.mail.reading.authenticity`).
    """
    found = _found(mail, known, report)
    if found is None or not refuted or found.layer in PROVES:
        return found
    return replace(found, guessed=True, theirs=False, refuted=True)


def _found(mail: Mail, known: Known, report: Report | None) -> Match | None:
    found = _by_id(mail, known, report) or (_of("thread", known.thread[0], mail, known) if known.thread else None)
    if found is not None:
        return found
    if report is not None:
        return _returned(report, known)
    return _same_subject(mail, known) or (Match(known.people[0], None, "address") if known.people else None)


def begins_anew(mail: Mail, sent: Sent, now: datetime) -> bool:
    """An old mail of ours was used to write about something else."""
    said, was = bare(mail.subject), bare(sent.subject)
    return now - sent.sent_at > OLD and bool(said) and said != was


def bare(subject: str) -> str:
    """A subject without what was put in front of it, to be compared."""
    return normalising.fold(subjects.bare(subject))


def _by_id(mail: Mail, known: Known, report: Report | None) -> Match | None:
    for layer, id_ in ids_of(mail, report):
        sent = known.by_id.get(id_)
        if sent is not None:
            return Match(sent.contact_id, sent, layer) if report else _of(layer, sent, mail, known)
    return None


def _of(layer: str, sent: Sent, mail: Mail, known: Known) -> Match:
    """A conversation's letter. One from somebody else is marked."""
    sender = normalising.email_key(mail.sender)
    theirs = sender == normalising.email_key(sent.to) or sender in known.addresses.get(sent.contact_id, ())
    return Match(sent.contact_id, sent, layer, guessed=not theirs, theirs=theirs)


def _same_subject(mail: Mail, known: Known) -> Match | None:
    said = bare(mail.subject)
    sent = next((one for one in known.recent if said and bare(one.subject) == said), None)
    return Match(sent.contact_id, sent, "subject", guessed=True) if sent else None


def _returned(report: Report, known: Known) -> Match | None:
    """What came back names a recipient: the last mail to them is meant."""
    named = {normalising.email_key(one.address) for one in report.recipients}
    sent = next((one for one in known.recent if normalising.email_key(one.to) in named), None)
    return Match(sent.contact_id, sent, "recipient", guessed=True) if sent else None


def index(sents: Iterable[Sent]) -> dict[str, Sent]:
    """By each id that they are known by. An empty one matches nothing."""
    found: dict[str, Sent] = {}
    for sent in sents:
        for id_ in (sent.message_id, sent.other_id):
            if id_:
                found.setdefault(id_, sent)
    return found
