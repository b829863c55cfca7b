"""A mail that a program reads: to a mailbox of its own, one fact a line, and not to the contact.

Parsers such as Zapier's find a value by the words around it, so the layout must never move: the lines stand in the order in which
they were written, each is ``Label: value ||``, an empty value leaves its line where it is, a line break in a value becomes a
space, and a double bar in a value is taken out, with a word about both in the history. Plain text; nothing is added to it.

A mailer for which the hub speaks SMTP gives the step with two lines::

    parser_mail = addon.action("parser_mail", ParserMail, title="Zapier parser e-mail", icon="mail")(send_lines)
    parser_mail.reconcile(find_lines)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field, field_validator

from hub.core.mail import is_address
from hub.core.mail_action import written
from hub.core.mail_mime import message_id
from hub.core.outcomes import Finding, Outcome, Sent
from hub.core.settings import Help, Settings, Verbatim

END = "||"
"""What ends a value."""

SEEDS = {"First Name": "{{client.firstName}}", "Phone": "{{client.phoneCell}}"}
"""What the users' own instructions begin with."""

_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")


class ParserMail(Settings):
    """What the step asks for."""

    mailbox: Annotated[
        str,
        Verbatim(),
        Help("The parser's address, in small letters. The contact is left out: the mail goes there alone."),
    ] = Field(title="Parser mailbox", max_length=254)
    subject: Annotated[str, Help("One line.")] = Field(default="New contact", min_length=1, max_length=300)
    lines: Annotated[
        dict[str, str],
        Help("Heading and value of each line. Do not change headings or order once the parser has learned them."),
    ] = Field(default=SEEDS, title="Lines", min_length=1, max_length=100)

    @field_validator("mailbox")
    @classmethod
    def _in_small_letters(cls, mailbox: str) -> str:
        if not is_address(mailbox):
            raise ValueError("this is not a mail address")
        if mailbox != mailbox.lower():
            raise ValueError(f"a parser's mailbox is named in small letters; write {mailbox.lower()}")
        return mailbox

    @field_validator("lines")
    @classmethod
    def _plain_headings(cls, lines: dict[str, str]) -> dict[str, str]:
        for label in lines:
            if not label or END in label or _BREAKS.search(label):
                raise ValueError("a heading is one line of text without a double bar")
        return lines


def flat(value: str) -> str:
    """A value on one line, and without what ends it."""
    return _BREAKS.sub(" ", value).replace(END, "").strip()


def layout(lines: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """The text of the mail, and the headings out of whose values a line break or a double bar was taken."""
    changed = tuple(label for label, value in lines.items() if flat(value) != value.strip())
    return "".join(f"{label}: {flat(value)} {END}\n" for label, value in lines.items()), changed


async def send_lines(vendor: Any, step: ParserMail, contact: Any) -> Outcome:
    """Send it from the account's own mailbox."""
    text, changed = layout(step.lines)
    message = written(vendor, step.mailbox, step.subject, text)
    if isinstance(message, Outcome):
        return message
    sent: Outcome = await vendor.post.send(message)
    return replace(sent, note=_note(step, changed)) if isinstance(sent, Sent) else sent


async def find_lines(vendor: Any, step: ParserMail, contact: Any) -> Finding:
    """Look for it in *Sent*."""
    found: Finding = await vendor.post.find(message_id(vendor.ref, vendor.settings.address))
    return found


def _note(step: ParserMail, changed: tuple[str, ...]) -> str:
    said = f"E-mail with {len(step.lines)} lines sent to {step.mailbox}; the contact was left out."
    return f"{said} Line breaks and double bars were taken out of: {', '.join(changed)}." if changed else said
