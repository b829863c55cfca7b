"""``HUB_MAIL_URL``: the operator's own mail server, as one address.

``smtp://user:password@host:587?from=hub@example.com`` begins in the clear and becomes safe before anything is said (STARTTLS);
``smtps://`` is safe from its first byte. User and password stand percent-encoded, as in any address.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

PORTS: dict[str, tuple[int, Literal["starttls", "implicit"]]] = {"smtp": (587, "starttls"), "smtps": (465, "implicit")}


class BadMailUrl(ValueError):
    """It cannot be used. The text says why, and holds no secret."""


@dataclass(frozen=True, slots=True)
class MailUrl:
    """The same, read.

    Attributes:
        sender: the address that mail is sent from.
    """

    host: str
    port: int
    tls: Literal["starttls", "implicit"]
    user: str
    password: str = field(repr=False)
    sender: str = ""


def read(text: str) -> MailUrl | None:
    """The operator's server; None where nothing is named.

    Raises:
        BadMailUrl: it is no such address, or lacks a part.
    """
    if not text:
        return None
    try:
        parts = urlsplit(text)
        named_port = parts.port
    except ValueError:
        raise BadMailUrl("HUB_MAIL_URL is not an address.") from None
    if parts.scheme not in PORTS or not parts.hostname:
        raise BadMailUrl("HUB_MAIL_URL begins with smtp:// or smtps:// and names a host.")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    sender = (parse_qs(parts.query).get("from") or [user])[0]
    if not (user and password):
        raise BadMailUrl("HUB_MAIL_URL names a user and a password: smtp://user:password@host.")
    if sender.count("@") != 1 or any(sign.isspace() for sign in sender):
        raise BadMailUrl("HUB_MAIL_URL says from which address mail is sent: add ?from=hub@example.com.")
    port, tls = PORTS[parts.scheme]
    return MailUrl(parts.hostname, named_port or port, tls, user, password, sender)
