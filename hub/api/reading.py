"""Reading a JSON body within limits: how deep it may nest, which texts can be kept. Its size Django limits already."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

from hub.db.errors import Problem
from hub.db.texts import storable

DEEPEST = 32
"""Levels of lists and objects (security.md R36)."""


class LimitedParser(Parser):
    """django-ninja's, with the limits."""

    def parse_body(self, request: HttpRequest) -> Any:
        return read(request.body)


def read(body: bytes) -> Any:
    """The value a JSON text stands for. Raises ``Problem``."""
    try:
        value = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise _unreadable("The body is no JSON that can be read.") from None
    _check(value, DEEPEST)
    return value


def _check(value: Any, levels: int) -> None:
    if isinstance(value, str):
        if not storable(value):
            raise _unreadable("What was sent holds a character that cannot be kept.")
    elif isinstance(value, dict | list):
        if levels == 0:
            raise _unreadable(f"The body nests deeper than {DEEPEST} levels.")
        for part in _parts(value):
            _check(part, levels - 1)


def _parts(value: dict[str, Any] | list[Any]) -> list[Any]:
    return [*value.keys(), *value.values()] if isinstance(value, dict) else value


def _no_number(word: str) -> float:
    raise ValueError(word)  # NaN and Infinity are no JSON


def _unreadable(what: str) -> Problem:
    return Problem(what, next="Correct it and send again.", code="unreadable")
