"""The spellings under which a secret gets out.

A vendor echoes a key in its error text as it came: inside a URL, inside JSON, on a page of HTML, in a Basic credential, in a dump
of bytes. Each of these is another text, and each is listed here. Of an address only what follows the host is a secret
(:func:`parts`), whole and in pieces, for a log names a path alone. Pure.

Not covered: a secret that somebody broke in two, such as base64 wrapped into lines, and one that was compressed or encrypted.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

SHORTEST = 6
"""Values and spellings shorter than this are left alone: taking them out would tear holes into ordinary words."""

_LEFT_ALONE = ("", "/", "!*'()", "!#$&'()*+,/:;=?@")
"""Characters that encoders of URLs leave as they are: Python's strict and usual way, and the two of browsers."""

_ESCAPE = re.compile("%[0-9A-F]{2}")

_ADDRESS = re.compile(r"(?P<front>https?://(?P<host>[^/?#@\s\\]+))(?:[/?#]+(?P<rest>.*))?", re.IGNORECASE | re.DOTALL)
_TOKEN = re.compile(r"\{\{[^{}\n]*\}\}")
"""Where a text is another one for each contact."""

_KEY_LIKE = re.compile(r"(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])")
LONG_ENOUGH = 16
"""A piece of a secret that is shorter, and has no digit among its letters, is a word: ``webhook`` must stay readable."""

LONE = 10
"""A part between two slashes is looked for by itself from so many characters on."""


def host_of(secret: str) -> str:
    """The host where the secret is an address: the only part of it that may be shown. Else an empty text."""
    found = _ADDRESS.fullmatch(secret.strip())
    return found["host"] if found else ""


def masked(secret: str, mask: str) -> str:
    """What may be shown of a secret: of an address its host, else nothing but the mask."""
    found = _ADDRESS.fullmatch(secret.strip())
    return f"{found['front']}/{mask}" if found else mask


def parts(secret: str) -> frozenset[str]:
    """What is looked for: the secret itself, and what stands between its tokens; of an address only what follows the host, also
    in the words between its slashes."""
    found = _ADDRESS.fullmatch(secret.strip())
    if found is None:
        return frozenset({secret, *(_pieces(secret) if _TOKEN.search(secret) else ())})
    pieces = [piece for part in (found["rest"] or "").split("#") for piece in _pieces(part)]
    words = (word for piece in pieces for word in re.split(r"[/?&=;,]", piece) if len(word) >= LONE)
    return frozenset([*pieces, *(word for word in words if _KEY_LIKE.match(word))])


def _pieces(text: str) -> list[str]:
    """What stands between the tokens and may be a key."""
    pieces = (piece.strip("/?& ") for piece in _TOKEN.split(text))
    return [piece for piece in pieces if len(piece) >= LONG_ENOUGH or _KEY_LIKE.match(piece)]


def of(secret: str) -> frozenset[str]:
    """Every spelling that is long enough to be looked for."""
    return frozenset(form for part in parts(secret) for form in _spelt(part))


def _spelt(secret: str) -> frozenset[str]:
    raw = secret.encode("utf-8", "surrogatepass")
    written = {secret, *_escaped([secret])}
    found = written | set(_urls(secret)) | set(_pages(written)) | set(_base64(raw)) | {raw.hex(), raw.hex().upper()}
    return frozenset(form for form in found if len(form) >= SHORTEST)


def _urls(secret: str) -> Iterator[str]:
    """Once and twice, with the digits of an escape in capitals or not."""
    try:
        once = {quote(secret, safe=safe) for safe in _LEFT_ALONE} | {quote_plus(secret)}
    except UnicodeEncodeError:  # half of a surrogate pair has no place in a URL
        return
    once |= {_ESCAPE.sub(lambda escape: escape.group().lower(), form) for form in once}
    yield from once
    yield from (quote(form, safe="") for form in once)


def _escaped(texts: Iterable[str]) -> Iterator[str]:
    """As JSON writes it (letters beyond ASCII or not, slashes escaped or not), as JSON within JSON, and as Python shows it."""
    for text in texts:
        once = {json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
        once |= {form.replace("/", "\\/") for form in once}
        yield from once
        yield from (json.dumps(form, ensure_ascii=False)[1:-1] for form in once)
        yield from (repr(text)[1:-1], ascii(text)[1:-1])


def _pages(texts: Iterable[str]) -> Iterator[str]:
    """As HTML and XML write it; there are several names for the quotation marks."""
    for text in texts:
        page = html.escape(text, quote=False)
        for double in ('"', "&quot;", "&#34;"):
            for single in ("'", "&#x27;", "&#39;", "&apos;"):
                yield page.replace('"', double).replace("'", single)


def _base64(raw: bytes) -> Iterator[str]:
    """In both alphabets, alone, as half of a Basic credential, and in the middle of something longer."""
    whole = [base64.b64encode(part).decode().rstrip("=") for part in (raw, b":" + raw, raw + b":")]
    for form in (*whole, *_inside_base64(raw)):
        yield from (form, form.translate(_URL_SAFE), quote(form, safe=""))


_URL_SAFE = str.maketrans("+/", "-_")


def _inside_base64(raw: bytes) -> Iterator[str]:
    """Three bytes become four characters, so there are three ways to lie in a longer text. The characters at either end that
    also hold bits of a neighbour are left out: they differ with it."""
    for before in range(3):
        coded = base64.b64encode(bytes(before) + raw).decode()
        yield coded[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]
