"""What follows from a letter, within the transaction that keeps it: plans that end, a mail that was answered or came back, an
address that gets no more mail."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_noop

from hub.audit.actor import Actor
from hub.db import counting
from hub.mail.models import IncomingMail, SentMail, Suppression
from hub.mail.reading.bounces import Recipient
from hub.mail.reading.reads import LONGEST_THREAD
from hub.mail.suppressing import changes as suppressing
from hub.plans import loading, stopping
from hub.plans.models import Enrollment
from hub.plans.rules import Happened

READER = Actor("system", label="The hub's mail")

REASONS: dict[Happened, str] = {
    "reply": gettext_noop("The contact answered by e-mail."),
    "auto_reply": gettext_noop("An automatic answer came to an e-mail of this plan."),
    "bounce": gettext_noop("An e-mail of this plan came back: it cannot be delivered."),
}
"""Shown on the contact, in the plan's numbers and beside each step that no longer happens; always in the same words, so that
they can be counted."""

HAPPENED: dict[str, Happened] = {
    IncomingMail.Kind.REPLY: "reply",
    IncomingMail.Kind.AUTO: "auto_reply",
    IncomingMail.Kind.BOUNCE: "bounce",
}


def left(sent_id: int) -> None:
    """A mail of which nobody knew whether it left did: the letter bears its id. Its step is told (``hub.engine.proof``)."""
    unclear = SentMail.objects.filter(pk=sent_id, state=SentMail.State.UNCLEAR)
    unclear.update(state=SentMail.State.SENT, untold=True)


def answered(sent_id: int) -> None:
    """A mail of ours was answered. One that came back stays that."""
    SentMail.objects.filter(pk=sent_id).exclude(state=SentMail.State.BOUNCED).update(state=SentMail.State.ANSWERED)


def belongs_to(mailbox_id: int, sent_id: int, thread: str) -> None:
    """Now it is known which conversation of its mailbox a mail began; the next letter of it is known by that alone."""
    rows = SentMail.objects.filter(pk=sent_id, mailbox_id=mailbox_id, thread="")
    rows.update(thread=thread[:LONGEST_THREAD])


def came_back(sent_id: int, recipient: Recipient | None) -> None:
    """A mail of ours could not be delivered."""
    said = " ".join(filter(None, (recipient.status, recipient.said))) if recipient else ""
    SentMail.objects.filter(pk=sent_id).update(state=SentMail.State.BOUNCED, said=said[:300])


def suppress(account_id: int, contact_id: int, recipient: Recipient) -> None:
    """Nobody is there, so nothing more is written there. An address that is on the list already stays as it is."""
    suppressing.add(account_id, recipient.address, Suppression.Why.BOUNCED, by=READER, contact_id=contact_id)


def stop_plans(account_id: int, contact_id: int, kind: str, answered: int | None, now: datetime) -> int:
    """End the plans that say so of what happened, as far as they have written to the contact by e-mail. Says how many.

    Args:
        answered: the enrollment whose mail it was about, where that is known.
    """
    happened = HAPPENED.get(kind)
    if happened is None:
        return 0
    running = dict(
        Enrollment.objects.filter(account_id=account_id, contact_id=contact_id, state=Enrollment.State.RUNNING)
        .values_list("pk", "version_id")
    )  # fmt: skip
    wrote = _that_wrote(account_id, contact_id, running) | {answered}
    versions = loading.load_versions({version for id_, version in running.items() if id_ in wrote})
    ends = [id_ for id_, version in running.items() if id_ in wrote and versions[version].rules.ends_on(happened)]
    if not ends:
        return 0
    counting.add("hub_mail_stops_total", len(ends), reason=happened)
    return stopping.stop(account_id, ends, reason=REASONS[happened], by=READER, now=now).stopped


def _that_wrote(account_id: int, contact_id: int, running: dict[int, int]) -> set[int | None]:
    if not running:
        return set()
    rows = SentMail.objects.filter(account_id=account_id, contact_id=contact_id, enrollment_id__in=running)
    return set(rows.values_list("enrollment_id", flat=True))
