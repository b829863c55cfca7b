"""Drawing secrets, and taking apart what somebody sends as one. Pure but for the draw.

A secret is a word that says what it is, twelve hexadecimal digits to look it up by, and 256 random bits as sixty-four more:
``CT_…`` for a Web Key, ``hub_token_…`` for an access token, ``hub_user_…`` for an API user.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Literal

Kind = Literal["web_key", "access_token", "api_user"]

WORDS: dict[Kind, str] = {"web_key": "CT_", "access_token": "hub_token_", "api_user": "hub_user_"}
"""What each begins with. ``CT_`` and hexadecimal digits is how the users' former system writes its Web Keys."""

PREFIX_BYTES = 6
SECRET_BYTES = 32
_SHAPE = re.compile(r"[0-9a-f]{12}[0-9a-f]{64}")

DUMMY_WEB_KEY = "CT_REPLACE_WITH_YOUR_WEB_KEY"
DUMMY_ACCESS_TOKEN = "REPLACE_WITH_YOUR_X_ACCESS_TOKEN"
"""What the Zapier app's connection is filled with, so that people see the two places. They are refused with a hint (R082)."""


@dataclass(frozen=True)
class Drawn:
    """A new secret, to be shown and not to be kept as it is."""

    secret: str
    prefix: str
    digest: str

    @property
    def ending(self) -> str:
        return self.secret[-4:]


def draw(kind: Kind) -> Drawn:
    """A new secret of this kind."""
    prefix = secrets.token_hex(PREFIX_BYTES)
    secret = f"{WORDS[kind]}{prefix}{secrets.token_hex(SECRET_BYTES)}"
    return Drawn(secret, prefix, digest_of(secret))


def prefix_of(kind: Kind, secret: str) -> str | None:
    """What to look a secret up by; None for what cannot be one of this kind."""
    rest = secret.removeprefix(WORDS[kind])
    if rest == secret or not _SHAPE.fullmatch(rest):
        return None
    return rest[: PREFIX_BYTES * 2]


def digest_of(secret: str) -> str:
    """SHA-256 in hexadecimal. Enough for 256 random bits; a slow hash is for passwords, which people choose."""
    return hashlib.sha256(secret.encode()).hexdigest()


def same(one: str, other: str) -> bool:
    """Whether two digests are the same, in a time that does not tell where they differ."""
    return hmac.compare_digest(one, other)


def is_dummy(secret: str) -> bool:
    """Whether it is one of the values that stand in the Zapier app before somebody replaces them."""
    return secret.strip() in (DUMMY_WEB_KEY, DUMMY_ACCESS_TOKEN)
