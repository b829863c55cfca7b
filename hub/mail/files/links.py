"""The link of a file: signed, for ninety days from when the mail was made."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing

from hub.db.errors import NotFound

PATH = "/mail/file/"
LASTS = timedelta(days=90)

_SIGNER = signing.TimestampSigner(salt="hub.mail.files", sep=".")


def address(uid: UUID) -> str:
    """The whole address; empty where the hub has none that others can reach."""
    base = settings.HUB_PUBLIC_URL
    return f"{base}{PATH}{_SIGNER.sign(uid.hex)}" if base else ""


def read(token: str) -> UUID:
    """Which file it is. Raises ``NotFound`` for a link that is cut, made up or too old."""
    try:
        return UUID(_SIGNER.unsign(token, max_age=LASTS))
    except (signing.BadSignature, ValueError):
        raise NotFound from None
