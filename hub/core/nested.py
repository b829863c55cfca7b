"""Values as JSON has them: lists and tables, at any depth, and the texts inside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any


def texts(value: Any) -> Iterator[str]:
    """Every text in it. A table's names are none."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from texts(part)


def changed(value: Any, change: Callable[[str], str]) -> Any:
    """The same with every text changed, a table's names too; what is neither text, list nor table stays as it is."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {change(str(name)): changed(part, change) for name, part in value.items()}
    return [changed(part, change) for part in value] if isinstance(value, list | tuple) else value
