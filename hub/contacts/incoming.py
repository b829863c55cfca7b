"""What comes to the door, and how the door is to treat it: values that every caller of intake makes.

``Incoming`` is one person as typed, read or sent. ``Policy`` is the caller's wish: what to do with somebody who is known
already, where records come from, and what everybody of this batch gets.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from hub.core.records import Record

TEXT_FIELDS: dict[str, int] = {
    "first_name": 100,
    "last_name": 100,
    "email": 254,
    "phone_cell": 40,
    "phone_home": 40,
    "phone_work": 40,
    "company": 160,
    "line1": 160,
    "line2": 160,
    "city": 100,
    "state": 100,
    "zip": 20,
    "country": 60,
    "whiteboard": 10_000,
}
"""Plain fields of a contact and how many characters each takes."""

LABELS: dict[str, str] = {
    "first_name": "First name",
    "last_name": "Last name",
    "email": "E-mail",
    "phone_cell": "Cell phone",
    "phone_home": "Home phone",
    "phone_work": "Work phone",
    "company": "Company",
    "line1": "Street",
    "line2": "Address line 2",
    "city": "City",
    "state": "State",
    "zip": "Zip code",
    "country": "Country",
    "whiteboard": "Whiteboard",
    "deal_size": "Deal size",
    "external_id": "External id",
    "lead_source": "Lead source",
    "sales_cycle": "Sales cycle",
    "assigned_user": "Assigned user",
    "email_ok": "May be e-mailed",
    "sms_ok": "May be texted",
    "call_ok": "May be called",
    "tags": "Tags",
    "custom": "Custom fields",
}
"""How people call the fields of a contact."""


PARTS: dict[str, tuple[str, ...]] = {
    "name": ("first_name", "last_name"),
    "email": ("email",),
    "phones": ("phone_cell", "phone_home", "phone_work"),
    "company": ("company",),
    "address": ("line1", "line2", "city", "state", "zip", "country"),
    "custom": ("custom",),
}
"""What a source may be asked to keep current of a contact, and the columns that are meant."""


@dataclass(frozen=True, slots=True)
class Consent:
    """What a contact agreed to; None says nothing about that way. ``source`` is where the consent was given."""

    email: bool | None = None
    sms: bool | None = None
    call: bool | None = None
    source: str = ""

    @property
    def says_something(self) -> bool:
        return not (self.email is None and self.sms is None and self.call is None)


NOTHING_SAID = Consent()


@dataclass(frozen=True, slots=True)
class Incoming:
    """One person at the door. ``fields`` has names of ``TEXT_FIELDS``; what is empty is not known and overwrites nothing."""

    fields: Mapping[str, str]
    external_id: str = ""
    lead_source: str = ""
    """A name; unknown ones are made or put on the review list."""
    sales_cycle: str = ""
    """A name; unknown ones are put on the review list."""
    assigned: str = ""
    """Username, e-mail address or full name of a user of the account."""
    deal_size: str = ""
    tags: tuple[str, ...] = ()
    custom: Mapping[str, str] = field(default_factory=dict)
    consent: Consent = NOTHING_SAID
    lead_source_id: int | None = None
    """For a contact that has none, as the policy's: what a mapping says of this one person."""
    sales_cycle_id: int | None = None
    assigned_user_id: int | None = None
    not_understood: tuple[tuple[str, str], ...] = ()
    """Field and what it said about consent that is neither a yes nor a no: it is recorded nowhere, and the report says so."""
    source_aside: str = ""
    """A word for a lead source that nobody has placed yet: for the review list, where the contact has no lead source."""

    @classmethod
    def of_record(cls, record: Record, **more: Any) -> Incoming:
        """A vendor's record, with what else is known of the person, by the fields' names. Which lead source its choice means
        is the mapping's word, not the vendor's."""
        # Asking for each name takes three times as long, and an import asks for a hundred thousand records.
        values, address = record.__dict__, record.address.__dict__
        return cls(
            **{
                "fields": {name: values[name] for name in _OF_RECORD} | address,
                "external_id": record.external_id,
                "tags": record.tags,
                "custom": record.custom,
                **more,
            }
        )


_OF_RECORD = tuple(name for name in TEXT_FIELDS if name in Record.model_fields)


Existing = Literal["update", "keep", "new"]


@dataclass(frozen=True, slots=True)
class Policy:
    """How a batch is to be treated.

    ``existing``: ``update`` fills and overwrites with what is not empty, ``keep`` leaves the known contact alone, ``new``
    always makes another. ``source`` is whose external ids these are (an add-on's name, ``csv``, ``api``), ``told_as`` how the
    contact's history calls it. ``overwrites``: of the :data:`PARTS` of a known contact those that may become other ones; None is
    all, and what is empty is filled in any case. Lead source, sales cycle and user of the policy go to contacts that have none.
    ``ids_may_repeat``: the external ids may be those of several systems, see :class:`hub.contacts.matching.Index`.
    """

    source: str
    told_as: str = ""
    existing: Existing = "update"
    overwrites: Collection[str] | None = None
    ids_may_repeat: bool = False
    make_lead_sources: bool = True
    make_custom_fields: bool = False
    lead_source_id: int | None = None
    sales_cycle_id: int | None = None
    assigned_user_id: int | None = None
    tags: tuple[str, ...] = ()
    consent: Consent = NOTHING_SAID


BY_HAND = Policy(source="hand", told_as="a form in the hub", existing="keep", make_lead_sources=False)
"""Somebody types a new contact: if it is known, they are shown the one there is."""

Outcome = Literal["created", "updated", "unchanged", "archived", "broken"]


@dataclass(frozen=True, slots=True)
class Intake:
    """What became of one person at the door.

    ``archived``: known, but archived, and left so. ``problems`` maps fields to sentences where it is ``broken``;
    ``warnings`` are sentences about what was taken in differently than it came.
    """

    outcome: Outcome
    contact_id: int | None = None
    problems: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def created(self) -> bool:
        return self.outcome == "created"

    @property
    def problem(self) -> str:
        """All problems in one line, for reports."""
        return " ".join(f"{LABELS.get(name, name)}: {text}" if name else text for name, text in self.problems.items())
