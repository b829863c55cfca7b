"""Long lists, one page at a time, by cursor: the thousandth page costs what the first one costs.

A cursor is the order values of the last row shown, or, with ``<`` before it, of the first: what stands before that one is the
page before. It carries no rights: the queryset it is applied to is already scoped, so
a stranger's cursor finds nothing new. The columns of an order must not be null and must end in a unique one.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.core.exceptions import FieldError, ValidationError
from django.db.models import Model, Q, QuerySet

from hub.db.errors import Invalid
from hub.db.texts import storable

Row = TypeVar("Row", bound=Model)

DEFAULT_SIZE = 50
LARGEST_SIZE = 500
LONGEST_CURSOR = 2_000  # characters


BACK = "<"
"""Stands before a cursor that leads back."""


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows, and the cursors of the next page (None on the last one) and of the one before (None on the first)."""

    rows: list[Row]
    next: str | None
    previous: str | None = None


def page(
    queryset: QuerySet[Row], cursor: str | None, size: int = DEFAULT_SIZE, order: Sequence[str] = ("-id",)
) -> Page[Row]:
    """The page that ``cursor`` leads to (None: the first). ``order`` reads like ``order_by``. A bad cursor raises ``Invalid``."""
    size = max(1, min(size, LARGEST_SIZE))
    cursor = cursor or None
    if cursor and cursor.startswith(BACK):
        return _page_before(queryset, cursor.removeprefix(BACK), size, order)
    shown, more = _some(queryset, cursor, size, order)
    before = BACK + _cursor(shown[0], order) if cursor and shown else None
    return Page(shown, _cursor(shown[-1], order) if more else None, before)


def _page_before(queryset: QuerySet[Row], cursor: str, size: int, order: Sequence[str]) -> Page[Row]:
    """The rows right before a cursor's, read backwards. Where they fill no page, the list is shown from its beginning."""
    shown, more = _some(queryset, cursor, size, [_reversed(name) for name in order])
    if not more:
        return page(queryset, None, size, order)
    shown.reverse()
    return Page(shown, _cursor(shown[-1], order), BACK + _cursor(shown[0], order))


def _some(queryset: QuerySet[Row], cursor: str | None, size: int, order: Sequence[str]) -> tuple[list[Row], bool]:
    """Rows beyond a cursor, and whether there are more."""
    rows = queryset.order_by(*order)
    if cursor is not None:
        rows = _after(rows, decode(cursor, len(order)), order)
    found = list(rows[: size + 1])
    return found[:size], len(found) > size


def _reversed(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _cursor(row: Any, order: Sequence[str]) -> str:
    return encode([_read(row, name) for name in order])


def encode(values: Sequence[Any]) -> str:
    """Order values as text that is safe in an address."""
    plain = [_plain(item) for item in values]
    return base64.urlsafe_b64encode(json.dumps(plain, separators=(",", ":")).encode()).decode().rstrip("=")


def decode(cursor: str, columns: int) -> list[Any]:
    """The order values of a cursor, or ``Invalid``."""
    try:
        if len(cursor) > LONGEST_CURSOR:
            raise ValueError
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list) or len(values) != columns or not all(map(_can_be_asked, values)):
            raise ValueError
    except (ValueError, RecursionError):  # a thousand brackets within brackets are a cursor's length
        raise _bad() from None
    return values


def _can_be_asked(item: Any) -> bool:
    return storable(item) if isinstance(item, str) else item is not None


def _after(rows: QuerySet[Row], values: list[Any], order: Sequence[str]) -> QuerySet[Row]:
    """Rows that come later in the order: (a beyond) or (a same and b beyond) or …"""
    condition, same = Q(), Q()
    for name, item in zip(order, values, strict=True):
        column = name.lstrip("-")
        beyond = Q(**{f"{column}__{'lt' if name.startswith('-') else 'gt'}": item})
        condition |= same & beyond
        same &= Q(**{column: item})
    try:
        return rows.filter(condition)
    except (ValueError, TypeError, ValidationError, FieldError, OverflowError):
        raise _bad() from None


def _read(row: Any, name: str) -> Any:
    for part in name.lstrip("-").split("__"):
        row = getattr(row, part)
    return row


def _plain(item: Any) -> Any:
    if isinstance(item, datetime | date):
        return item.isoformat()
    return str(item) if isinstance(item, UUID | Decimal) else item


def _bad() -> Invalid:
    return Invalid({"cursor": "This is not a page of this list."}, what="The list cannot be continued from there.")
