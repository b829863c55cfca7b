"""What a plugin returned, made safe to write down.

An outcome's fields are a stranger's values: a number where a text belongs, a gigabyte, a NUL that no database takes, a wait of
*not a number* seconds, the key itself in a sentence for people. A store that choked on one of them could not write down that the
parcel is sent. So every outcome passes through :func:`plain` before anything is concluded from it: only our own classes, only
plain values, cut to a length, without secrets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from pydantic import BaseModel

from hub.core import redact, whereabouts
from hub.core.outcomes import (
    Already,
    Broken,
    CannotTell,
    Done,
    NeedsAdmin,
    NotSent,
    Outcome,
    Rejected,
    Sent,
    Unknown,
    Wait,
)
from hub.dispatch.backoff import LONGEST_RETRY_AFTER

OURS: tuple[type[Outcome], ...] = (
    Sent, Already, Done, Rejected, NeedsAdmin, Wait, Unknown, Broken, NotSent, CannotTell,
)  # fmt: skip
"""What may be returned. A subclass may override anything, so it is not one of ours."""

_FIELDS = {kind: tuple(field.name for field in fields(kind)) for kind in OURS}

LENGTHS = {"reference": 200, "thread": 250, "field": 100, "note": 2_000, "reason": 1_000, "detail": 2_000}
"""Characters that are kept of each text."""

LOOKED_AT = 20_000
"""Characters of a text that are searched for secrets; the rest is cut off unread."""

MOST_CHANGES = 100
"""Changes one step may ask for."""


def plain(returned: Any) -> Outcome:
    """One of our outcomes with plain values; :class:`Broken` for everything else. Never raises."""
    if type(returned) not in OURS:
        return Broken(f"The plugin returned {_what(returned)}.")
    values = {name: _plain(name, getattr(returned, name, None)) for name in _FIELDS[type(returned)]}
    if values.get("changes", ()) is None:
        if isinstance(returned, Done):
            return Broken("The plugin returned changes that are not changes.")
        values |= {"changes": (), "note": f"{values['note']} (The changes it asked for could not be read.)".strip()}
    kind: Callable[..., Outcome] = type(returned)
    return kind(**values)


def told(trouble: BaseException) -> str:
    """An exception's own words, clean; empty when it cannot even say those."""
    try:
        return clean(str(trouble), LENGTHS["detail"])
    except BaseException:  # __str__ is a stranger's too
        return ""


def told_where(trouble: BaseException) -> str:
    """The same, with the line of the plugin's own code that it came from; for the author."""
    where = clean(whereabouts.place(trouble), whereabouts.MOST)
    return f"{told(trouble)} ({where})".lstrip() if where else told(trouble)


def clean(text: str, length: int) -> str:
    """Without secrets, without what a database refuses (NUL, halves of a surrogate pair), cut to ``length``.

    What cannot be seen goes first: left in the middle of a secret it would hide it from us, and some later sink that drops it
    would put the secret together again.
    """
    seen = _visible(text[:LOOKED_AT])
    if len(text) > LOOKED_AT:  # the cut may have gone through a secret, of which half would be left
        length = min(length, max(0, len(seen) - redact.reach()))
    return redact.cut(seen, length)


def _visible(text: str) -> str:
    """Without control characters and other signs that draw nothing; line breaks and tabs stay."""
    if text.isprintable():
        return text
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in lines if sign.isprintable() or sign in "\n\t")


def _plain(name: str, value: Any) -> Any:
    if name == "changes":
        return _changes(value)
    if name == "seconds":
        return _seconds(value)
    return value is True if name == "whole_connection" else _text(name, value)


def _text(name: str, value: Any) -> str:
    if isinstance(value, str):
        return clean(str.__str__(value), LENGTHS[name])
    return str(value) if type(value) is int and abs(value) < 10**30 else ""  # vendors' ids are often numbers


def _seconds(value: Any) -> float | None:
    if type(value) not in (int, float) or value != value:
        return None
    return float(min(max(value, 0), LONGEST_RETRY_AFTER.total_seconds()))


def _changes(value: Any) -> tuple[BaseModel, ...] | None:
    """Read anew, for a model can be made without its checks. None when one of them is not what it says it is."""
    if type(value) not in (tuple, list) or len(value) > MOST_CHANGES:
        return None
    try:
        return tuple(type(change).model_validate(_cleaned(change.model_dump(mode="json"))) for change in value)
    except Exception:
        return None


def _cleaned(data: Any) -> Any:
    if isinstance(data, str):
        return clean(data, LOOKED_AT)
    if isinstance(data, dict):
        return {name: _cleaned(item) for name, item in data.items()}
    return [_cleaned(item) for item in data] if isinstance(data, list) else data


def _what(returned: Any) -> str:
    return "nothing" if returned is None else f"a {type(returned).__name__[:60]}"
