"""When a plan sleeps: from day to day none of its steps starts, for whoever is on it and on whichever version.

It wakes by itself, and what came due meanwhile goes on in order. Unlike its hours this is no part of a version.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter

from hub.accounts.calendars import Span

_adapter: TypeAdapter[tuple[Span, ...]] = TypeAdapter(tuple[Span, ...])


def read(data: Sequence[Any]) -> tuple[Span, ...]:
    """Spans from what is stored, parsed once a process for each text of them."""
    return _parsed(json.dumps(data)) if data else ()


def dump(spans: Sequence[Span]) -> list[dict[str, Any]]:
    """Plain data to store."""
    return [span.model_dump(mode="json") for span in spans]


@lru_cache(maxsize=1024)
def _parsed(text: str) -> tuple[Span, ...]:
    return _adapter.validate_json(text)
