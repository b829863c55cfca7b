"""Send an e-mail from one of the account's mailboxes.

The step belongs to an add-on of its own, so that a step stays what it is when an account changes its mail provider. Who carries
it is found out when it runs: :mod:`hub.mail` puts the mailer of the chosen mailbox in place of the function below, which is only
reached where there is no mail room, as on an author's bench.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from hub.core import (
    AddOn,
    Choice,
    Contact,
    Help,
    Long,
    NeedsAdmin,
    Outcome,
    Rich,
    Settings,
    Template,
    Vendor,
    Verbatim,
)  # fmt: skip
from hub.core.mail import is_address

addon = AddOn(
    "mail",
    title="E-mail",
    summary="Sends the e-mails of plans from the mailboxes of the account and of its users.",
    logo="mail",
    always_on=True,
)

ASSIGNED = "assigned"
"""What ``sender`` says for the mailbox of whoever the contact is assigned to."""


LONGEST_HTML = 200_000
"""Characters of what is written with formatting."""


class Email(Settings):
    """What the step asks for."""

    subject: Annotated[str, Field(min_length=1, max_length=300), Help("One line.")]
    html: Annotated[Template, Rich(), Help("The plain text that goes beside it is made from it.")] = Field(
        default=Template(), title="Text"
    )
    text: Annotated[
        str, Field(max_length=100_000), Long(4),
        Help("Instead of the text above: for an e-mail without formatting, such as one that a program reads."),
    ] = Field(default="", title="Plain text")  # fmt: skip
    kind: Annotated[
        Literal["marketing", "personal"],
        Help("Marketing bears the company's address and a link to unsubscribe, and goes to nobody who has done so. "
             "Personal is about something that the contact has asked for or bought."),
    ] = Field(default="marketing", title="Kind")  # fmt: skip
    sender: Annotated[str, Choice("mailbox"), Field(title="From", max_length=80),
                      Help("Left empty, it is sent from the account's default mailbox.")] = ""  # fmt: skip
    files: Annotated[
        list[str], Choice("file"), Field(max_length=10), Help("Those that were added are kept under Settings, Files."),
    ] = []  # fmt: skip
    files_as: Annotated[
        Literal["as advised", "attached", "as links"],
        Help("As advised gives as a link what the mailbox's provider is known to refuse, such as some PDFs at Microsoft. "
             "A link works for 90 days; what is too large for a mail becomes one."),
    ] = Field(default="as advised", title="Files go")  # fmt: skip
    reply_to: Annotated[str, Verbatim(), Help("An address, where answers shall not go to the sender.")] = Field(
        default="", title="Answers go to", max_length=254
    )
    to: Annotated[
        str, Verbatim(), Help("An address: the e-mail goes there and not to the contact, without footer and link."),
    ] = Field(default="", title="To somebody else", max_length=254)  # fmt: skip

    @classmethod
    def leaves_out(cls, values: Mapping[str, Any]) -> bool:
        """It goes to somebody else, so the contact needs no address."""
        return bool(str(values.get("to") or "").strip())

    @field_validator("to", "reply_to")
    @classmethod
    def _an_address(cls, address: str) -> str:
        if address and not is_address(address):
            raise ValueError("this is not a mail address")
        return address

    @field_validator("html")
    @classmethod
    def _not_too_long(cls, html: Template) -> Template:
        if len(html.text) > LONGEST_HTML:
            raise ValueError(f"use at most {LONGEST_HTML:,} characters")
        return html

    @model_validator(mode="after")
    def _says_something(self) -> Email:
        if not self.html.text.strip() and not self.text.strip():
            raise ValueError("write what the e-mail says")
        return self


@addon.action("send", Email, title="Send an e-mail", needs=["email"], icon="mail", channel="email")
async def send(vendor: Vendor, step: Email, contact: Contact) -> Outcome:
    """Say that nobody carries it."""
    return NeedsAdmin("This account has no mailbox that sends its e-mails.")
