"""The link of one contact of one account: signed, without an end, for a footer is kept for years."""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings
from django.core import signing

from hub.db.errors import NotFound

PATH = "/mail/stop/"

_SIGNER = signing.Signer(salt="hub.mail.unsubscribing", sep=".")


class Who(NamedTuple):
    """Whose link it is."""

    account_id: int
    contact_id: int


def token(account_id: int, contact_id: int) -> str:
    """What stands in the address."""
    return _SIGNER.sign(f"{account_id:x}.{contact_id:x}")


def address(account_id: int, contact_id: int) -> str:
    """The whole address; empty where the hub has none that others can reach."""
    base = settings.HUB_PUBLIC_URL
    return f"{base}{PATH}{token(account_id, contact_id)}" if base else ""


def read(given: str) -> Who:
    """Whose link this is. Raises ``NotFound`` for one that is cut or made up."""
    try:
        account_id, _, contact_id = _SIGNER.unsign(given).partition(".")
        return Who(int(account_id, 16), int(contact_id, 16))
    except (signing.BadSignature, ValueError):
        raise NotFound from None
