"""A time of day as it is typed: what a clock on the wall shows, to the minute, in nobody's zone yet."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator


def _two_digit_hour(value: Any) -> Any:
    return f"0{value}" if isinstance(value, str) and value[1:2] == ":" else value


def _on_the_wall(value: time) -> time:
    if value.tzinfo is not None:
        raise ValueError("write a time of day without a time zone; the account's own is meant")
    return value.replace(second=0, microsecond=0)


TimeOfDay = Annotated[time, BeforeValidator(_two_digit_hour), AfterValidator(_on_the_wall)]


def clock_words(at: time) -> str:
    """``9:00``, ``14:30``."""
    return f"{at.hour}:{at.minute:02}"
