"""From a step and its contact to the message that leaves. Pure: what is of the database comes in as :class:`About`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from hub.core.facts import Contact
from hub.core.mail import Attachment, Message, is_address, one_line
from hub.core.outcomes import NeedsAdmin, Outcome, Rejected
from hub.mail import cleaning, footer, loops, plain
from hub.mail.files import enclosing
from hub.mail.files.enclosing import Split
from hub.mail.files.reads import Enclosed
from hub.mail.footer import Footer
from hub.steps.email import Email


@dataclass(frozen=True, slots=True)
class Sender:
    """In whose name the mail goes out.

    Attributes:
        reply_to: where answers go; empty: to the address itself.
    """

    address: str
    name: str = ""
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """What a mail must say that neither the step nor the contact knows.

    Attributes:
        message_id: made from the step run's reference.
        loop: tells our own mail from everybody else's (:mod:`hub.mail.loops`).
        footer: what stands below marketing mail, with the way out.
        files: what is attached, and what is given as a link.
        lacking: the step names a file that is not there any more.
    """

    message_id: str
    loop: str = ""
    footer: Footer = field(default_factory=Footer)
    files: Split = ((), ())
    lacking: bool = False


def compose(step: Email, contact: Contact, sender: Sender, about: About) -> Message | Outcome:
    """The mail of one step run, or the outcome that says why there can be none."""
    address = receiver(step, contact)
    if not is_address(address):
        return Rejected("The contact's e-mail address is not one that mail can be sent to.", field="email")
    if not is_address(sender.address):
        return NeedsAdmin("Give the address that mail is sent from.", field="address")
    if about.lacking:
        return Rejected("A file of this e-mail is not there any more. Choose another in the step.", field="files")
    below = about.footer if is_marketing(step) else None
    attached, linked = about.files
    text, html = _body(step, below, linked)
    answers = step.reply_to or sender.reply_to
    try:
        return Message(
            message_id=about.message_id, sender=sender.address, sender_name=one_line(sender.name), to=(address,),
            reply_to=answers if is_address(answers) else "", subject=one_line(step.subject), text=text, html=html,
            attachments=tuple(Attachment.of(one.name, one.kind, one.content) for one in attached),
            headers=(*_headers(about), *(footer.headers(below.unsubscribe, below.mailto) if below else ())),
        )  # fmt: skip
    except ValidationError as trouble:
        return Rejected(f"The mail cannot be written: {trouble.errors(include_input=False)[0]['msg']}.")


def receiver(step: Email, contact: Contact) -> str:
    """To whom it goes: the contact, unless the step leaves them out."""
    return (step.to or contact.email).strip()


def is_marketing(step: Email) -> bool:
    """Whether it bears the footer and needs consent: not what is personal, nor what goes to somebody else."""
    return step.kind == "marketing" and not step.to


def _body(step: Email, below: Footer | None, linked: Sequence[Enclosed]) -> tuple[str, str]:
    """The text and the HTML, the same said twice; without formatting there is the text alone."""
    written = cleaning.fill(step.html.text, step.html.values) if step.html else ""
    files = enclosing.text(linked)
    if cleaning.is_empty(written):
        return step.text + files + (f"\n\n{below.text()}" if below else ""), ""
    text = plain.text_of(written).rstrip("\n") + files + "\n" + (f"\n{below.text()}" if below else "")
    return text, cleaning.document(written + enclosing.as_html(linked) + (f"\n{below.html()}" if below else ""))


def _headers(about: About) -> tuple[tuple[str, str], ...]:
    """By these no machine answers us, and we know ourselves."""
    loop = ((loops.HEADER, about.loop),) if about.loop else ()
    return ("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All"), *loop
