"""What may stand in a note: text of bounded length without control characters and without secrets. No database, no clock.

Vendors send anything. PostgreSQL refuses NUL in JSON, browsers do odd things with the rest, and nobody reads the eleventh
thousandth character.
"""

from __future__ import annotations

import re
from typing import Any

from hub.core import redact

LONGEST_TEXT = 10_000  # characters of one text in a note
DEEPEST = 6  # levels of data; a sentence needs one

# Everything below space but tab and newline, DEL, the C1 controls, direction overrides, and lone surrogates.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def text(value: str) -> str:
    """``value`` without control characters and registered secrets, cut to ``LONGEST_TEXT``."""
    seen = value[: LONGEST_TEXT + redact.reach()]
    if _UNWANTED.search(seen) is not None:
        seen = _UNWANTED.sub("", seen.replace("\r\n", "\n").replace("\r", "\n"))
    return redact.cut(seen, LONGEST_TEXT)


def data(value: Any, depth: int = 0) -> Any:
    """The same for every text inside ``value``; what is not JSON becomes text."""
    if type(value) is dict and _needs_nothing(value):
        return value
    if isinstance(value, str):
        return text(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else str(value)
    if depth >= DEEPEST:
        return text(str(value))
    if isinstance(value, dict):
        return {text(str(name)): data(part, depth + 1) for name, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [data(part, depth + 1) for part in value]
    return text(str(value))


def _needs_nothing(value: dict[Any, Any]) -> bool:
    """Most notes hold a few short texts and nothing to clean; those are looked at together, for the engine writes one a step."""
    try:
        together = "\n".join([*value, *value.values()])
    except TypeError:  # not all of it is text
        return False
    return len(together) <= LONGEST_TEXT and _UNWANTED.search(together) is None and redact.is_clean(together)
