"""The link of one contact of one account: signed, without an end, for a footer is kept for years."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote

from django.conf import settings
from django.core import signing

from hub.db.errors import NotFound

PATH = "/mail/stop/"

WORD = "unsubscribe"
"""What such a letter's subject begins with."""

_SUBJECT = re.compile(rf"(?i)\s*{WORD}\s+([0-9a-f]+\.[0-9a-f]+\.[\w-]{{20,100}})\s*")

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


def mailto(mailbox: str, account_id: int, contact_id: int) -> str:
    """The same as a letter to a mailbox of ours that is read (RFC 2369); empty where a header cannot hold its address."""
    if not mailbox.isascii():
        return ""
    return f"mailto:{quote(mailbox, safe='@')}?subject={quote(f'{WORD} {token(account_id, contact_id)}')}"


def in_subject(subject: str) -> str:
    """The token that stands in a letter's subject, where it is one that :func:`mailto` makes; else empty."""
    found = _SUBJECT.fullmatch(subject)
    return found[1] if found else ""


SAMPLE = "sample"
"""Stands in the place of a contact's token, in a mail that is only looked at."""


def sample() -> str:
    """The address of a page like theirs, which takes nobody off; empty where the hub has none that others can reach."""
    base = settings.HUB_PUBLIC_URL
    return f"{base}{PATH}{SAMPLE}" if base else ""


def read(given: str) -> Who:
    """Whose link this is. Raises ``NotFound`` for one that is cut or made up."""
    try:
        account_id, _, contact_id = _SIGNER.unsign(given).partition(".")
        return Who(int(account_id, 16), int(contact_id, 16))
    except (signing.BadSignature, ValueError):
        raise NotFound from None
