"""Every address of the hub with example values, for the tests that walk them all."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

EXAMPLES = {"int": "1", "str": "x", "slug": "x", "uuid": str(uuid.UUID(int=7)), "path": "x"}
PARAMETER = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")


def walk(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from walk(entry, path)
        else:
            yield path, entry


OF_PROGRAMS = ("api/", "v2/api/", "^api", "^v2/api")
"""Calls of the API have a walk of their own, in `tests/api/test_every_call.py`."""

PAGES = [(path, entry) for path, entry in walk(get_resolver()) if not path.startswith((*OF_PROGRAMS, "static/"))]


def address(path: str, account_id: int, **known: int) -> str:
    """The address of a route in an account; `known` gives further parameters by name, the rest lead nowhere."""

    def fill(found: re.Match[str]) -> str:
        given = {"account_id": account_id, **known}
        return str(given.get(found["name"], EXAMPLES[found["kind"] or "str"]))

    return "/" + PARAMETER.sub(fill, path)
