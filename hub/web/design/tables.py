"""Tables that sort by their heads and page by cursor: the links, computed from the query string alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from hub.db.paging import Page
from hub.web.design.attributes import one_of
from hub.web.design.badges import Text

SORT_KEY = "sort"
CURSOR_KEY = "cursor"


@dataclass(frozen=True)
class Column:
    """One head of a table. With a `sort` key its label is a link; `kind` is text, number, state or actions.

    `hide_label` keeps a head for screen readers only (for a column of buttons).
    """

    label: Text
    sort: str = ""
    kind: str = "text"
    hide_label: bool = False

    def __post_init__(self) -> None:
        one_of(self.kind, ("text", "number", "state", "actions"), "A column's kind")


@dataclass(frozen=True)
class CursorPage:
    """Where a list stands: opaque cursors to either side (empty at an end), rows shown, and the total if counted."""

    shown: int
    previous: str = ""
    next: str = ""
    total: int | None = None

    @classmethod
    def of(cls, found: Page[Any], total: int | None = None) -> CursorPage:
        """Where a page of rows stands (`hub.db.paging`)."""
        return cls(len(found.rows), found.previous or "", found.next or "", total)


@dataclass(frozen=True)
class Head:
    """A column ready to draw: `direction` is ascending, descending, none (sortable) or empty (not sortable)."""

    column: Column
    href: str = ""
    direction: str = ""


def heads(columns: Sequence[Column], query: str) -> list[Head]:
    """Return a head for each column; the links keep the other parameters of `query` and start at the first page."""
    current = dict(parse_qsl(query)).get(SORT_KEY, "")
    return [_head(column, current, query) for column in columns]


def _head(column: Column, current: str, query: str) -> Head:
    if not column.sort:
        return Head(column)
    if current == column.sort:
        return Head(column, with_query(query, **{SORT_KEY: f"-{column.sort}", CURSOR_KEY: ""}), "ascending")
    direction = "descending" if current == f"-{column.sort}" else "none"
    return Head(column, with_query(query, **{SORT_KEY: column.sort, CURSOR_KEY: ""}), direction)


def with_query(query: str, **changes: str) -> str:
    """Return `?query` with `changes` made; an empty value takes its parameter away."""
    kept = [(key, value) for key, value in parse_qsl(query) if key not in changes]
    return "?" + urlencode(kept + [(key, value) for key, value in changes.items() if value])
