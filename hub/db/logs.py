"""Structured logs that cannot tell a secret.

Every line, ours and every library's, passes one chain: time, level, what it is about (the request; the step's run, attempt,
account, add-on and worker, as :mod:`hub.dispatch.about` knows them), then redaction by key name and by value, then JSON or
console. Control characters are escaped, so that a line in a log is always one event.

A line that says how a step stands (:mod:`hub.engine.logbook`) brings its own facts and no words of anybody's. There is one for
each try, so it takes a shorter way to the same form.
"""

from __future__ import annotations

import json
import logging
import logging.config
import re
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

import structlog

from hub.core import redact
from hub.dispatch import about

HIDDEN = "[redacted]"
CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
LONGEST_VALUE = 4_000  # characters; bodies have no place in a log

QUIET = ("django.db.backends", "django.template", "httpcore", "httpx", "aiohttp", "asyncio")
"""Loggers that say nothing below a warning, whatever the level."""

FACTS = "facts"
"""The name under which a line brings facts of its own (``extra={FACTS: …}``): ids, names and numbers, no free text."""

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


def what_about(_: Any, __: str, event: Event) -> Event:
    """Add the step that is in hand, and the request that a line of Django's own is about."""
    record = event.get("_record")
    request = getattr(getattr(record, "request", None), "reference", None)
    more = {"request": request} if request else {}
    return {**about.fields(), **more, **getattr(record, FACTS, {}), **event}


def by_route(_: Any, __: str, event: Event) -> Event:
    """Django's own lines name the address that was asked for, and many an address is a key: the link of a reset, the entrance of
    a vendor. In its place stands its route; of one that leads nowhere, such as a link with a sign too many, the first word."""
    request = getattr(event.get("_record"), "request", None)
    path = str(getattr(request, "path", ""))
    if len(path) > 1:
        found = getattr(request, "resolver_match", None)
        shown = f"/{found.route}" if found else "/".join(path.split("/")[:2]) + ("/…" if path.count("/") > 1 else "")
        event["event"] = str(event.get("event", "")).replace(path, shown)
    return event


def _chain() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        by_route,
        what_about,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


class Lines(structlog.stdlib.ProcessorFormatter):
    """Everything through the chain; a line with facts of its own, as JSON, past it: there is nothing in it to hide."""

    def __init__(self, *, plain: bool, **chains: Any) -> None:
        super().__init__(**chains)
        self._plain = plain

    def format(self, record: logging.LogRecord) -> str:
        """One event on one line."""
        facts = getattr(record, FACTS, None)
        if facts is None or not self._plain or record.exc_info:
            return super().format(record)
        at = datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z")
        level = record.levelname.lower()
        return json.dumps({**facts, "event": record.msg, "level": level, "logger": record.name, "timestamp": at})


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
    logging.config.dictConfig(_standard(level, renderer, plain=form == "json"))


def _standard(level: str, renderer: Any, *, plain: bool) -> dict[str, Any]:
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    formatter = {
        "()": Lines,
        "plain": plain,
        "foreign_pre_chain": _chain(),
        "processors": [strip, structlog.processors.format_exc_info, by_name, by_value, one_line, renderer],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"hub": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "hub"}},
        "root": {"level": level, "handlers": ["stderr"]},
        # Statements hold values, a client's debug lines headers, and those of templates all that a page is drawn from.
        "loggers": {name: {"level": "WARNING"} for name in QUIET},
    }
