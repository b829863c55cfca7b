"""Structured logs that cannot tell a secret.

Every line, ours and every library's, passes one chain: time, level, bound context (request id, account), then redaction by key
name and by value, then JSON or console. Control characters are escaped, so that a line in a log is always one event.
"""

from __future__ import annotations

import logging
import logging.config
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

from hub.core import redact

HIDDEN = "[redacted]"
CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
LONGEST_VALUE = 4_000  # characters; bodies have no place in a log

Event = MutableMapping[str, Any]


def by_name(_: Any, __: str, event: Event) -> Event:
    """Hide what is named like a secret, at any depth."""
    for name in list(event):
        event[name] = HIDDEN if redact.SECRET_NAMES.search(name) else _inside(event[name])
    return event


def _inside(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: HIDDEN if redact.SECRET_NAMES.search(str(key)) else _inside(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_inside(part) for part in value]
    return value


def by_value(_: Any, __: str, event: Event) -> Event:
    """Hide every secret that this process has opened, wherever it turns up."""
    return {name: _clean(value) for name, value in event.items()}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return redact.cut(value, LONGEST_VALUE)
    if isinstance(value, dict):
        return {redact.text(str(key)): _clean(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(part) for part in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return redact.cut(str(value), LONGEST_VALUE)


def one_line(_: Any, __: str, event: Event) -> Event:
    """Escape control characters in the message, so that nobody can forge a second line."""
    message = str(event.get("event", ""))
    event["event"] = CONTROL.sub(lambda found: found.group().encode("unicode_escape").decode(), message)
    return event


def _chain() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def configure(level: str, form: str) -> None:
    """Set up logging for this process. ``form`` is ``json`` or ``console``."""
    renderer: Any = structlog.processors.JSONRenderer()
    if form == "console":
        renderer = structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_chain(),
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(_standard(level, renderer))


def _standard(level: str, renderer: Any) -> dict[str, Any]:
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": _chain(),
        "processors": [strip, structlog.processors.format_exc_info, by_name, by_value, one_line, renderer],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"hub": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "hub"}},
        "root": {"level": level, "handlers": ["stderr"]},
        # Statements hold values and a client's debug lines hold headers: never below warning, whatever the level.
        "loggers": {
            name: {"level": "WARNING"} for name in ("django.db.backends", "httpcore", "httpx", "aiohttp", "asyncio")
        },
    }
