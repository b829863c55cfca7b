"""Days from one to another, as rows of a form: first day, last day, a name. Rows without any day are left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from pydantic import ValidationError

from hub.accounts.calendars import MOST_SPANS, Span

EMPTY_ROWS = 2
"""Rows that stand ready to be filled; saving brings more."""

Row = tuple[str, str, str]


class SpanRows(forms.Widget):
    """Rows of days, posted as ``field.first``, ``field.last`` and ``field.name`` once a row."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        rows: list[Row] = [*(value or ()), *[("", "", "")] * EMPTY_ROWS]
        return render_to_string("web/span_rows.html", {"name": name, "rows": rows, "id": (attrs or {}).get("id", "")})

    def id_for_label(self, id_: str) -> str:
        return f"{id_}-1" if id_ else id_


def rows_of(spans: Sequence[Span]) -> list[Row]:
    """Stored days as the form shows them."""
    return [(span.first.isoformat(), span.last.isoformat(), span.name) for span in spans]


def posted(post: Any, name: str) -> list[Row]:
    """What was typed, as the form shows it again."""
    columns = (post.getlist(f"{name}.{column}") for column in ("first", "last", "name"))
    rows = [tuple(text.strip()[:200] for text in row) for row in zip(*columns, strict=False)]
    return [(first, last, called) for first, last, called in rows[: MOST_SPANS + 1] if first or last or called]


def read(rows: Sequence[Row]) -> tuple[tuple[Span, ...], str]:
    """The days, and a sentence for what is wrong with them. A row with one day only is that one day."""
    found: list[Span] = []
    for number, (first, last, name) in enumerate(rows, 1):
        try:
            found.append(Span.model_validate({"first": first or last, "last": last or first, "name": name}))
        except ValidationError as trouble:
            return (), _("Row {n}: {what}.").format(n=number, what=_what(trouble))
    if len(found) > MOST_SPANS:
        return (), _("At most {count} rows can be kept.").format(count=MOST_SPANS)
    return tuple(sorted(found, key=lambda span: span.first)), ""


def _what(trouble: ValidationError) -> str:
    error = trouble.errors(include_input=False, include_url=False)[0]
    if error["type"].startswith("date"):
        return _("enter a date")
    if error["type"] == "string_too_long":
        return _("the name is too long")
    return str(error["msg"]).removeprefix("Value error, ")
