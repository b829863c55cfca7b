"""Pages of a list, cut as vendors cut them: by page number, by offset, or by a pointer to the next page.

Which way is meant is read from the query's own words and from the answer's fields. A list whose caller asks for no page, and
whose answer has no place for a pointer, comes whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from hub.testing.answers import spelling
from hub.testing.wire import Item

SIZES = ("limit", "per_page", "perPage", "page_size", "pageSize", "size", "take", "count")
NUMBERS = ("page", "page_number", "pageNumber")
OFFSETS = ("offset", "skip", "start")
POINTERS = ("cursor", "after", "page_token", "pageToken", "starting_after", "continuation", "next")
NEXTS = (
    "next",
    "next_cursor",
    "nextCursor",
    "cursor",
    "next_page",
    "nextPage",
    "next_page_token",
    "nextPageToken",
    "after",
)
NUMBERED = ("next_page", "nextPage")
"""Fields of an answer that hold a page's number rather than a pointer."""

SIZE = 2
"""Items on a page whose caller names no size: few, so that even three items make two pages."""


class NoSuchPage(Exception):
    """The caller hands in a cursor that is none of the vendor's. The message says so."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One page, and what the answer says of the next one: field → value."""

    items: list[Item]
    pointer: dict[str, Any] = field(default_factory=dict)


def page_of(shape: Any, items: Sequence[Item], query: Mapping[str, str]) -> Shown:
    """The page that this query asks for.

    Raises:
        NoSuchPage: its cursor leads nowhere.
    """
    pointer, asked = _pointer(shape), _asked(query)
    if not pointer and not any(word in asked for word in (*NUMBERS, *OFFSETS, *POINTERS)):
        return Shown(list(items))
    size = _number(asked, SIZES) or SIZE
    start = _start(asked, size, items)
    end = start + size
    follows = _follows(shape, pointer, query, start // size + 2, end) if end < len(items) else None
    return Shown(list(items[start:end]), {pointer: follows} if pointer else {})


def size_asked(parameters: Mapping[str, Any]) -> int | None:
    """How many a call asks for at once, where it says so."""
    return _number({name: str(value) for name, value in parameters.items()}, SIZES)


def _asked(query: Mapping[str, str]) -> dict[str, str]:
    """The query without what only looks like a question for a page: ``after`` and ``start`` may also be dates."""
    return {word: value for word, value in query.items() if value and not re.match(r"\d{4}-\d\d", value)}


def _start(query: Mapping[str, str], size: int, items: Sequence[Item]) -> int:
    number = _number(query, NUMBERS)
    if number is not None:
        return max(number - 1, 0) * size
    start = _number(query, OFFSETS) or _number(query, POINTERS)
    pointer = next((query[word] for word in POINTERS if word in query), "")
    return _behind(pointer, items) if pointer and start is None else start or 0


def _behind(pointer: str, items: Sequence[Item]) -> int:
    """Some vendors take the id of the last thing on the page before for a cursor."""
    ids = [str(item.get("id")) for item in items]
    if pointer not in ids:
        raise NoSuchPage(
            f"There is no page at {pointer[:40]!r}: a cursor is what the page before has named as the next."
        )
    return ids.index(pointer) + 1


def _follows(shape: Any, pointer: str, query: Mapping[str, str], number: int, end: int) -> Any:
    """The next page's number where pages are numbered, else where it begins; as a text where the field is one."""
    numbered = pointer in NUMBERED or any(word in query for word in NUMBERS)
    value = number if numbered else end
    return str(value) if pointer and "str" in str(_fields(shape)[pointer]) else value


def _pointer(shape: Any) -> str:
    """The answer's field that names the next page, as the vendor spells it."""
    return next((name for name in NEXTS if name in _fields(shape)), "")


def _fields(shape: Any) -> dict[str, Any]:
    if not (isinstance(shape, type) and issubclass(shape, BaseModel)):
        return {}
    return {spelling(name, info): info.annotation for name, info in shape.model_fields.items()}


def _number(query: Mapping[str, str], words: Sequence[str]) -> int | None:
    return next((int(query[word]) for word in words if query.get(word, "").isdigit()), None)
