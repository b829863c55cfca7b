"""One account's rows, kept from another's eyes: the only way to fetch a tenant's row by id.

A foreign id and a missing id raise the same ``NotFound``, so that an answer never tells which of the two it was.
"""

from __future__ import annotations

from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet

from hub.db.errors import NotFound

Row = TypeVar("Row", bound=Model)

LARGEST_ID = 2**63 - 1


def id_of(account: Any) -> int:
    """The id of an account given as a row or as an id."""
    return account if isinstance(account, int) else int(account.pk)


def id_in(text: str) -> int | None:
    """The id that a text names; None for everything that can be nobody's, such as ``²``, which Python, too, calls a digit."""
    usable = text.isascii() and text.isdigit() and len(text) < 19
    return int(text) or None if usable else None


def within(rows: QuerySet[Row], account: Any) -> QuerySet[Row]:
    """Only the rows of this account."""
    return rows.filter(account_id=id_of(account))


def get(rows: QuerySet[Row], account: Any, pk: Any, **also: Any) -> Row:
    """The row ``pk`` of this account, or ``NotFound``. Ids of any type are taken, the unusable ones included."""
    found = None
    if _usable(pk):
        try:
            found = within(rows, account).filter(pk=pk, **also).first()
        except (ValueError, TypeError, ValidationError):
            found = None  # the column's type cannot take it, so no row has it
    if found is None:
        raise NotFound
    return found


def _usable(pk: Any) -> bool:
    """Whether the database can be asked at all: a number beyond 64 bits makes its driver fail."""
    try:
        return abs(int(pk)) <= LARGEST_ID
    except (TypeError, ValueError):
        return True  # not a number: a UUID perhaps, or nonsense; the column's own type decides
