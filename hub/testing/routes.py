"""Which declared call a request is, and which collection it is about."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from hub.core.endpoints import Endpoint
from hub.testing import answers

Found = tuple[Endpoint[Any], dict[str, str]]
"""A declared call, and what stands in its path's places."""


def find(endpoints: Iterable[Endpoint[Any]], method: str, path: str) -> Found | None:
    """The declared call, plain paths before those with placeholders; any address at all where one is *open*."""
    declared = sorted(endpoints, key=lambda endpoint: len(endpoint.path_names))
    for endpoint in declared:
        match = None if endpoint.open else pattern(endpoint.path).fullmatch(path)
        if match is not None and endpoint.method == method:
            return endpoint, match.groupdict()
    return next(((endpoint, {}) for endpoint in declared if endpoint.open), None)


def pattern(path: str) -> re.Pattern[str]:
    """A declared path as something that real ones fit."""
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)))


def collection_of(path: str) -> str:
    """``/cards/{id}`` shows what ``/cards`` holds; ``/groups/{group}/members`` is a collection of its own."""
    return path.rpartition("/")[0] if path.endswith("}") else path


def about_one(endpoint: Endpoint[Any]) -> bool:
    """Whether the call is about one thing: its path ends in a placeholder, or has one and answers with no list."""
    inside = bool(endpoint.path_names) and endpoint.method != "POST" and not answers.is_list(endpoint.answer)
    return endpoint.path.endswith("}") or inside


def whose(endpoint: Endpoint[Any], path: str) -> str:
    """The collection that a real path's one thing is in: all before the last placeholder."""
    behind = endpoint.path.rpartition("}")[2].count("/") + 1
    return path.rsplit("/", behind)[0]
