"""Contacts as programs see them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from hub.api.shapes.base import Id, Incoming, Named, Outgoing, Page
from hub.contacts import cleaning
from hub.contacts.incoming import TEXT_FIELDS
from hub.contacts.incoming import Consent as GivenConsent
from hub.contacts.models import Contact, Tag


def _text(name: str) -> Any:
    return Field(default=None, max_length=TEXT_FIELDS[name])


def _not_blank(name: str) -> str:
    if not name.strip():
        raise ValueError("this is empty")
    return name


TagName = Annotated[
    str, Field(min_length=1, max_length=cleaning.LONGEST["tag"], pattern=r"\S"), AfterValidator(_not_blank)
]
Tags = Annotated[list[TagName], Field(max_length=cleaning.MOST_TAGS)]
Custom = Annotated[dict[str, str], Field(max_length=cleaning.MOST_CUSTOM_FIELDS)]


class Consent(Incoming):
    """What the contact agreed to; what is left out says nothing."""

    email: bool | None = None
    sms: bool | None = None
    call: bool | None = None
    source: str = Field(default="", max_length=60, description="Where they said so.")

    def given(self) -> GivenConsent:
        return GivenConsent(self.email, self.sms, self.call, self.source)


class ContactFields(Incoming):
    """The plain fields of a contact. Phones are best sent with their country code."""

    first_name: str | None = _text("first_name")
    last_name: str | None = _text("last_name")
    email: str | None = _text("email")
    phone_cell: str | None = _text("phone_cell")
    phone_home: str | None = _text("phone_home")
    phone_work: str | None = _text("phone_work")
    company: str | None = _text("company")
    line1: str | None = _text("line1")
    line2: str | None = _text("line2")
    city: str | None = _text("city")
    state: str | None = _text("state")
    zip: str | None = _text("zip")
    country: str | None = _text("country")
    whiteboard: str | None = _text("whiteboard")
    deal_size: str | None = Field(default=None, max_length=20, examples=["1200.50"])
    custom: Custom | None = Field(default=None, description="Custom fields: name → value.")
    consent: Consent | None = None
    lead_source_id: Id | None = None
    sales_cycle_id: Id | None = None
    assigned_user_id: Id | None = None

    def texts(self) -> dict[str, str]:
        """The plain fields that were sent; null reads as empty."""
        return {name: getattr(self, name) or "" for name in TEXT_FIELDS if name in self.model_fields_set}


class NewContact(ContactFields):
    """Somebody to take in: at least a name, an e-mail address, a phone number, a company or an external id."""

    external_id: str = Field(
        default="", max_length=cleaning.LONGEST["external_id"], description="Their id in your system."
    )
    lead_source: str = Field(
        default="", max_length=cleaning.LONGEST["lead_source"], description="By name; one that is not there is made."
    )
    tags: Tags = []
    if_known: Literal["keep", "update", "new"] = Field(
        default="keep",
        description=(
            "What to do with somebody who is there already (found by external id, e-mail or phone): leave them as they are, "
            "fill in what was sent, or make another one all the same."
        ),
    )


class ContactChange(ContactFields):
    """What is to change. What is left out stays as it is; null takes it away."""

    version: int | None = Field(
        default=None,
        ge=1,
        le=2**31 - 1,
        description="The version you read; a change by somebody else since then answers 409.",
    )


class TagChange(Incoming):
    """Tags to put on and to take off."""

    add: Tags = []
    remove: Tags = []


class ConsentOut(Outgoing):
    email: bool
    sms: bool
    call: bool
    source: str
    at: datetime | None


class ContactLine(Outgoing):
    """A contact in a list."""

    id: int
    version: int
    first_name: str
    last_name: str
    email: str
    phone_cell: str
    phone_home: str
    phone_work: str
    company: str
    line1: str
    line2: str
    city: str
    state: str
    zip: str
    country: str
    deal_size: str | None
    external_id: str
    custom: dict[str, str]
    lead_source: Named | None
    sales_cycle: Named | None
    assigned_user: Named | None
    tags: list[str]
    consent: ConsentOut
    archived: bool
    created_at: datetime
    updated_at: datetime


class ContactOut(ContactLine):
    """One contact."""

    whiteboard: str


class ContactTaken(Outgoing):
    """What became of somebody who was sent."""

    outcome: Literal["created", "updated", "unchanged", "archived"] = Field(
        description="`archived`: known, but archived, and left so."
    )
    warnings: list[str]
    contact: ContactOut


class ContactPage(Page):
    contacts: list[ContactLine]


_PLAIN = tuple(
    name for name in ContactLine.model_fields if name in TEXT_FIELDS or name in ("id", "version", "external_id")
)


def line(row: Contact, tags: Iterable[Tag]) -> ContactLine:
    """A row with its lists, as it is answered."""
    return ContactLine(**_values(row, tags))


def out(row: Contact, tags: Iterable[Tag]) -> ContactOut:
    """The same with all of its text."""
    return ContactOut(**_values(row, tags), whiteboard=row.whiteboard)


def _values(row: Contact, tags: Iterable[Tag]) -> dict[str, Any]:
    user = row.assigned_user
    return {
        **{name: getattr(row, name) for name in _PLAIN},
        "deal_size": None if row.deal_size is None else str(row.deal_size),
        "custom": {str(label): str(value) for label, value in row.custom.items()},
        "lead_source": row.lead_source and Named(id=row.lead_source.pk, name=row.lead_source.name),
        "sales_cycle": row.sales_cycle and Named(id=row.sales_cycle.pk, name=row.sales_cycle.name),
        "assigned_user": user and Named(id=user.pk, name=user.label),
        "tags": [tag.name for tag in tags],
        "consent": ConsentOut(
            email=row.email_ok, sms=row.sms_ok, call=row.call_ok, source=row.consent_source, at=row.consent_at
        ),
        "archived": row.archived_at is not None,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }
