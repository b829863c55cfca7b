"""Contacts as plugins see them: frozen facts for a whole batch, in two queries. The engine asks for every fifty steps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hub.contacts.models import Contact, ContactTag
from hub.core import facts
from hub.db.scoping import id_of

_PLAIN = (
    "first_name",
    "last_name",
    "email",
    "phone_cell",
    "phone_home",
    "phone_work",
    "company",
    "whiteboard",
    "external_id",
)
_ADDRESS = ("line1", "line2", "city", "state", "zip", "country")
_USER = ("id", "first_name", "last_name", "email", "phone")
_COLUMNS = (
    "id",
    *_PLAIN,
    *_ADDRESS,
    "deal_size",
    "custom",
    "created_at",
    "lead_source__name",
    "sales_cycle__name",
    *(f"assigned_user__{name}" for name in _USER),
)


def of(contacts: Iterable[int | Contact]) -> dict[int, facts.Contact]:
    """Facts by contact id, for rows or ids; an id that no longer exists is missing from the answer.

    The name of the plan (``action_plan``) is the caller's to add: which plan is meant depends on the step.
    """
    ids = [one if isinstance(one, int) else id_of(one) for one in contacts]
    tags = _tags(ids)
    rows = Contact.objects.filter(pk__in=ids).values(*_COLUMNS)
    return {row["id"]: _fact(row, tags.get(row["id"], ())) for row in rows}


def one(contact: Contact) -> facts.Contact:
    """Facts of one contact, for previews."""
    return of([contact.pk])[contact.pk]


def _tags(ids: list[int]) -> dict[int, tuple[str, ...]]:
    rows = ContactTag.objects.filter(contact_id__in=ids).order_by("tag__key").values_list("contact_id", "tag__name")
    found: dict[int, list[str]] = {}
    for contact_id, name in rows:
        found.setdefault(contact_id, []).append(name)
    return {contact_id: tuple(names) for contact_id, names in found.items()}


def _fact(row: dict[str, Any], tags: tuple[str, ...]) -> facts.Contact:
    return facts.Contact(
        id=str(row["id"]),
        **{name: row[name] for name in _PLAIN},
        address=facts.Address(**{name: row[name] for name in _ADDRESS}),
        lead_source=row["lead_source__name"] or "",
        sales_cycle=row["sales_cycle__name"] or "",
        assigned_user=_user(row),
        deal_size="" if row["deal_size"] is None else f"{row['deal_size']:f}",
        tags=tags,
        custom={label: str(value) for label, value in row["custom"].items()},
        created=row["created_at"],
    )


def _user(row: dict[str, Any]) -> facts.User | None:
    if row["assigned_user__id"] is None:
        return None
    values = {name: row[f"assigned_user__{name}"] for name in _USER[1:]}
    return facts.User(id=str(row["assigned_user__id"]), **values)
