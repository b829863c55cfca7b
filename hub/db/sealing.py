"""Secrets, unreadable at rest.

A sealed value is ``1.<key id>.<Fernet token>``. The key id says which key opens it, so that a rotation can tell what is left to
do. What the value is bound to (its account, its row, its field) lies inside the token and is compared on opening: a
ciphertext copied into another row is refused, not served.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

VERSION = "1"
Binding = Sequence[str | int | None]


class SealError(Exception):
    """A sealed value cannot be opened.

    ::

        SealError
         ├── UnknownKey     no key of this installation opens it: give the old key back, at the end of HUB_SECRET_KEYS
         └── WrongPlace     it was sealed for another row or field: somebody moved it
    """


class UnknownKey(SealError):
    """No key of this installation opens it."""


class WrongPlace(SealError):
    """It was sealed for another row or field."""


def seal(value: Any, bound_to: Binding) -> str:
    """``value`` (anything JSON can hold), encrypted with the current key and bound to a place."""
    keys = settings.HUB_SECRET_KEYS
    payload = json.dumps({"for": _binding(bound_to), "value": value}, separators=(",", ":")).encode()
    return f"{VERSION}.{key_id(keys[0])}.{_fernet(keys).encrypt(payload).decode()}"


def open(blob: str, bound_to: Binding) -> Any:
    """The value of a blob that was sealed for exactly this place. Raises ``UnknownKey`` or ``WrongPlace``."""
    payload = json.loads(_decrypt(blob))
    if payload["for"] != _binding(bound_to):
        raise WrongPlace("A sealed value was found in a place for which it was not sealed.")
    return payload["value"]


def reseal(blob: str) -> str:
    """The same value under the current key. What it is bound to stays inside, so the place need not be known."""
    payload = _decrypt(blob)
    keys = settings.HUB_SECRET_KEYS
    return f"{VERSION}.{key_id(keys[0])}.{_fernet(keys).encrypt(payload).decode()}"


def current_prefix() -> str:
    """How every blob under the current key begins."""
    return f"{VERSION}.{key_id(settings.HUB_SECRET_KEYS[0])}."


@lru_cache(maxsize=32)
def key_id(key: str) -> str:
    """Eight hex digits that name a key and give nothing of it away."""
    return hashlib.sha256(b"hub key id:" + key.encode()).hexdigest()[:8]


@lru_cache(maxsize=8)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def _decrypt(blob: str) -> bytes:
    try:
        version, _, token = blob.split(".", 2)
        if version != VERSION:
            raise InvalidToken
        return _fernet(settings.HUB_SECRET_KEYS).decrypt(token.encode())
    except (InvalidToken, ValueError):
        raise UnknownKey("A sealed value cannot be opened with the keys of this installation.") from None


def _binding(bound_to: Binding) -> list[str]:
    return ["" if part is None else str(part) for part in bound_to]
