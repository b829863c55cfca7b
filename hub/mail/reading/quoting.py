"""What is new in a letter, without what it quotes. Pure, bounded, and never without an answer.

quotequail finds the place. It is slow only on thousands of lines that look like the head of a quotation, so long lines and long
texts are cut before it looks. What it calls a forward is often an answer as Outlook writes it: there, too, the upper part counts.
"""

from __future__ import annotations

import html as entities
import re

import nh3

from hub.mail import reopening

MOST_LINES = 500
LONGEST_LINE = 500
LONGEST = 10_000
"""Characters that are kept."""

_BREAKS = re.compile(r"(?i)<(?:br|/p|/div|/tr|/li|/h[1-6]|/blockquote)\b[^>]{0,200}>")
_QUOTED = re.compile(
    r"(?is)<blockquote\b|<div[^>]{0,200}class=[\"']?(?:gmail_quote|yahoo_quoted|moz-cite-prefix)|id=[\"']?divRplyFwdMsg"
)
_BLANKS = re.compile(r"\n{3,}")


def new_in(text: str, html: str = "") -> str:
    """What the sender wrote, on top of what is quoted."""
    said = text if text.strip() else words_of(html)
    lines = [line[:LONGEST_LINE] for line in said.split("\n")[:MOST_LINES]]
    bounded = "\n".join(lines).strip()
    return _BLANKS.sub("\n\n", _top(bounded) or bounded).strip()[:LONGEST]


def words_of(html: str) -> str:
    """An HTML letter as text, up to what it quotes."""
    seen = html[:200_000]
    cut = _QUOTED.search(seen)
    if cut is not None and _plain(seen[: cut.start()]).strip():
        seen = seen[: cut.start()]
    return _plain(seen)


def _plain(html: str) -> str:
    broken = _BREAKS.sub("\n", html.replace("\r", "").replace("\n", " "))
    said = nh3.clean(reopening.bounded(broken), tags=set(), clean_content_tags={"script", "style", "title", "template"})
    return "\n".join(" ".join(line.split()) for line in entities.unescape(said).split("\n"))


def _top(text: str) -> str:
    """What quotequail takes to be the sender's own."""
    import quotequail  # with lxml it is large, and most hubs read no mail

    try:
        found = quotequail.unwrap(text)
    except Exception:  # a stranger's text may be anything, and the whole of it is an answer too
        return text
    if not found:
        return text
    return str(found.get("text_top") or found.get("text_bottom") or "")
