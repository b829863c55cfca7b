"""Secrets, unreadable at rest.

A sealed value is ``2.<key id>.<nonce and ciphertext>``, by AES-256-GCM. The key id says which key opens it, so that a rotation
can tell what is left to do. What the value is bound to (its account, its row, its field) lies inside and is compared on
opening: a ciphertext copied into another row is refused, not served. Values of the first form, ``1.<key id>.<Fernet token>``,
still open.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

VERSION = "2"
FERNET = "1"
"""The first form. It cost twenty times as much, and the engine seals and opens something at every step."""

NONCE = 12
"""Bytes, as GCM wants them. They are random, so one key is good for some four billion values; then it is time to rotate."""

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
    return _encrypted(json.dumps({"for": _binding(bound_to), "value": value}, separators=(",", ":")).encode())


def open(blob: str, bound_to: Binding) -> Any:
    """The value of a blob that was sealed for exactly this place. Raises ``UnknownKey`` or ``WrongPlace``."""
    payload = json.loads(_decrypt(blob))
    if payload["for"] != _binding(bound_to):
        raise WrongPlace("A sealed value was found in a place for which it was not sealed.")
    return payload["value"]


def reseal(blob: str) -> str:
    """The same value under the current key. What it is bound to stays inside, so the place need not be known."""
    return _encrypted(_decrypt(blob))


def has_key_for(blob: str) -> bool:
    """Whether this installation has the key under which a value was sealed, without opening it."""
    _version, _dot, rest = blob.partition(".")
    return rest.partition(".")[0] in {key_id(key) for key in settings.HUB_SECRET_KEYS}


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


@lru_cache(maxsize=32)
def _cipher(key: str) -> AESGCM:
    """The key for this one purpose, made from the installation's."""
    return AESGCM(hashlib.sha256(b"hub sealing 2:" + key.encode()).digest())


def _encrypted(payload: bytes) -> str:
    key, nonce = settings.HUB_SECRET_KEYS[0], os.urandom(NONCE)
    hidden = _cipher(key).encrypt(nonce, payload, key_id(key).encode())
    return f"{VERSION}.{key_id(key)}.{base64.urlsafe_b64encode(nonce + hidden).decode()}"


def _decrypt(blob: str) -> bytes:
    try:
        version, name, rest = blob.split(".", 2)
        if version == FERNET:
            return _fernet(settings.HUB_SECRET_KEYS).decrypt(rest.encode())
        if version == VERSION:
            return _opened(name, base64.urlsafe_b64decode(rest.encode()))
        raise InvalidToken
    except (InvalidTag, InvalidToken, ValueError):
        raise UnknownKey("A sealed value cannot be opened with the keys of this installation.") from None


def _opened(name: str, hidden: bytes) -> bytes:
    for key in settings.HUB_SECRET_KEYS:
        if key_id(key) == name:
            return _cipher(key).decrypt(hidden[:NONCE], hidden[NONCE:], name.encode())
    raise InvalidTag


def _binding(bound_to: Binding) -> list[str]:
    return ["" if part is None else str(part) for part in bound_to]
