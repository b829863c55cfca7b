"""Long lists, one page at a time, by cursor: the thousandth page costs what the first one costs.

A cursor is the order values of the last row shown. It carries no rights: the queryset it is applied to is already scoped, so
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

Row = TypeVar("Row", bound=Model)

DEFAULT_SIZE = 50
LARGEST_SIZE = 500
LONGEST_CURSOR = 2_000  # characters


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows, and the cursor of the next page (None on the last one)."""

    rows: list[Row]
    next: str | None


def page(
    queryset: QuerySet[Row], cursor: str | None, size: int = DEFAULT_SIZE, order: Sequence[str] = ("-id",)
) -> Page[Row]:
    """The page after ``cursor`` (None: the first). ``order`` reads like ``order_by``. A bad cursor raises ``Invalid``."""
    size = max(1, min(size, LARGEST_SIZE))
    rows = queryset.order_by(*order)
    if cursor:
        rows = _after(rows, decode(cursor, len(order)), order)
    found = list(rows[: size + 1])
    more = len(found) > size
    shown = found[:size]
    return Page(shown, encode([_read(shown[-1], name) for name in order]) if more else None)


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
        if not isinstance(values, list) or len(values) != columns or any(item is None for item in values):
            raise ValueError
    except ValueError:
        raise _bad() from None
    return values


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
