"""The account's form of a mailer: whose mailbox it is, and how to get into it.

:class:`MailAccount` is the least that any mailer asks: the address and the name that people see. :class:`Mailbox` adds what SMTP
and IMAP need. A mailer of presets makes its own with :func:`mailbox_form`, so that the drop-down holds exactly its providers.
"""

from __future__ import annotations

import sys
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, create_model

from hub.core.mail import MailPreset, Tls, is_address, one_line
from hub.core.settings import Help, Secret, Settings

DETECT = "Find out from the address"
"""The first entry of the drop-down: the address's domain says whose it is."""

CUSTOM = "Custom"
"""The last one: the account names its own servers."""


def _address(text: str) -> str:
    if not is_address(text):
        raise ValueError("this is not a mail address")
    return text


BESIDE = ("sender_name", "sent_folder", "files_sent")
"""Fields that do not say where a password goes, nor whose it is."""


class MailAccount(Settings):
    """Whose mailbox it is."""

    address: Annotated[str, AfterValidator(_address), Field(title="E-mail address"),
                       Help("Mail is sent from this address, and answers come back to it.")]  # fmt: skip
    sender_name: Annotated[str, AfterValidator(one_line), Field(title="Sender's name", max_length=120),
                           Help("What people see beside the address, such as your first name and company.")] = ""  # fmt: skip


class Mailbox(MailAccount):
    """A mailbox with a password, at a provider whose servers are known."""

    password: Annotated[Secret, Field(title="Password"),
                        Help("Usually an app password: made at your mail provider for this hub alone.")]  # fmt: skip
    provider: str = DETECT
    sent_folder: Annotated[str, Field(title="Folder for sent mail", max_length=200),
                           Help("Empty: the one the server names.")] = ""  # fmt: skip
    files_sent: Annotated[bool, Field(title="The server files sent mail by itself"),
                          Help("Switch it on when mail that you send with other programs is in that folder by itself. "
                               "Switched off, the hub puts a copy there.")] = False  # fmt: skip


class CustomMailbox(Mailbox):
    """The same, where the account may name its own servers. The fields count only when the provider is *Custom*."""

    smtp_host: Annotated[str, Field(title="SMTP host", max_length=253), Help("Only for Custom.")] = ""
    smtp_port: Annotated[int, Field(title="SMTP port", ge=1, le=65_535)] = 587
    smtp_tls: Annotated[Tls, Field(title="SMTP security"),
                        Help("Usually starttls on port 587 and implicit on port 465.")] = "starttls"  # fmt: skip
    smtp_user: Annotated[str, Field(title="SMTP user name", max_length=254), Help("Empty: the address.")] = ""
    imap_host: Annotated[str, Field(title="IMAP host", max_length=253),
                         Help("Only for Custom. Empty: mail is sent and not read.")] = ""  # fmt: skip
    imap_port: Annotated[int, Field(title="IMAP port", ge=1, le=65_535)] = 993
    imap_tls: Annotated[Tls, Field(title="IMAP security"),
                        Help("Usually implicit on port 993 and starttls on port 143.")] = "implicit"  # fmt: skip
    imap_user: Annotated[str, Field(title="IMAP user name", max_length=254), Help("Empty: as for SMTP.")] = ""


def mailbox_form(presets: tuple[MailPreset, ...], *, custom: bool = False) -> type[Mailbox]:
    """The form whose drop-down holds these providers: ``AddOn(settings=mailbox_form(PRESETS), …)``.

    Args:
        custom: the drop-down ends with *Custom*, and the form has fields for servers of one's own.
    """
    titles = (DETECT, *(preset.title for preset in presets), *([CUSTOM] if custom else []))
    kind: Any = Annotated[Literal[titles], Field(title="Provider"), Help(_help(presets))]
    caller = str(sys._getframe(1).f_globals.get("__name__", __name__))  # the form is its author's, not ours
    base = CustomMailbox if custom else Mailbox
    return create_model("Account", __base__=base, __module__=caller, provider=(kind, DETECT))


def _help(presets: tuple[MailPreset, ...]) -> str:
    elsewhere = [f"{preset.title}: {preset.instead}" for preset in presets if preset.instead]
    return " ".join(["Whose mail it is.", *elsewhere])
