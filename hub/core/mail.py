"""Mailers: what a mail-provider plugin gives.

A preset is data: hosts, ports, TLS, the form of the user name, and the help a person needs to get an app password. Code
appears only where the provider needs it, in a mailer's ``send`` and ``read``, and even these speak only through what the
host hands them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from hub.core.facts import Facts


class Message(Facts):
    """A mail, ready to be sent: what the contact will see and nothing else.

    Attributes:
        message_id: made from the step run's reference, so that an unclear send can be looked up in *Sent*.
    """

    message_id: str
    sender: str
    sender_name: str = ""
    to: tuple[str, ...]
    reply_to: str = ""
    subject: str = ""
    text: str = ""
    html: str = ""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class MailPreset:
    """A provider whose servers are known.

    Attributes:
        name, title: for the drop-down.
        domains: address domains that are surely this provider's.
        user_name: how the login is made from the address: ``{address}`` or ``{local}``.
        help, href: how to get the password, in the provider's words.
    """

    name: str
    title: str
    smtp_host: str
    smtp_port: int
    imap_host: str
    imap_port: int
    smtp_tls: Literal["starttls", "implicit"] = "starttls"
    imap_tls: Literal["starttls", "implicit"] = "implicit"
    domains: tuple[str, ...] = ()
    user_name: str = "{address}"
    help: str = ""
    href: str = ""


@dataclass(frozen=True)
class Mailer:
    """A way to send mail in a person's own name, and to read the answers.

    Attributes:
        name: ``addon.mailer``.
        presets: the providers it knows by heart.
        send: ``async (vendor, message) -> Outcome``; the same verdicts as an action.
        find: ``async (vendor, message_id) -> Finding``: is it in *Sent*? Absent for providers without a Sent folder.
        files_sent: the provider puts a copy into *Sent* by itself.
    """

    name: str
    title: str
    send: Callable[..., Awaitable[Any]]
    find: Callable[..., Awaitable[Any]] | None = None
    presets: tuple[MailPreset, ...] = ()
    files_sent: bool = False
