"""Secrets removed by value, at every way out.

A key may sit in a header, in a URL, in a Basic credential or in the vendor's own error text, so it does no good to hide
fields by name. Every secret that is decrypted is registered here, and every sink (note, log, error, trace, report) passes
its text through :func:`text`, which takes out the value itself and its base64, URL-encoded, JSON-escaped and Basic forms,
longest first, so that no form leaves a recognisable tail of another.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "•••"
"""What stands where a secret stood."""

SHORTEST = 6
"""Values shorter than this are not removed by value: they would tear holes into ordinary words."""

KEPT = 4_096
"""How many secrets are remembered; the least recently used is forgotten."""

_lock = threading.Lock()
_known: OrderedDict[str, None] = OrderedDict()
_pattern: re.Pattern[str] | None = None


def register(*secrets: str) -> None:
    """Remember values that must never be shown. Cheap when they are known already."""
    global _pattern
    with _lock:
        for secret in secrets:
            if len(secret) >= SHORTEST:
                _pattern = _pattern if secret in _known else None
                _known[secret] = None
                _known.move_to_end(secret)
        while len(_known) > KEPT:
            _known.popitem(last=False)
            _pattern = None


def forms(secret: str) -> set[str]:
    """The spellings under which a secret could get out."""
    raw = secret.encode()
    plain = {secret, json.dumps(secret)[1:-1], quote(secret, safe=""), quote_plus(secret), quote(secret)}
    coded = {base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()}
    basic = {base64.b64encode(f":{secret}".encode()).decode(), base64.b64encode(f"{secret}:".encode()).decode()}
    return {form for form in plain | {c.rstrip("=") for c in coded | basic} if len(form) >= SHORTEST}


def text(value: str) -> str:
    """The same text without any registered secret."""
    pattern = _compiled()
    return pattern.sub(MASK, value) if pattern else value


def data(value: Any) -> Any:
    """The same structure of dicts, lists and texts without any registered secret."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, dict):
        return {text(str(key)): data(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [data(item) for item in value]
    return value


def last_four(secret: str) -> str:
    """What the settings page may show of a secret. Short secrets show nothing at all."""
    return f"{MASK} {secret[-4:]}" if len(secret) >= 12 else MASK


def forget(secrets: Iterable[str]) -> None:
    """Forget values, for tests."""
    global _pattern
    with _lock:
        for secret in secrets:
            _known.pop(secret, None)
        _pattern = None


def _compiled() -> re.Pattern[str] | None:
    global _pattern
    with _lock:
        if _pattern is None and _known:
            spellings = {form for secret in _known for form in forms(secret)}
            longest_first = sorted(spellings, key=len, reverse=True)
            _pattern = re.compile("|".join(re.escape(form) for form in longest_first))
        return _pattern if _known else None
