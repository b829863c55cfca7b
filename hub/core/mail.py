"""Mailers: what a mail-provider plugin gives.

The story in order. A **preset** is data: hosts, ports, TLS, the form of the user name, and the help a person needs to get an
app password. A **mailer** names its presets; with nothing more the host sends by SMTP and looks things up by IMAP
(:mod:`hub.core.mail_post`), and the account's form comes from :func:`hub.core.mail_form.mailbox_form`. Code appears only where a
provider wants its own API: ``send``, ``find`` and ``read``, which speak through the vendor they are handed. From each mailer the
hub makes one action, *send an e-mail to the contact* (:mod:`hub.core.mail_action`), which is carried out like every other step.
"""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Base64Bytes

from hub.core.actions import ACTION_TYPE, check_generator, check_signature
from hub.core.durations import duration
from hub.core.effects import Effect, once
from hub.core.errors import DeclarationError
from hub.core.facts import Facts
from hub.core.settings import check_link

Tls = Literal["starttls", "implicit"]
"""How a connection becomes safe: after a greeting in the clear, or from its first byte. There is no third way."""

LONGEST_ADDRESS = 254
"""Characters of an address (RFC 5321)."""

_ADDRESS = re.compile(r"[^\s<>,;:\"\\@()\[\]\x00-\x1f\x7f]+@[^\s<>,;:\"\\@()\[\]\x00-\x1f\x7f]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]|[\ud800-\udfff]")
_HEADER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,75}")
_OURS = re.compile(
    r"(from|to|cc|bcc|sender|subject|date|reply-to|message-id|return-path|mime-version|content-.*)", re.I
)


def is_address(text: str) -> bool:
    """Whether this is one plain mail address, which can stand in a header and in an envelope."""
    return len(text) <= LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None


def _address(text: str) -> str:
    if not is_address(text):
        raise ValueError("this is not a mail address")
    return text


def _one_line(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("a header of a mail is one line")
    return text


def one_line(text: str) -> str:
    """A text as it may stand in a header: on one line, without signs that control."""
    return " ".join(_CONTROL.sub(" ", text).split())


def _id(text: str) -> str:
    if not re.fullmatch(r"<[!-;=?-~]+@[!-;=?-~]+>", text):
        raise ValueError("a message id looks like <something@example.com>")
    return text


def _headers(pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    for name, value in pairs:
        if not _HEADER.fullmatch(name) or _OURS.fullmatch(name):
            raise ValueError(f"the header {name[:40]!r} is not for a mailer to set")
        if not value.isascii() or len(name) + len(value) > 900:
            raise ValueError(f"the header {name} must be short and in plain ASCII")
        _one_line(value)
    return pairs


Address = Annotated[str, AfterValidator(_address)]
Line = Annotated[str, AfterValidator(_one_line)]


def _kind(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}", text):
        raise ValueError("the kind of a file is written like application/pdf")
    if text.startswith(("multipart/", "message/")):
        raise ValueError("a mail or a part of one is not attached as a file")
    return text


class Attachment(Facts):
    """A file that goes with a mail. Make it with :meth:`of`.

    Attributes:
        name: as its author called it; the mail carries it in plain ASCII, for long names in other letters are shown wrong.
        kind: its media type, such as ``application/pdf``.
        content: its bytes; written as base64 wherever the message is written as JSON.
    """

    name: Line
    kind: Annotated[str, AfterValidator(_kind)] = "application/octet-stream"
    content: Base64Bytes

    @classmethod
    def of(cls, name: str, kind: str, content: bytes) -> Attachment:
        """From plain bytes."""
        return cls(name=one_line(name), kind=kind, content=base64.b64encode(content))


class Message(Facts):
    """A mail, ready to be sent: what the contact will see and nothing else.

    A line break in a header would begin another header; it is refused here, wherever it came from.

    Attributes:
        message_id: made from the step run's reference, so that an unclear send can be looked up in *Sent*.
        text, html: the same said twice; one of them may be empty.
        headers: further ones, such as ``List-Unsubscribe``, ``In-Reply-To`` and ``References``.
        thread: the provider's own id of the conversation it belongs to, in this very mailbox; empty for a new one. By post it
            says nothing: there the headers alone join a conversation.
        attachments: files that go with it.
    """

    message_id: Annotated[str, AfterValidator(_id)]
    sender: Address
    sender_name: Line = ""
    to: tuple[Address, ...]
    reply_to: Address | Literal[""] = ""
    subject: Line = ""
    text: str = ""
    html: str = ""
    headers: Annotated[tuple[tuple[str, str], ...], AfterValidator(_headers)] = ()
    thread: Line = ""
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class MailPreset:
    """A provider whose servers are known.

    Attributes:
        name, title: for tests and for the drop-down.
        smtp_host, imap_host: its servers; without them the preset only says where else to go (``instead``).
        smtp_tls, imap_tls: ``starttls`` or ``implicit``.
        domains: address domains that are surely this provider's.
        exchangers: under which names its servers take mail in; own domains whose MX record leads there are with it.
        smtp_user, imap_user: how the login is made from the address: ``{address}`` or ``{local}``.
        app_password: the password is one that the provider made for us; the blanks in it are for the eye and are left out.
        files_sent: the provider itself puts a copy of what it sends into *Sent*, so that what is not there was not sent.
        help, href: how to get the password, in the provider's words.
        instead: what an admin must do when this provider cannot be used so: *Use the Outlook add-on.*
    """

    name: str
    title: str
    smtp_host: str = ""
    smtp_port: int = 587
    imap_host: str = ""
    imap_port: int = 993
    smtp_tls: Tls = "starttls"
    imap_tls: Tls = "implicit"
    domains: tuple[str, ...] = ()
    smtp_user: str = "{address}"
    imap_user: str = "{address}"
    app_password: bool = True
    files_sent: bool = False
    help: str = ""
    href: str = ""
    instead: str = ""
    exchangers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_link(self.href)
        if bool(self.smtp_host) == bool(self.instead):
            raise DeclarationError(f"the preset {self.name} must give its servers, or say what to use instead")
        strange = [user for user in (self.smtp_user, self.imap_user) if user not in ("{address}", "{local}")]
        if strange:
            raise DeclarationError(
                f"the preset {self.name}: a user name is {{address}} or {{local}}, not {strange[0]!r}"
            )


Send = Callable[..., Awaitable[Any]]
"""``async def (vendor, message)``, returning an outcome."""

Find = Callable[..., Awaitable[Any]]
"""``async def (vendor, message_id)``, returning a finding."""

Read = Callable[..., AsyncIterator[Any]]
"""``async def (vendor, cursor)``, yielding pages of letters (:class:`hub.core.mail_post.Letters`)."""

SETTLE = "2m"
"""After how long a provider's *Sent* surely shows what was sent, unless the mailer says otherwise."""


@dataclass(frozen=True)
class Mailer:
    """A way to send mail in a person's own name, and to read the answers.

    Attributes:
        name: ``addon.mailer``; also the type of the step that sends a mail through it.
        title: as the step reads in the editor's list.
        send: for a provider with an API of its own: ``async (vendor, message) -> Outcome``. Without it the hub sends by SMTP.
        find: ``async (vendor, message_id) -> Finding``: is it in *Sent*? Belongs to ``send``; by SMTP the hub looks itself.
        presets: the providers it knows by heart.
        custom: the account may name servers of its own.
        read: an async generator ``(vendor, cursor)`` of pages of letters. Without it the hub reads by IMAP.
        settle: how long *Sent* may lag.
        strong: what *Sent* does not show after that time was surely not sent. Say so only where the provider does.
        largest: bytes of a whole mail, with its files, that can go out through it; 0 is what common providers take.
        as_links: media types of files that are better given as a link, such as ``("application/pdf",)``: the provider is known to
            refuse some of them. Who writes mails offers a link instead; it is advice, and ``send`` takes such files.
        domains: address domains that are surely its own, where it has no presets to say so.
        replaces: SMTP servers by which its mailboxes were reached before there was this way. Whoever is connected by one of them
            sees both, marked *OLD* and *NEW*, and keeps the old one until the new one works.
        exchangers: under which names its servers take mail in, where it has no presets to say so; ``google.com`` stands for
            ``aspmx.l.google.com``, too. By them own domains are found out.
    """

    name: str
    title: str
    send: Send | None = None
    find: Find | None = None
    presets: tuple[MailPreset, ...] = ()
    custom: bool = False
    read: Read | None = None
    settle: str = SETTLE
    strong: bool = False
    largest: int = 0
    as_links: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    exchangers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not ACTION_TYPE.match(self.name):
            raise DeclarationError(f"{self.name!r} is not a mailer's name; write 'addon.mailer' in small letters")
        for function, names in ((self.send, ("vendor", "message")), (self.find, ("vendor", "message_id"))):
            if function is not None:
                check_signature(function, names, self.name)
        if self.read is not None:
            check_generator(self.read, ("vendor", "cursor"), self.name)
        if self.send is None and not self.by_post:
            raise DeclarationError(f"{self.name} says neither which servers it knows nor how it sends")
        duration(self.settle)
        self._check_files()
        _check_presets(self.name, self.presets)

    def _check_files(self) -> None:
        if self.largest < 0:
            raise DeclarationError(f"{self.name}: largest={self.largest} is no number of bytes")
        strange = [kind for kind in self.as_links if not re.fullmatch(r"[a-z0-9.+-]+/[a-z0-9.+*-]+", kind)]
        if strange:
            raise DeclarationError(f"{self.name}: {strange[0]!r} in as_links= is not written like application/pdf")

    @property
    def effect(self) -> Effect:
        """What a second sending would do: a mail sent twice is two mails."""
        return once(self.settle, strong=self.strong)

    @property
    def by_post(self) -> bool:
        """It has mail servers, to which the hub speaks for it (``vendor.post``)."""
        return bool(self.presets) or self.custom


def _check_presets(name: str, presets: tuple[MailPreset, ...]) -> None:
    kinds = (
        [one.name for one in presets],
        [one.title for one in presets],
        [word for one in presets for word in one.domains],
        [word for one in presets for word in one.exchangers],
    )
    twice = sorted({word for words in kinds for word in words if words.count(word) > 1})
    if twice:
        raise DeclarationError(f"{name}: {', '.join(twice)} stands for two presets")
