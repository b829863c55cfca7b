"""From the bytes of a letter to a value. Pure; it never raises, for anybody may send us anything.

Python's newer parser raises for some letters that are really sent (an empty ``Message-ID: <>``, a charset that nobody knows), so
the old one reads, and each header and text is decoded by itself. Sizes, parts and depth are bounded, for a thousand nested parts
take it seconds.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.policy import Compat32
from email.utils import getaddresses
from itertools import islice

from hub.mail.reading.bounces import Report, report_of, within

MOST_PARTS = 60
"""Parts of a letter that are looked at. What announces more is read by its headers alone."""

DEEPEST = 12
"""Levels of parts in parts."""

LONGEST_TEXT = 200_000
"""Characters of a text that are looked at."""

LONGEST_HEADER = 4_000
"""Characters. A million parameters of a ``Content-Type`` cost Python's parser half a minute."""

LONGEST_TRACE = 100
"""Headers of a letter that tell where it came from. A letter passes some ten servers."""

LONGEST_ID = 250
MOST_IDS = 60
"""Of one letter's references: long conversations have many, and the newest stand last."""

_ID = re.compile(r"<[^<>\s]{1,900}>")
_BARE_ID = re.compile(r"(?<![^\s,;])[^\s<>,;\"()]{1,400}@[^\s<>,;\"()@]{1,400}")
_HEAD_ENDS = re.compile(rb"\r?\n\r?\n")
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_TRACE = frozenset({"received", "authentication-results", "from"})
_RECIPIENTS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to")


class _ShortHeaders(Compat32):
    """Cuts a header before anything is looked for in it. Those of a part hold names and no sentences; in others a letter may
    take four bytes or more."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """As the parser reads it, and no longer than it may be."""
        name, value = super().header_source_parse(sourcelines)
        longest = LONGEST_HEADER if name.lower().startswith("content-") else LONGEST_HEADER * 4
        return name, value[:longest]


_POLICY = _ShortHeaders()


@dataclass(frozen=True, slots=True)
class Mail:
    """A letter that was read.

    Attributes:
        message_id: its own; made from its bytes where it has none.
        in_reply_to: what it says it answers.
        references: the conversation, the newest first.
        originals: ids under which a provider remembers what it was before it rewrote it.
        sender: the address it is from, in small letters; empty where there is none.
        to: addresses it was sent or delivered to, in small letters.
        headers: by small names; several of one name in their order.
        trace: those that tell where it came from, in their order: who took it, what was found out about it, whom it names.
        text, html: its own parts; what is attached is not looked at.
        report: what a delivery report says, where it is one.
    """

    message_id: str
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    originals: tuple[str, ...] = ()
    sender: str = ""
    sender_name: str = ""
    to: tuple[str, ...] = ()
    subject: str = ""
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    trace: tuple[tuple[str, str], ...] = ()
    text: str = ""
    html: str = ""
    report: Report | None = None

    def header(self, name: str) -> str:
        """The first header of this name (in small letters), or nothing."""
        return self.headers.get(name, ("",))[0]


def read(raw: bytes) -> Mail:
    """The letter, as far as it can be read."""
    message = _message(raw)
    headers = _headers(message)
    ids = [*_ids(headers, "message-id"), made_id(raw)]
    senders = _addresses(headers, ("from",)) or _addresses(headers, ("sender", "return-path"))
    text, html = _texts(message)
    return Mail(
        message_id=ids[0],
        in_reply_to=_ids(headers, "in-reply-to") or _bare_ids(headers, "in-reply-to"),
        references=(_ids(headers, "references") or _bare_ids(headers, "references"))[::-1],
        originals=_ids(headers, "x-microsoft-original-message-id") + _ids(headers, "x-google-original-message-id"),
        sender=senders[0][1] if senders else "",
        sender_name=clean(senders[0][0])[:200] if senders else "",
        to=tuple(address for _name, address in _addresses(headers, _RECIPIENTS)),
        subject=" ".join(headers.get("subject", ("",))[0].split())[:300],
        headers=headers,
        trace=_trace(message),
        text=text,
        html=html,
        report=report_of(message),
    )


def made_id(raw: bytes) -> str:
    """An id for a letter that has none of its own: the same whenever the same bytes are read."""
    return f"<{hashlib.sha256(raw).hexdigest()}@no-id.invalid>"


def short_id(id_: str) -> str:
    """An id as our tables keep it."""
    return id_ if len(id_) <= LONGEST_ID else f"<{hashlib.sha256(id_.encode()).hexdigest()}@long-id.invalid>"


def clean(text: str) -> str:
    """Text without signs that control, which PostgreSQL or a browser would not have."""
    return _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _message(raw: bytes) -> Message:
    """What is nested deeper than Python's parser follows (letters within letters need no boundary) is read by its head alone."""
    try:
        return message_from_bytes(_bounded(raw), policy=_POLICY)
    except RecursionError:
        return message_from_bytes(_head_of(raw), policy=_POLICY)


def _bounded(raw: bytes) -> bytes:
    """Only the head of what has more parts than anybody writes."""
    if raw.lower().count(b"boundary=") <= DEEPEST and raw.count(b"\n--") <= MOST_PARTS * 40:
        return raw
    return _head_of(raw)


def _head_of(raw: bytes) -> bytes:
    """A letter without a body."""
    head = _HEAD_ENDS.split(raw, maxsplit=1)[0]
    kept = [line for line in head.split(b"\n") if not line.lower().startswith((b"content-", b"mime-version"))]
    return b"\n".join(kept) + b"\n\n"


def _headers(message: Message) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    with suppress(Exception):
        for name, value in message.raw_items():
            low = name.lower()
            if len(found.get(low, ())) < 20:
                found[low] = (*found.get(low, ()), _decoded(str(value))[:LONGEST_HEADER])
    return found


def _trace(message: Message) -> tuple[tuple[str, str], ...]:
    with suppress(Exception):
        told = ((name.lower(), str(value)) for name, value in message.raw_items())
        first = islice(((name, value) for name, value in told if name in _TRACE), LONGEST_TRACE)
        return tuple((name, _decoded(value)[:LONGEST_HEADER]) for name, value in first)
    return ()


def _decoded(value: str) -> str:
    """A header's words; as they stand where they cannot be decoded."""
    flat = value.replace("\r", "").replace("\n", " ").encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        return clean(str(make_header(decode_header(flat)))).strip()
    except Exception:
        return clean(flat).strip()


def _ids(headers: Mapping[str, tuple[str, ...]], name: str) -> tuple[str, ...]:
    """An empty header names nothing, and so matches nothing."""
    found = [id_ for value in headers.get(name, ()) for id_ in _ID.findall(value)]
    return tuple(short_id(id_) for id_ in dict.fromkeys(found))[-MOST_IDS:]


def _bare_ids(headers: Mapping[str, tuple[str, ...]], name: str) -> tuple[str, ...]:
    """Some programs leave the brackets out of what they answer."""
    found = [f"<{id_}>" for value in headers.get(name, ()) for id_ in _BARE_ID.findall(value)]
    return tuple(short_id(id_) for id_ in dict.fromkeys(found))[-MOST_IDS:]


def _addresses(headers: Mapping[str, tuple[str, ...]], names: tuple[str, ...]) -> list[tuple[str, str]]:
    values = [value for name in names for value in headers.get(name, ())]
    with suppress(Exception):
        return [(name, address.lower()[:254]) for name, address in getaddresses(values) if "@" in address][:50]
    return []


def _texts(message: Message) -> tuple[str, str]:
    """The first text and the first HTML that is not a file."""
    found = {"text/plain": "", "text/html": ""}
    with suppress(Exception):
        for part in _parts(message, DEEPEST):
            kind = part.get_content_type()
            if kind in found and not found[kind] and part.get_content_disposition() != "attachment":
                found[kind] = _text(part)
    return found["text/plain"], found["text/html"]


def _parts(message: Message, deep: int) -> Iterator[Message]:
    """The letter's own parts: not those of letters that are attached to it."""
    if message.get_content_maintype() == "message" or deep == 0:
        return
    if not message.is_multipart():
        yield message
        return
    for part in within(message)[:MOST_PARTS]:
        yield from _parts(part, deep - 1)


def _text(part: Message) -> str:
    content = part.get_payload(decode=True)
    raw = content if isinstance(content, bytes) else b""
    charset = str(part.get_content_charset() or "utf-8")
    try:
        text = raw[: LONGEST_TEXT * 4].decode(charset, "replace")
    except (LookupError, ValueError):
        text = raw[: LONGEST_TEXT * 4].decode("utf-8", "replace")
    return clean(text)[:LONGEST_TEXT]
