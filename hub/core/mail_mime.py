"""A message as the bytes that travel.

Seven bits and CRLF throughout, so that no server on the way has a reason to touch it: a bare line feed makes Exchange refuse a
mail, and eight bits ask for an extension that not every server has. The same message makes the same bytes every time.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8, EmailPolicy
from email.utils import format_datetime

from hub.core.mail import Attachment, Message, is_address

LONGEST = 25 * 1024 * 1024
"""Bytes of a mail: what common providers take."""


LONGEST_NAME = 40
"""Characters of a file's name before its ending, so that it stands on one line."""


class Unwritable(ValueError):
    """The message cannot be written as a mail. The text says why."""


def message_id(ref: str, address: str) -> str:
    """The id of the mail of one step run: the same for every attempt, and nobody else's."""
    domain = ascii_address(address).rpartition("@")[2] if is_address(address) else ""
    plain = re.sub(r"[^A-Za-z0-9._-]", "-", ref)
    return f"<{plain or 'hub'}@{domain if domain.isascii() and domain else 'mail.invalid'}>"


def ascii_address(address: str) -> str:
    """The address with its domain as the name servers know it. The part before the @ stays as it is."""
    local, _, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        raise Unwritable(f"the domain {domain[:80]} cannot be written") from None


def needs_utf8(message: Message) -> bool:
    """Whether an address has letters that only servers with SMTPUTF8 understand."""
    addresses = (message.sender, *message.to, *([message.reply_to] if message.reply_to else []))
    return any(not ascii_address(address).isascii() for address in addresses)


def as_bytes(message: Message, date: datetime) -> bytes:
    """The mail.

    Raises:
        Unwritable: an address or a text that no mail can hold, or too much of it.
    """
    try:
        made = _top(message, date) + _rest(message)
    except Unwritable:
        raise
    except (ValueError, LookupError, AttributeError, TypeError) as trouble:
        raise Unwritable(f"the mail cannot be written ({type(trouble).__name__})") from None
    if len(made) > LONGEST:
        raise Unwritable(f"the mail is larger than {LONGEST // (1024 * 1024)} MB")
    return made


def _top(message: Message, date: datetime) -> bytes:
    """Headers whose values are plain and must not be folded: Python would write a long id in coded words."""
    lines = [("Message-ID", message.message_id), ("Date", format_datetime(date)), *message.headers]
    return b"".join(f"{name}: {value}\r\n".encode("ascii") for name, value in lines)


def _rest(message: Message) -> bytes:
    policy = _policy(message)
    mail = EmailMessage(policy=policy)
    mail["From"] = _named(message.sender_name, message.sender)
    mail["To"] = [_named("", address) for address in message.to]
    if message.reply_to:
        mail["Reply-To"] = _named("", message.reply_to)
    mail["Subject"] = _clean(message.subject)
    _fill(mail, message)
    return re.sub(rb"\r\n|\r|\n", b"\r\n", mail.as_bytes(policy=policy))


def _policy(message: Message) -> EmailPolicy[EmailMessage]:
    base = SMTPUTF8 if needs_utf8(message) else SMTP
    return base.clone(cte_type="7bit")


def _named(name: str, address: str) -> Address:
    return Address(display_name=_clean(name), addr_spec=ascii_address(address))


def _fill(mail: EmailMessage, message: Message) -> None:
    text, html = _lines(message.text), _lines(message.html)
    if text or not html:
        mail.set_content(text or "\n")
        if html:
            mail.add_alternative(html, subtype="html")
    else:
        mail.set_content(html, subtype="html")
    for attachment in message.attachments:
        _attach(mail, attachment)
    for number, part in enumerate(one for one in mail.walk() if one.is_multipart()):
        # Python would draw a boundary by lot
        part.set_boundary("=_" + hashlib.sha256(f"{message.message_id}{number or ''}".encode()).hexdigest()[:40])


def _attach(mail: EmailMessage, attachment: Attachment) -> None:
    maintype, _, subtype = attachment.kind.partition("/")
    mail.add_attachment(attachment.content, maintype, subtype, filename=plain_name(attachment.name))


def plain_name(name: str) -> str:
    """A file's name in plain ASCII, and short: as RFC 2231 writes other letters, Outlook shows them wrong."""
    stem, dot, ending = unicodedata.normalize("NFKD", name).rpartition(".")
    plain = [re.sub(r"[^A-Za-z0-9._ -]+", "", part).strip(" .") for part in ((stem, ending) if dot else (ending, ""))]
    return f"{plain[0][:LONGEST_NAME] or 'file'}{f'.{plain[1][:10]}' if plain[1] else ''}"


def _lines(text: str) -> str:
    return _clean(text).replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


def _clean(text: str) -> str:
    """Without halves of surrogate pairs, which no charset can write."""
    return text.encode("utf-8", "replace").decode("utf-8")
