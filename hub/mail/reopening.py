"""What a stranger's HTML may cost to read. Pure.

A bold that is left open is opened again in every paragraph that follows (the standard's *active formatting elements*), so a
hundred kilobytes of open tags, each of another attribute, and of short paragraphs become fifty million elements: gigabytes for
one letter. Of tags that are alike a parser opens no more than three again, so their attributes, which we drop in any case, are
taken out before it reads; and where there are very many tags, those go that would be opened again.
"""

from __future__ import annotations

import re

MOST_TAGS = 10_000
"""Signs that may open or close a tag. Where there are more, nothing is opened again: no letter that anybody reads has so many."""

_FORMATTING = re.compile(r"(?i)<(b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[\s/>])[^>]*")


def bounded(html: str) -> str:
    """The same HTML, of which a parser makes some forty elements a tag and no more; all its words, but not all its bold.

    It may be read otherwise than a parser does, as within a comment: what it returns is still to be cleaned.
    """
    return _FORMATTING.sub(r"<\1" if html.count("<") <= MOST_TAGS else "<span", html)
