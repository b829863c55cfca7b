"""What a delivery report says: to whom a mail could not be brought, for how long, and why. Pure.

The standard form (RFC 3464) is read first: after a block about the mail comes one block for each recipient, and what is said
in one of them is about that recipient alone. What came back is at the end, whole or by its headers. Where a server writes its
own words instead, a recipient and a status are looked for in a bounded piece of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from typing import Literal

Action = Literal["failed", "delayed", "other"]

NOBODY_THERE = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})
"""Statuses that say the address itself does not exist (RFC 3463; 5.1.10 is Exchange's)."""

MOST_BLOCKS = 50
LOOKED_AT = 20_000
"""Characters of a text in which a server tells it in its own words."""

MOST_DEEP = 6

_STATUS = re.compile(r"(?<![\d.])([245]\.\d\.\d{1,3})(?![\d.]*\d)")
"""Not a piece of an address (``192.5.1.10``), nor a program's version (``Exim 4.94.2``): no subject has two digits (RFC 3463)."""

_ANSWERED = re.compile(r"\b[45]\d\d[ -]#?([45]\.\d\.\d{1,3})(?![\d.]*\d)")
"""A status behind the code that it explains (``550 5.1.1``)."""

_ID = re.compile(r"(?im)^(?:x-microsoft-original-)?message-id:[ \t]*(<[^<>\s]{1,900}>)")
_ADDRESS = re.compile(r"<?([^\s<>;,\"()]{1,64}@[^\s<>;,\"():]{3,190})>?")
_LATE = re.compile(
    r"(?i)\b(delayed|will (?:be retried|keep trying|continue to try)|still being retried|warning message only)\b"
)
_GIVEN_UP = re.compile(
    r"(?i)\b(?:(?:ve|has|have) given up|not going to try again|permanent (?:fatal )?error|retry time(?:out)? exceeded)\b"
)
"""A server that could not reach another for days says so with a passing status (``4.4.1``), and does not try again."""

_FAILED = re.compile(
    r"(?i)(could ?n.t be delivered|could not be delivered|was ?n.t delivered|not delivered|delivery (?:has )?failed|"
    r"delivery to the following|undeliverable|permanent(?:ly)? (?:fatal )?(?:error|failure)|user unknown|no such user|"
    r"does not exist|unknown recipient|mailbox (?:not found|unavailable)|address rejected)"
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """What is said of one recipient.

    Attributes:
        status: such as ``5.1.1``; empty where none is told.
        said: the server's words, on one line.
    """

    address: str
    action: Action
    status: str = ""
    said: str = ""

    @property
    def nobody_there(self) -> bool:
        """The address does not exist, so no further mail will ever arrive."""
        return self.action == "failed" and self.status in NOBODY_THERE


@dataclass(frozen=True, slots=True)
class Report:
    """A delivery report.

    Attributes:
        originals: ids of the mail that came back.
        subject: its subject.
    """

    recipients: tuple[Recipient, ...]
    originals: tuple[str, ...] = ()
    subject: str = ""

    @property
    def worst(self) -> Recipient | None:
        """The recipient of whom the worst is said."""
        ranked = sorted(self.recipients, key=lambda one: (one.nobody_there, one.action == "failed"), reverse=True)
        return ranked[0] if ranked else None


def report_of(message: Message) -> Report | None:
    """The report, where the letter is one in the standard form; None for every other letter. Never raises."""
    with suppress(Exception):
        parts = list(_parts(message, MOST_DEEP))
        status = next((part for part in parts if part.get_content_type() == "message/delivery-status"), None)
        if status is not None:
            ids, subject = _original(parts)
            return Report(tuple(_recipients(status)), ids, subject)
    return None


def told_in_words(text: str, failed: str = "", *, by_name: bool = True) -> Report | None:
    """A report made of a server's own words (qmail, Exchange, Gmail, Exim …), where they are one.

    Args:
        failed: ``X-Failed-Recipients``, which Exim and Gmail give.
        by_name: its sender is a mail server by its name. A person's absence note says of answers that they are *delayed*, and
            names days that look like a status (``5.1.26``).
    """
    seen = text[:LOOKED_AT]
    status = next(iter((_STATUS if by_name else _ANSWERED).findall(seen)), "")
    told_late = by_name and not status.startswith("5") and bool(_LATE.search(seen))
    late = (status.startswith("4") or told_late) and not _GIVEN_UP.search(seen)
    if not late and not (failed or status[:1] in ("4", "5") or _FAILED.search(seen)):
        return None
    action: Action = "delayed" if late else "failed"
    named = _ADDRESS.findall(failed) or _ADDRESS.findall(seen)
    people = tuple(
        Recipient(address.lower().rstrip("."), action, status, _line(seen, address)) for address in named[:5]
    )
    return Report(people or (Recipient("", action, status, _line(seen, status)),), tuple(_ID.findall(seen))[:5])


def _parts(message: Message, deep: int) -> Iterator[Message]:
    yield message
    if (
        not message.is_multipart()
        or deep == 0
        or message.get_content_type() in ("message/rfc822", "message/delivery-status")
    ):
        return
    for part in within(message)[:MOST_BLOCKS]:
        yield from _parts(part, deep - 1)


def within(message: Message) -> list[Message]:
    """The parts directly in it; none where it is a text."""
    payload = message.get_payload()
    return [part for part in payload if isinstance(part, Message)] if isinstance(payload, list) else []


def _recipients(status: Message) -> Iterator[Recipient]:
    """One a block. A block without a recipient is about the mail, and about nobody."""
    for block in within(status)[: MOST_BLOCKS + 1]:
        named = str(block.get("Final-Recipient") or block.get("Original-Recipient") or "")
        if not named:
            continue
        address = named.partition(";")[2].strip(" <>") or named
        code = next(iter(_STATUS.findall(str(block.get("Status", "")))), "")
        said = str(block.get("Diagnostic-Code", "")).partition(";")[2] or str(block.get("Diagnostic-Code", ""))
        yield Recipient(address.lower()[:254], _action(str(block.get("Action", "")), code), code, _one_line(said))


def _action(word: str, status: str) -> Action:
    """By the word; by the status where there is no word."""
    said = word.strip().lower()
    if said in ("failed", "delayed"):
        return "failed" if said == "failed" else "delayed"
    if said:
        return "other"
    return "failed" if status.startswith("5") else "delayed" if status.startswith("4") else "other"


def _original(parts: list[Message]) -> tuple[tuple[str, ...], str]:
    """Ids and subject of what came back."""
    for part in parts:
        if part.get_content_type() == "message/rfc822":
            found = next(iter(within(part)), None)
        elif part.get_content_type() in ("text/rfc822-headers", "message/rfc822-headers"):
            found = HeaderParser().parsestr(_words(part))
        else:
            continue
        if found is not None:
            ids = [str(found.get(name, "")) for name in ("Message-ID", "X-Microsoft-Original-Message-ID")]
            return tuple(id_ for text in ids for id_ in re.findall(r"<[^<>\s]{1,900}>", text)), _one_line(
                str(found.get("Subject", ""))
            )
    return (), ""


def _words(part: Message) -> str:
    content = part.get_payload(decode=True)
    return (
        content.decode("utf-8", "replace")[:LOOKED_AT]
        if isinstance(content, bytes)
        else str(part.get_payload())[:LOOKED_AT]
    )


def _line(text: str, word: str) -> str:
    """The line in which a word stands."""
    at = text.find(word) if word else -1
    return _one_line(text[text.rfind("\n", 0, at) + 1 :].partition("\n")[0]) if at >= 0 else ""


def _one_line(text: str) -> str:
    return " ".join(text.split())[:250]
