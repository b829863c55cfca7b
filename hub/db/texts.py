"""Which texts a database can keep, and which fit on one line. Pure."""

from __future__ import annotations

import unicodedata


def storable(text: str) -> bool:
    """Whether both databases can keep it: no NUL (PostgreSQL refuses it), no half of a surrogate pair (UTF-8 does)."""
    return "\x00" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def one_line(text: str) -> bool:
    """Whether it can be kept and shown on one line: no control characters, no line or paragraph separators."""
    return storable(text) and not any(unicodedata.category(sign) in {"Cc", "Zl", "Zp"} for sign in text)
