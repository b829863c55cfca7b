"""What is put before a subject on its way: by mail programs, and by gateways that mark what comes from outside. Pure."""

from __future__ import annotations

import re

_MARK = (
    r"(?:[\[(*]+\s*(?:e-?mail\s+)?(?:external|externe?[rs]?|ext|outside|caution|warning)\b[^\[\]()*]{0,40}[\])*]+\s*:?"
    r"|external(?:\s+(?:e-?mail|mail|sender))?\s*:)"
)
"""``[EXTERNAL]``, ``*** External e-mail ***``, ``EXTERNAL:``: the mailbox's own side writes it, unknown to the sender."""

_ANSWER = (
    r"(?:(?:re|aw|sv|vs|antw?|antwort|res|ynt|odp|rif|r|betr|fwd?|wg|tr|rv|enc|vb|回复|回覆|答复|答覆|返信|转发|轉寄|ответ|"
    r"automatic reply|auto(?:matische antwort)?|out of office)\s*(?:\[\d+\])?\s*[:：])"
)

_MARKS = re.compile(rf"(?i)^\s*(?:{_MARK}\s*)+")
_BEFORE = re.compile(rf"(?i)^\s*(?:(?:{_MARK}|{_ANSWER})\s*)+")


def unmarked(subject: str) -> str:
    """As its sender wrote it, without a gateway's mark."""
    return _MARKS.sub("", subject)


def bare(subject: str) -> str:
    """What it is about: without marks, and without what mail programs put before it in an answer."""
    return _BEFORE.sub("", subject)
