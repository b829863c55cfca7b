"""Frozen facts: what a plugin is told about the world.

A plugin never sees a row, a session or a request. It gets these values, all of which can be written down as JSON and read
back unchanged. Field names are ours; the tokens an admin writes (``{{client.firstName}}``) are in :mod:`hub.core.tokens`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Facts(BaseModel):
    """Base of all facts: frozen, and safe to send to another process."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Address(Facts):
    """A postal address. Empty strings stand for what is not known."""

    line1: str = ""
    line2: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    country: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """What a parcel would need and this address lacks, in words for people."""
        needed = {"street": self.line1, "city": self.city, "state": self.state, "zip code": self.zip}
        return tuple(name for name, value in needed.items() if not value.strip())

    @property
    def complete(self) -> bool:
        """Whether the post can deliver here."""
        return not self.missing


class User(Facts):
    """A member of staff, as far as a plugin may know."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""


class Contact(Facts):
    """The person the plan is about (``client.`` in tokens).

    ``linked_id`` is the id under which this add-on's vendor knows the contact: filled for actions that declare
    ``changes=[LinkContact]``, empty where there is none.
    """

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone_cell: str = ""
    phone_home: str = ""
    phone_work: str = ""
    company: str = ""
    address: Address = Address()
    whiteboard: str = ""
    lead_source: str = ""
    sales_cycle: str = ""
    action_plan: str = ""
    assigned_user: User | None = None
    deal_size: str = ""
    tags: tuple[str, ...] = ()
    custom: dict[str, str] = Field(default_factory=dict)
    external_id: str = ""
    linked_id: str = ""
    created: datetime | None = None

    @property
    def full_name(self) -> str:
        """First and last name with one space between, or whichever there is."""
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def phone(self) -> str:
        """The number most likely to be answered: cell, else home, else work."""
        return self.phone_cell or self.phone_home or self.phone_work


class Account(Facts):
    """The branch whose plan it is."""

    id: str
    company: str = ""
    first_name: str = ""
    last_name: str = ""
    phone: str = ""
    office_phone: str = ""
    email: str = ""
    website: str = ""
    address1: str = ""
    address2: str = ""
    address3: str = ""
    time_zone: str = "UTC"


class Step(Facts):
    """Which step of which plan this is."""

    action_type: str
    name: str = ""
    plan: str = ""
    now: datetime | None = None
    extra: dict[str, Any] = Field(default_factory=dict)


NEEDS: dict[str, str] = {
    "first_name": "a first name",
    "last_name": "a last name",
    "email": "an e-mail address",
    "phone": "a phone number",
    "phone_cell": "a cell phone number",
    "company": "a company",
    "address": "a complete postal address",
}
"""What an action may say it needs of a contact, and how a person would call it."""


def missing(contact: Contact, needs: tuple[str, ...]) -> tuple[str, ...]:
    """What of ``needs`` this contact lacks, in words for people, in the order asked.

    >>> missing(Contact(id="1", first_name="Ada"), ("first_name", "email"))
    ('an e-mail address',)
    """
    return tuple(words for need in needs for words in _lacking(contact, need))


def _lacking(contact: Contact, need: str) -> tuple[str, ...]:
    if need == "address":
        gone = contact.address.missing
        return (f"a complete postal address ({', '.join(gone)} missing)",) if gone else ()
    return () if str(getattr(contact, need)).strip() else (NEEDS[need],)
