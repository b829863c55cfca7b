"""Contacts as plugins see them: frozen facts for a whole batch, in two queries. The engine asks for every fifty steps, and in
plain SQL: making rows of the ORM cost it more than everything else that it must know."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from hub.contacts.models import Contact, ExternalId
from hub.core import facts
from hub.db import dialect
from hub.db.scoping import id_of

_PLAIN = (
    "first_name", "last_name", "email", "phone_cell", "phone_home", "phone_work", "company", "whiteboard", "external_id",
)  # fmt: skip
_ADDRESS = ("line1", "line2", "city", "state", "zip", "country")
_USER = ("first_name", "last_name", "email", "phone")
_LAST = len(_PLAIN) + len(_ADDRESS)

_CENT = Decimal(1).scaleb(-Contact._meta.get_field("deal_size").decimal_places)


class Found(NamedTuple):
    """A contact's facts, and whether it is archived."""

    facts: facts.Contact
    archived: bool


def of(contacts: Iterable[int | Contact]) -> dict[int, facts.Contact]:
    """Facts by contact id, for rows or ids; an id that no longer exists is missing from the answer.

    The name of the plan (``action_plan``) is the caller's to add: which plan is meant depends on the step.
    """
    return {id_: one.facts for id_, one in found(contacts).items()}


def found(contacts: Iterable[int | Contact]) -> dict[int, Found]:
    """The same, and whether each is archived."""
    ids = dialect.array(one if isinstance(one, int) else id_of(one) for one in contacts)
    with connection.cursor() as cursor:
        cursor.execute(_TAGS.format(contacts=dialect.any_of("t.contact_id", "int")), [ids])
        tags: dict[int, list[str]] = {}
        for contact_id, name in cursor.fetchall():
            tags.setdefault(contact_id, []).append(name)
        asked = _CONTACTS.format(contacts=dialect.any_of("c.id", "int"), created_at=dialect.as_text("c.created_at"))
        cursor.execute(asked, [ids])
        return {row[0]: _found(row, tags.get(row[0], ())) for row in cursor.fetchall()}


def linked(keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], str]:
    """The ids under which vendors know contacts, by contact id and add-on. Of several the newest counts."""
    asked = set(keys)
    rows = ExternalId.objects.filter(contact_id__in={id_ for id_, _ in asked}, source__in={addon for _, addon in asked})
    found = rows.order_by("pk").values_list("contact_id", "source", "value") if asked else ()
    return {(id_, addon): value for id_, addon, value in found if (id_, addon) in asked}


def one(contact: Contact) -> facts.Contact:
    """Facts of one contact, for previews."""
    return of([contact.pk])[contact.pk]


_TAGS = """
SELECT t.contact_id, g.name FROM contacts_contacttag t JOIN contacts_tag g ON g.id = t.tag_id WHERE {contacts} ORDER BY g.key
"""

_CONTACTS = f"""
SELECT c.id, {", ".join(f"c.{name}" for name in (*_PLAIN, *_ADDRESS))}, c.archived_at, {{created_at}}, c.deal_size, c.custom,
       s.name, y.name, u.id, {", ".join(f"u.{name}" for name in _USER)}
  FROM contacts_contact c
  LEFT JOIN contacts_leadsource s ON s.id = c.lead_source_id
  LEFT JOIN contacts_salescycle y ON y.id = c.sales_cycle_id
  LEFT JOIN users_user u ON u.id = c.assigned_user_id
 WHERE {{contacts}}
"""


def _found(row: Sequence[Any], tags: Sequence[str]) -> Found:
    id_, texts, (archived_at, created_at, deal_size, custom, lead_source, sales_cycle, *user) = (
        row[0], row[1 : _LAST + 1], row[_LAST + 1 :],
    )  # fmt: skip
    made = facts.Contact(
        id=str(id_),
        **dict(zip(_PLAIN, texts, strict=False)),
        address=facts.Address(**dict(zip(_ADDRESS, texts[len(_PLAIN) :], strict=True))),
        lead_source=lead_source or "",
        sales_cycle=sales_cycle or "",
        assigned_user=_user(*user),
        deal_size="" if deal_size is None else f"{Decimal(str(deal_size)).quantize(_CENT):f}",
        tags=tuple(tags),
        custom={label: str(value) for label, value in json.loads(custom).items()} if custom != "{}" else {},
        created=dialect.read_time(created_at),
    )
    return Found(made, archived_at is not None)


def _user(id_: int | None, *values: str) -> facts.User | None:
    return None if id_ is None else facts.User(id=str(id_), **dict(zip(_USER, values, strict=True)))
