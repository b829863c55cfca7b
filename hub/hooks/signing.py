"""Signatures as Standard Webhooks 1.0 has them. Pure.

Signed is ``id.timestamp.body`` with HMAC-SHA256. Each active secret makes a signature of its own, so that a receiver may change
over while a secret is rotated. The symmetric kind (``v1``) is the one that every library verifies; ``v1a`` is not offered.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

PREFIX = "whsec_"
SECRET_BYTES = 32
"""Standard Webhooks asks for 24 to 64."""


def new_secret() -> str:
    """A fresh secret, as receivers' libraries read it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def message_id(uid: UUID) -> str:
    """What stands in ``webhook-id``: the same for every try and every replay."""
    return f"msg_{uid.hex}"


def headers(secrets_: Iterable[str], uid: UUID, body: bytes, at: datetime) -> dict[str, str]:
    """The three headers of a try."""
    id_, timestamp = message_id(uid), str(int(at.timestamp()))
    signed = " ".join(f"v1,{_signature(secret, id_, timestamp, body)}" for secret in secrets_)
    return {"webhook-id": id_, "webhook-timestamp": timestamp, "webhook-signature": signed}


def _signature(secret: str, id_: str, timestamp: str, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(hmac.new(key, f"{id_}.{timestamp}.".encode() + body, hashlib.sha256).digest()).decode()
