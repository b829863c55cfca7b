"""The plain text of a mail's HTML, for those who read without it. Pure.

Blocks become lines, list entries get their dash or number, quotations their ``>``, and a link says where it leads.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

BLOCKS = {"blockquote", "div", "h1", "h2", "h3", "hr", "li", "ol", "p", "pre", "table", "tr", "ul"}
APART = {"blockquote", "h1", "h2", "h3", "ol", "p", "pre", "table", "ul"}
"""Blocks with an empty line before and after them."""


def text_of(html: str) -> str:
    """Read it as a person would. The HTML has been cleaned."""
    reading = _Reading()
    reading.feed(html)
    reading.close()
    return reading.text()


class _Reading(HTMLParser):
    """Collects lines. ``wanted``: how many breaks stand before the next word."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._wanted = 0
        self._quoted = self._quoted_before = 0
        self._lists: list[int | None] = []
        self._links: list[tuple[str, int]] = []
        self._kept = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in BLOCKS:
            self._break(2 if tag in APART and not (self._lists and tag in ("ul", "ol")) else 1)
        if tag == "br":
            self._wanted += 1
        elif tag in ("ul", "ol"):
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._write(self._bullet())
        elif tag == "a":
            self._links.append((dict(attrs).get("href") or "", len(self._parts)))
        elif tag == "blockquote":
            self._quoted += 1
        elif tag == "pre":
            self._kept += 1
        elif tag == "hr":
            self._write("---")
            self._break(1)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._links:
            self._close_link(*self._links.pop())
        elif tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        elif tag in ("td", "th"):
            self._write(" ")
        elif tag == "pre":
            self._kept = max(0, self._kept - 1)
        if tag in BLOCKS:
            self._break(2 if tag in APART and not self._lists else 1)
        if tag == "blockquote":
            self._quoted = max(0, self._quoted - 1)

    def handle_data(self, data: str) -> None:
        if self._kept:
            for number, line in enumerate(data.split("\n")):
                self._wanted += 1 if number else 0
                self._write(line)
            return
        words = re.sub(r"[ \t\r\n\f]+", " ", data)
        if words.strip() or (words and self._parts and not self._wanted):
            self._write(words if not self._wanted else words.lstrip(" "))

    def text(self) -> str:
        """What was read, with one line break at its end."""
        lines = [line.replace("\u00a0", " ").rstrip() for line in "".join(self._parts).split("\n")]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n" if any(lines) else ""

    def _bullet(self) -> str:
        within = "  " * max(0, len(self._lists) - 1)
        if not self._lists or self._lists[-1] is None:
            return f"{within}- "
        self._lists[-1] += 1
        return f"{within}{self._lists[-1]}. "

    def _close_link(self, address: str, begun: int) -> None:
        said = "".join(self._parts[begun:]).strip()
        bare = re.sub(r"^(mailto:|tel:|https?://)", "", address)
        if address and said.rstrip("/") not in (address.rstrip("/"), bare.rstrip("/")):
            self._write(f" ({bare if address.startswith(('mailto:', 'tel:')) else address})")

    def _break(self, lines: int) -> None:
        self._wanted = max(self._wanted, lines)

    def _write(self, words: str) -> None:
        if not words and not self._kept:
            return
        mark = "> " * self._quoted
        if self._wanted and self._parts:
            between = ("> " * min(self._quoted, self._quoted_before)).rstrip()
            self._parts.append(f"\n{between}" * (min(self._wanted, 2) - 1) + "\n" + mark)
        elif not self._parts and mark:
            self._parts.append(mark)
        self._wanted, self._quoted_before = 0, self._quoted
        self._parts.append(words)
