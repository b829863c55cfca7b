"""For whom a preview is drawn: a contact this person sees, remembered for the session; a made-up one while there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hub.contacts import facts as contact_facts
from hub.contacts import reads as contacts
from hub.contacts.models import Contact
from hub.contacts.query import ContactQuery
from hub.core import facts
from hub.db.errors import NotFound
from hub.web.request import HubRequest

KEY = "preview_contact"
FOUND_AT_MOST = 8

SAMPLE = facts.Contact(
    id="0",
    first_name="Ada",
    last_name="Lovelace",
    email="ada@example.com",
    phone_cell="+12025550142",
    company="Analytical Engines",
    address=facts.Address(line1="12 St James's Square", city="Springfield", state="IL", zip="62701", country="US"),
)


@dataclass(frozen=True)
class Somebody:
    """``row`` is None for the made-up contact."""

    facts: facts.Contact
    row: Contact | None = None

    @property
    def name(self) -> str:
        return self.facts.full_name or self.facts.email or self.facts.id


def chosen(request: HubRequest) -> Somebody:
    """The contact remembered, else the newest this person sees, else the made-up one.

    The newest is remembered, too: somebody newer may come in at any moment, and what is tested must be what was shown.
    """
    row = _remembered(request)
    if row is None and (row := _newest(request)) is not None:
        _remember(request, row)
    return Somebody(contact_facts.one(row), row) if row else Somebody(SAMPLE)


def choose(request: HubRequest, contact_id: Any) -> Contact:
    """Remember a contact. Raises ``NotFound`` for one that is not theirs to see."""
    row = contacts.get(request.account, request.viewer, contact_id)
    _remember(request, row)
    return row


def search(request: HubRequest, text: str) -> list[Contact]:
    """The first few contacts that a text finds; the newest for an empty one."""
    return contacts.search(request.account, request.viewer, ContactQuery(text=text[:200]), size=FOUND_AT_MOST).rows


def _remember(request: HubRequest, row: Contact) -> None:
    request.session[KEY] = {"account": request.account.pk, "contact": row.pk}


def _remembered(request: HubRequest) -> Contact | None:
    kept = request.session.get(KEY) or {}
    if kept.get("account") != request.account.pk:
        return None
    try:
        return contacts.get(request.account, request.viewer, kept.get("contact"))
    except NotFound:
        return None


def _newest(request: HubRequest) -> Contact | None:
    return next(iter(search(request, "")), None)
