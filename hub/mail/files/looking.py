"""What a file is, by its bytes; and a name it may bear. Pure."""

from __future__ import annotations

import re
import unicodedata

LONGEST_NAME = 120
"""Characters."""

MOST_BYTES = 5_000_000
"""Of one file: with others and as base64 it still fits into a mail."""

_OFFICE = "application/vnd.openxmlformats-officedocument."
_BEGINNINGS: tuple[tuple[bytes, str, tuple[str, ...]], ...] = (
    (b"%PDF-", "application/pdf", ("pdf",)),
    (b"\x89PNG\r\n\x1a\n", "image/png", ("png",)),
    (b"\xff\xd8\xff", "image/jpeg", ("jpg", "jpeg")),
    (b"GIF8", "image/gif", ("gif",)),
    (b"PK\x03\x04", f"{_OFFICE}wordprocessingml.document", ("docx",)),
    (b"PK\x03\x04", f"{_OFFICE}spreadsheetml.sheet", ("xlsx",)),
    (b"PK\x03\x04", f"{_OFFICE}presentationml.presentation", ("pptx",)),
)
_TEXTS = {"txt": "text/plain", "csv": "text/csv", "ics": "text/calendar", "vcf": "text/vcard"}

TAKEN = ("pdf", "png", "jpg", "jpeg", "gif", "docx", "xlsx", "pptx", *_TEXTS)
"""Endings of the files that are taken."""


def kind_of(name: str, content: bytes) -> str:
    """The media type; empty for what is not taken, or is something else than its name says."""
    ending = name.rpartition(".")[2].lower()
    for beginning, kind, endings in _BEGINNINGS:
        if ending in endings and content.startswith(beginning):
            return kind
    return _TEXTS.get(ending, "") if _is_text(content) else ""


def name_of(given: str) -> str:
    """A file's own name: no folder, nothing that controls, one ending."""
    plain = unicodedata.normalize("NFC", given).replace("\\", "/").rpartition("/")[2]
    plain = "".join(sign for sign in plain if unicodedata.category(sign)[0] != "C" and sign not in '<>:"|?*')
    stem, dot, ending = re.sub(r"\s+", " ", plain).strip(" .").rpartition(".")
    return f"{(stem if dot else ending).strip(' .')[:LONGEST_NAME] or 'file'}{f'.{ending[:10]}' if dot else ''}"


def size_words(size: int) -> str:
    """``1.4 MB``, ``12 kB``."""
    return f"{size / 1_000_000:.1f} MB" if size >= 1_000_000 else f"{max(1, round(size / 1_000))} kB"


def _is_text(content: bytes) -> bool:
    """Plain text, and not a page that a program would open as one."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return "\x00" not in text and not re.match(r"\s*<(?:!doctype|html|svg|\?xml|script)", text, re.I)
