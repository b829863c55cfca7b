"""The step that every mailer gives: send an e-mail to the contact.

The hub makes it from the mailer's declaration, so a mailer that is data alone can be put into a plan. It is carried out like any
other action: gate, intent, one irreversible call, outcome.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, ValidationError

from hub.core.actions import Action
from hub.core.mail import Mailer, Message, is_address, one_line
from hub.core.mail_mime import message_id
from hub.core.outcomes import Finding, NeedsAdmin, Outcome, Rejected
from hub.core.settings import Help, Long, Settings


class Mail(Settings):
    """What the step asks for."""

    subject: Annotated[str, Field(min_length=1, max_length=300), Help("One line.")]
    text: Annotated[str, Field(min_length=1, max_length=100_000), Long(10),
                    Help("Plain text. The mail is sent from the account's own address, and answers go there.")]  # fmt: skip


def action_of(mailer: Mailer) -> Action:
    """The action *send an e-mail* of a mailer, under the mailer's own name."""

    async def send(vendor: Any, step: Mail, contact: Any) -> Outcome:
        message = letter(vendor, step, contact)
        if isinstance(message, Outcome):
            return message
        sent: Outcome = await (mailer.send(vendor, message) if mailer.send else vendor.post.send(message))
        return sent

    async def find(vendor: Any, step: Mail, contact: Any) -> Finding:
        wanted = message_id(vendor.ref, vendor.settings.address)
        found: Finding = await (mailer.find(vendor, wanted) if mailer.find else vendor.post.find(wanted))
        return found

    looks_up = mailer.find is not None or (mailer.by_post and mailer.send is None)
    return Action(
        mailer.name, mailer.title, Mail, send, needs=("email",), reconcile=find if looks_up else None, icon="mail",
        channel="email",
    )  # fmt: skip


def letter(vendor: Any, step: Mail, contact: Any) -> Message | Outcome:
    """The mail of one step run, or the outcome that says why there can be none."""
    address = contact.email.strip()
    if not is_address(address):
        return Rejected("The contact's e-mail address is not one that mail can be sent to.", field="email")
    return written(vendor, address, step.subject, step.text)


def written(vendor: Any, to: str, subject: str, text: str) -> Message | Outcome:
    """A mail from the account's own address, or the outcome that says why there can be none."""
    sender = getattr(vendor.settings, "address", "")
    if not is_address(sender):
        return NeedsAdmin("Give the address that mail is sent from.", field="address")
    try:
        return Message(
            message_id=message_id(vendor.ref, sender), sender=sender,
            sender_name=one_line(getattr(vendor.settings, "sender_name", "")), to=(to,),
            subject=one_line(subject), text=text,
        )  # fmt: skip
    except ValidationError as trouble:
        return Rejected(f"The mail cannot be written: {trouble.errors(include_input=False)[0]['msg']}.")


async def signs_in(vendor: Any) -> str:
    """The connection test of a mailer that speaks by post."""
    there = await vendor.post.sign_in()
    whose = getattr(vendor.settings, "address", "") or there.address
    return f"{whose}, {'sending and reading' if there.reads else 'sending only'}"
