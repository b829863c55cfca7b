"""A letter's HTML made harmless: no scripts, no forms, no styles, and nothing that is fetched from elsewhere. Pure.

A picture that is fetched tells its sender that, when and where a letter was opened, so there are none. Links open apart and tell
nobody where they were clicked.
"""

from __future__ import annotations

import nh3

from hub.mail import reopening
from hub.mail.reading import parsing

LONGEST = 100_000
"""Characters that are looked at."""

MOST_KEPT = 3 * LONGEST
"""Characters that are kept: cleaning closes what was left open, and says of each link how it opens."""

TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6",
    "hr", "i", "li", "ol", "p", "pre", "s", "small", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "u", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
SCHEMES = {"http", "https", "mailto", "tel"}


def clean(html: str) -> str:
    """HTML that may stand on a page of ours. Empty where nothing but text would be left of it."""
    if not html.strip():
        return ""
    cleaned = _cleaned(html[:LONGEST])
    return cleaned if len(cleaned) <= MOST_KEPT else _cleaned(cleaned[:MOST_KEPT])


def _cleaned(html: str) -> str:
    """Signs that turn the reading direction are taken out last, for HTML may write them by their numbers."""
    return parsing.clean(nh3.clean(
        reopening.bounded(html), tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener noreferrer nofollow",
        clean_content_tags={"script", "style", "title", "template"},
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )).strip()  # fmt: skip
