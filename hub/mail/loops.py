"""The word by which the hub knows its own mails when they come back: one for each account, and nobody else can make it.

Two systems that answer each other's mails write thousands in a night. What bears our word is dropped, whoever sent it on.
"""

from __future__ import annotations

from django.conf import settings
from django.utils.crypto import salted_hmac

HEADER = "X-Hub-Loop"


def mark(account_id: int) -> str:
    """The account's word, for :data:`HEADER`."""
    return _mark(account_id, settings.SECRET_KEY)


def marks(account_id: int) -> frozenset[str]:
    """Every word the account has had, also under keys that were replaced."""
    return frozenset(_mark(account_id, key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


def _mark(account_id: int, key: str | bytes) -> str:
    return salted_hmac("hub.mail.loop", str(account_id), secret=key, algorithm="sha256").hexdigest()[:32]
