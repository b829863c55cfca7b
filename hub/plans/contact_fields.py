"""The fields of a contact that a condition may ask for: the account's own, and those that every contact has. Pure.

Both go by the name that people see. Where the account has a field of its own with such a name, its own counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from hub.contacts.incoming import LABELS
from hub.core.facts import Contact


def value_of(contact: Contact, name: str) -> str:
    """What the contact's field of this name holds; empty where it holds nothing or there is no such field."""
    wanted = fold(name)
    own = next((text for label, text in contact.custom.items() if fold(label) == wanted), None)
    if own is not None:
        return own
    return _GETTERS[wanted](contact) if wanted in _GETTERS else ""


def fold(text: str) -> str:
    """The same for every spelling that people take for the same: capitals and spaces do not count."""
    return " ".join(text.split()).casefold()


_FIELDS: Mapping[str, Callable[[Contact], str]] = {
    "first_name": lambda c: c.first_name,
    "last_name": lambda c: c.last_name,
    "email": lambda c: c.email,
    "phone_cell": lambda c: c.phone_cell,
    "phone_home": lambda c: c.phone_home,
    "phone_work": lambda c: c.phone_work,
    "company": lambda c: c.company,
    "line1": lambda c: c.address.line1,
    "city": lambda c: c.address.city,
    "state": lambda c: c.address.state,
    "zip": lambda c: c.address.zip,
    "country": lambda c: c.address.country,
    "lead_source": lambda c: c.lead_source,
    "assigned_user": lambda c: f"{c.assigned_user.first_name} {c.assigned_user.last_name}" if c.assigned_user else "",
    "deal_size": lambda c: c.deal_size,
    "whiteboard": lambda c: c.whiteboard,
    "external_id": lambda c: c.external_id,
}
_GETTERS = {fold(LABELS[name]): getter for name, getter in _FIELDS.items()}

OF_EVERYBODY = tuple(LABELS[name] for name in _FIELDS)
"""Names of the fields that every contact has, as people see them."""
