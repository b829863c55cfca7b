"""An e-mail that a program asks for: one contact, one text, through the account's default mailbox or a mailer that is named.

It is the step *send an e-mail* by itself (:mod:`hub.plans.lone`), and what holds a step holds a letter: nothing accepted is lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from hub.accounts.models import Account
from hub.addons import catalog
from hub.addons import steps as addon_steps
from hub.audit.actor import Actor
from hub.contacts.models import Contact
from hub.core.mail import one_line
from hub.db.errors import Conflict, Invalid, NotFound
from hub.history import changes as history
from hub.history.changes import NewNote
from hub.plans import lone, senders, tokens
from hub.plans.drafting import StepDraft
from hub.plans.models import PlanKind, StepRun

NAME = gettext_noop("Integration Assignment")
"""What the users' former system calls it in a contact's history."""

FARTHEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Letter:
    """What is asked for. Tokens in subject and text are filled when it is sent.

    Attributes:
        mailer: ``addon.mailer``; empty takes the account's default mailbox.
        due: when it goes; None is now.
    """

    subject: str
    text: str
    mailer: str = ""
    due: datetime | None = None


def ask(account: Account, contact: Contact, letter: Letter, *, by: Actor, now: datetime) -> UUID:
    """Have it sent; says under which run.

    Raises:
        Conflict: nothing of the account's that sends e-mail is on, or the contact is archived.
        Invalid: the contact has no e-mail address, or the letter cannot be written so.
    """
    _check_mailer(account, letter.mailer)
    _check(contact, letter, now)
    step = StepDraft(
        action_type=senders.SEND,
        name=one_line(f"{NAME}: {letter.subject}")[:120].strip(),
        options=_options(account, letter),
    )
    due = max(letter.due, now) if letter.due else None
    run_id = lone.start(account, step, contact.pk, kind=PlanKind.LONE, plan_name="", by=by, now=now, due=due)
    data = {"subject": letter.subject}
    history.add(NewNote(account.pk, contact.pk, "mail.asked", data, run_id, None, by.label, now))
    return run_id


def of(account: Account, contact: Contact, run_id: UUID) -> StepRun:
    """A letter that was asked for. Raises ``NotFound``."""
    rows = StepRun.objects.select_related("plan_step").filter(account=account, contact_id=contact.pk, pk=run_id)
    found = rows.filter(kind=PlanKind.LONE).first()
    if found is None:
        raise NotFound(_("There is no such e-mail."))
    return found


def _check_mailer(account: Account, wanted: str) -> None:
    there = [one.type for one in catalog.mailers(account)]
    if not there and not senders.takes(account.pk, ""):
        raise _nothing_is_on()
    if wanted and wanted not in there:
        raise Invalid({"mailer": _choices(there)})
    if not senders.takes(account.pk, wanted):
        raise _nothing_is_on()


def _choices(there: list[str]) -> str:
    """What may be written instead. Mailboxes have no name here: the account's default one sends where none is asked for."""
    if there:
        return _("Choose one of: {names}.").format(names=", ".join(there))
    return _("There is no such mailer here. Leave it out, and the account's default mailbox sends.")


def _nothing_is_on() -> Conflict:
    return Conflict(
        _("No add-on that sends e-mail is on in this account."), _("An admin of the account acts."),
        _("Switch one on under Add-Ons and give it a mailbox; then send again."), code="no_mailer",
    )  # fmt: skip


def _check(contact: Contact, letter: Letter, now: datetime) -> None:
    if contact.archived_at is not None:
        raise Conflict(_("The contact is archived, so nothing is sent."), next=_("Restore the contact first."))
    if not contact.email:
        raise Invalid({"contact_id": _("The contact has no e-mail address.")})
    if letter.due is not None and letter.due > now + FARTHEST:
        raise Invalid({"send_at": _("This is more than a year away.")})


def _options(account: Account, letter: Letter) -> dict[str, str]:
    """Checked as the plan editor checks a step."""
    given = {"subject": letter.subject, "text": letter.text, "sender": letter.mailer, "kind": "personal"}
    known = [token.name for token in tokens.table(account)]
    verdict = addon_steps.check(account, senders.SEND, given, known_tokens=known)
    if not verdict.ok:
        raise Invalid({field or "mailer": sentence for field, sentence in verdict.problems})
    return given
