"""What a call brings: the query, a form and a JSON object alike, as one table of texts. The body wins over the query."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, QueryDict

from hub.api.problems import too_large
from hub.api.reading import read
from hub.api.v2 import codes
from hub.api.v2.codes import Said
from hub.db import scoping
from hub.db.texts import storable

MOST = 500
"""Parameters of one call."""

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"

KEYS = frozenset({"web_key", "webkey", "x-web-key", "access_token", "x-access-token", "x_access_token", "x_web_key"})
"""Credentials belong in headers. Sent as parameters they are left out, so that none becomes a custom field."""


class Parameters(dict[str, str]):
    """Name → text, spaces around it removed."""

    def text(self, name: str) -> str:
        """A text, or empty."""
        return self.get(name, "")

    def required(self, *names: str) -> None:
        """Raises ``Said`` with the names that are missing or empty."""
        if missing := [name for name in names if not self.get(name)]:
            raise Said(codes.MISSING, f"Missing required key or value: {', '.join(missing)}.")

    def id(self, name: str) -> int | None:
        """An id, or None where there is none; ``-1`` is how callers write none. Raises ``Said``."""
        text = self.get(name, "")
        if text in ("", "-1", "0"):
            return None
        found = scoping.id_in(text)
        if found is None:
            raise Said(codes.BAD_REQUEST, f"{name} is not an id.")
        return found

    def number(self, name: str, usual: int, least: int, most: int) -> int:
        """A number within bounds. Raises ``Said``."""
        text = self.get(name, "")
        if not text:
            return usual
        if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
            raise Said(codes.BAD_REQUEST, f"{name} is a number from {least} to {most}.")
        return int(text)


def of(request: HttpRequest) -> Parameters:
    """Everything that was sent. Raises ``Problem``."""
    merged = {**_last(request.GET), **_body(request)}
    if len(merged) > MOST:
        raise too_large()
    if not all(storable(name) and storable(text) for name, text in merged.items()):
        raise Said(codes.BAD_REQUEST, "What was sent holds a character that cannot be kept.")
    return Parameters({name: text.strip() for name, text in merged.items() if name.lower() not in KEYS})


def _body(request: HttpRequest) -> Mapping[str, str]:
    if request.content_type == MULTIPART:
        return _last(request.POST)
    body = request.body
    if request.content_type == FORM and not body.lstrip().startswith(b"{"):
        return _last(QueryDict(body, encoding="utf-8"))
    return _of_json(body) if body.strip() else {}


def _last(given: QueryDict) -> dict[str, str]:
    return {name: values[-1] if values else "" for name, values in given.lists()}


def _of_json(body: bytes) -> dict[str, str]:
    value = read(body)
    if not isinstance(value, dict):
        raise Said(codes.BAD_REQUEST, "The body is a JSON object with a value for each name.")
    return {name: _text(name, one) for name, one in value.items()}


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if value is None or isinstance(value, str | int | float):
        return "" if value is None else str(value)
    raise Said(codes.BAD_REQUEST, f"{name[:60]} is a text or a number, not a list or an object.")
