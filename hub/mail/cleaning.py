"""HTML of our mails: what may stand in it, how its tokens are filled, and the plain text that goes beside it.

Who writes a step may paste anything; so what is stored was cleaned, and what is sent is cleaned once more after its tokens
were filled, for a contact's name may hold a tag and a website may be a script. Nothing loads from elsewhere: no images, styles.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from urllib.parse import quote

import nh3

from hub.core.tokens import MAX_TEXT, TOKEN
from hub.mail import reopening

TAGS = {
    "a", "b", "blockquote", "br", "code", "del", "div", "em", "h1", "h2", "h3", "hr", "i", "li", "ol", "p", "pre", "s", "strong",
    "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
SCHEMES = {"http", "https", "mailto", "tel"}
"""Of links. Everything else is text without a link."""

_BRACES = re.compile(r"\{\{[^{}]{1,400}\}\}")
_DOMAIN = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}(?:[/?#:].*)?", re.I)


def tidy(given: str) -> str:
    """What is stored of what was typed or pasted: safe, its tokens written as everywhere."""
    kept = nh3.clean(_read(given), tags=TAGS, attributes={"a": {"href"}}, link_rel=None, url_schemes=SCHEMES)
    return _BRACES.sub(_as_typed, kept).strip()


def safe(given: str) -> str:
    """What leaves: as :func:`tidy`, and a link without its ``https://`` gets one. Nothing links to where we are not."""
    return nh3.clean(
        _read(given), tags=TAGS, attributes={"a": {"href"}}, link_rel=None, url_schemes=SCHEMES, url_relative=_whole
    ).strip()  # fmt: skip


def fill(template: str, values: Mapping[str, str]) -> str:
    """The HTML with its tokens filled and cleaned. A value is text: its signs stay signs, its lines stay lines, and within a
    link's address it is escaped as one."""

    def value_of(match: re.Match[str]) -> str:
        value = values.get(match.group(1), "")
        opened = template.rfind("<", 0, match.start())
        if opened <= template.rfind(">", 0, match.start()):
            return html.escape(value).replace("\n", "<br>")
        begins_the_address = template[match.start() - 1] in "\"'"
        return html.escape(value.strip()) if begins_the_address else quote(value, safe="")

    template = tidy(template)
    return safe(TOKEN.sub(value_of, template))


def is_empty(given: str) -> bool:
    """Whether nothing is left to read: editors leave an empty block behind."""
    return not html.unescape(nh3.clean(_read(given), tags=set())).strip()


def of_text(text: str) -> str:
    """HTML of a plain text: its lines, and nothing else."""
    return "<div>" + "<br>".join(html.escape(line) for line in text.splitlines()) + "</div>"


def document(body: str) -> str:
    """The whole page of a mail."""
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    return f"<!doctype html>\n<html><head>{head}</head><body>\n{body}\n</body></html>\n"


def _read(given: str) -> str:
    return reopening.bounded(given[:MAX_TEXT])


def _as_typed(token: re.Match[str]) -> str:
    """A custom field's label may hold signs that HTML writes otherwise, and blanks that must not break."""
    typed = html.unescape(token.group(0)).replace("\u00a0", " ")
    return typed if TOKEN.fullmatch(typed) and not re.search(r"[<>\"']", typed) else token.group(0)


def _whole(address: str) -> str | None:
    """``example.com/offer`` is meant as a link to there; what is no address at all is none."""
    address = address.strip()
    return f"https://{address}" if _DOMAIN.fullmatch(address) else None
