"""Links in a mail that lead away from us (R309): new accounts may not send them, whatever they are dressed up as.

Looked at after everything was filled in, so that a link which a token builds is a link. It is read as a mail program reads it:
the addresses behind links and what is only written like one, with the tricks taken off (letters that look alike, dots of other
scripts, signs without width, blanks in between). A number, a time, an abbreviation and a file's name are no links.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Collection, Iterator
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

from hub.core.mail import Message

_DOTS = re.compile(
    "[\u3002\uff0e\uff61\u2024\u00b7\u2027]|[ \t]+\\.[ \t]+(?=[a-z])|\\s*[\\[({]\\s*(?:\\.|dot|punkt)\\s*[\\])}]\\s*",
    re.I,
)
_BLANKS = re.compile(r"\s{2,}")
_LINE_ENDS = re.compile("[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_NO_WIDTH = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_WITH_SCHEME = re.compile(
    r"\b(?:h(?:tt|xx)ps?|ftps?|sftp|wss?|file|data|javascript|vbscript|intent|market|whatsapp|tg|sms|itms(?:-apps)?)"
    r"\s*:\s*/*[^\s<>\"']+", re.I,
)  # fmt: skip
_SLASHES = re.compile(r"(?<![\w:/])//([^\s/<>\"']+\.[^\s<>\"']+)")
_BARE = re.compile(
    r"(?<![\w@.-])((?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+(?:xn--[a-z0-9-]{2,59}|[^\W\d_]{2,24}))(?![\w@]|-\w)", re.I
)
_NUMBERS = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?(?=[/?#\s]|$)")

_FILES = frozenset({
    "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "csv", "txt", "rtf", "odt", "ods", "png", "jpg", "jpeg", "gif",
    "webp", "svg", "heic", "mp3", "mp4", "wav", "json", "xml", "ics", "vcf", "eml", "html",
})  # fmt: skip
"""What a word ends in that names a file. Where it is a domain's ending, too, somebody must write more for it to be a link."""

_COMMON = frozenset({
    "com", "net", "org", "info", "biz", "io", "co", "ru", "cn", "de", "uk", "fr", "eu", "ai", "app", "dev", "xyz",
    "top", "site", "online", "shop", "club", "link", "click", "live",
})  # fmt: skip
"""Endings that are no English words: with a capital letter, too, they are meant as a domain's."""

_SHORT = frozenset({
    "e.g", "i.e", "a.m", "p.m", "u.s", "u.k", "u.s.a", "d.c", "z.b", "d.h", "u.a", "o.k", "n.a",
})  # fmt: skip


def external(message: Message, ours: Collection[str]) -> tuple[str, ...]:
    """What leads away from us, each once, as it would be looked up.

    Args:
        ours: hosts that are the hub's own: its public address.
    """
    own = {host.lower() for host in ours if host}
    texts = [message.subject, message.text, message.sender_name, *(one.name for one in message.attachments)]
    found = [*(link for text in texts for link in links_of(text)), *_in_html(message.html)]
    found += [link for one in message.attachments for link in _in_file(one.kind, one.content)]
    return tuple(dict.fromkeys(link for link in found if _host(link) not in own))


def links_of(text: str) -> Iterator[str]:
    """Everything in a text that a mail program may make a link of."""
    plain = _undisguised(text)
    yield from (match.group(0) for match in _WITH_SCHEME.finditer(plain))
    yield from (match.group(1) for match in _SLASHES.finditer(plain))
    yield from (match.group(0) for match in _NUMBERS.finditer(plain))
    yield from (match.group(1) for match in _BARE.finditer(plain) if _is_domain(match, plain))


def _in_html(text: str) -> Iterator[str]:
    if not text:
        return
    reading = _Reading()
    reading.feed(text)
    reading.close()
    for address in reading.addresses:
        plain = _undisguised(address)
        if not re.match(r"(?:mailto|tel|cid):", plain, re.I):
            yield plain
    yield from links_of("".join(reading.words))


def _in_file(kind: str, content: bytes) -> Iterator[str]:
    """Files that are text are read. A picture leads nowhere; whatever else may hold links counts as one."""
    if kind in ("text/plain", "text/csv", "text/calendar", "text/vcard"):
        yield from links_of(content[:1_000_000].decode("utf-8", "replace"))
    elif not kind.startswith("image/") or kind == "image/svg+xml":
        yield kind


def _undisguised(text: str) -> str:
    for _turn in range(2):  # what was written twice over is read once more
        text = unquote(html.unescape(text))
    text = _NO_WIDTH.sub("", unicodedata.normalize("NFKC", text))
    text = _BLANKS.sub(_one_blank, text)  # a megabyte of them would be looked through anew from each
    text = _DOTS.sub(".", text)
    text = re.sub(r"(?<![^\W_])_+|_+(?![^\W_])", "", text)
    return text.replace("\\", "/")


def _one_blank(blanks: re.Match[str]) -> str:
    """One that ends the line where they do."""
    return "\n" if _LINE_ENDS.search(blanks[0]) else " "


def _is_domain(match: re.Match[str], text: str) -> bool:
    name = match.group(1).lower()
    if name in _SHORT or name.removesuffix(".") in _SHORT:
        return False
    ending = name.rpartition(".")[2]
    says_more = text[match.end() : match.end() + 1] in ("/", "?", "#") or name.startswith("www.")
    if ending in _FILES and not says_more:
        return False
    label = match.group(1).rpartition(".")[2]
    lost_its_blank = label[:1].isupper() and label[1:].islower()  # "word.Next" begins a sentence
    return says_more or not lost_its_blank or ending in _COMMON or name.count(".") > 1


def _host(link: str) -> str:
    whole = link if re.match(r"[a-z][a-z0-9+.-]*:", link, re.I) and "//" in link else f"//{link.lstrip('/')}"
    try:
        parts = urlsplit(whole)
        return (parts.hostname or "").lower() if parts.username is None else ""
    except ValueError:
        return ""


class _Reading(HTMLParser):
    """Where links lead, and what is written."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.addresses: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value for name, value in attrs if value and name in ("href", "src", "action", "background")]
        if tag in ("br", "div", "p", "li", "td", "tr", "h1", "h2", "h3", "blockquote", "hr"):
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        self.words.append(data)
