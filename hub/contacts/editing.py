"""What an edit changes, and what to say when two people edited at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hub.audit.models import AuditRow
from hub.contacts import cleaning, normalising
from hub.contacts.incoming import LABELS, TEXT_FIELDS, Incoming
from hub.contacts.lists import Lists, custom_labels
from hub.contacts.models import Contact
from hub.db.errors import Conflict, Invalid

Changed = dict[str, tuple[Any, Any]]
"""Column → what it was and what it is to be."""

KEYS = ("name_key", "email_key", "search_text")


def changes_of(contact: Contact, values: Mapping[str, Any], lists: Lists) -> Changed:
    """What these values change. Raises ``Invalid`` with field errors; a field nobody may edit is one of them."""
    foreign = values.keys() - TEXT_FIELDS.keys() - {"deal_size", "custom"}
    if foreign:
        raise Invalid(dict.fromkeys(sorted(foreign), "This cannot be changed here."))
    ready = cleaning.clean(_incoming(values), lists.region)
    ready.problems.pop("", None)  # whether anything is left is asked of the whole contact, below
    if ready.problems:
        raise Invalid(ready.problems)
    wanted: dict[str, Any] = {name: ready.columns.get(name, "") for name in values if name in TEXT_FIELDS}
    if "deal_size" in values:
        wanted["deal_size"] = ready.columns.get("deal_size")
    if "custom" in values:
        wanted["custom"] = _custom(contact, values["custom"], ready.custom, lists)
    changed = {name: (getattr(contact, name), new) for name, new in wanted.items() if getattr(contact, name) != new}
    _refuse_nobody(contact, changed)
    return changed


def refresh_keys(contact: Contact) -> list[str]:
    """Fold the contact's values again; the names of the columns that hold the result."""
    columns = {name: getattr(contact, name) for name in TEXT_FIELDS}
    for name, value in cleaning.keys_of(columns).items():
        setattr(contact, name, value)
    return list(KEYS)


def as_json(changed: Changed) -> dict[str, list[Any]]:
    """The changes as the audit keeps them."""
    plain = (dict, str, type(None))
    return {
        name: [value if isinstance(value, plain) else str(value) for value in pair] for name, pair in changed.items()
    }


def conflict(contact: Contact, seen: int) -> Conflict:
    """Who changed what since the person looked, so that they can decide with open eyes."""
    rows = AuditRow.objects.filter(account_id=contact.account_id, object_kind="contact", object_id=str(contact.pk))
    since = [row for row in rows.order_by("-id")[:20] if row.data.get("version", 0) > seen]
    who = since[0].actor_label if since else "Somebody else"
    fields = {LABELS.get(name, name) for row in since for name in row.data.get("changed", ())}
    what = ", ".join(sorted(fields)) or "this contact"
    return Conflict(
        f"{who} changed {what} while you were editing. Nothing of yours was saved.",
        next="Look at the present values, then save again what you still want to change.",
        code="contacts.changed_meanwhile",
        fields={name: "Changed meanwhile." for row in since for name in row.data.get("changed", ())},
    )


def tag_names(names: Iterable[str]) -> list[str]:
    """Tags as they can be written. Raises ``Invalid`` for none at all and for those too long."""
    wanted = [name for name in map(normalising.line, names) if name]
    if not wanted:
        raise Invalid({"tags": "Name at least one tag."})
    if too_long := next((name for name in wanted if len(name) > cleaning.LONGEST["tag"]), None):
        raise Invalid({"tags": f"“{too_long[:30]}…” is longer than {cleaning.LONGEST['tag']} characters."})
    return list(dict.fromkeys(wanted))


def _incoming(values: Mapping[str, Any]) -> Incoming:
    fields = {name: str(value or "") for name, value in values.items() if name in TEXT_FIELDS}
    custom = values.get("custom") or {}
    if not isinstance(custom, Mapping):
        raise Invalid({"custom": "Custom fields are names with values."})
    deal_size = values.get("deal_size")
    return Incoming(
        fields,
        deal_size="" if deal_size is None else str(deal_size),
        custom={str(label): str(value or "") for label, value in custom.items()},
    )


def _custom(contact: Contact, given: Mapping[str, Any], cleaned: Mapping[str, str], lists: Lists) -> dict[str, str]:
    """The contact's custom values with the given ones in place; an empty one goes, an unknown label is refused."""
    known = {normalising.fold(label): label for label in (*custom_labels(lists.account_id), *contact.custom)}
    kept = dict(contact.custom)
    for label in map(normalising.line, given):
        spelt = known.get(normalising.fold(label))
        if spelt is None:
            raise Invalid({"custom": f"There is no custom field “{label[:60]}” here."})
        if label in cleaned:
            kept[spelt] = cleaned[label]
        else:
            kept.pop(spelt, None)
    return kept


def _refuse_nobody(contact: Contact, changed: Changed) -> None:
    names = ("first_name", "last_name", "email", "company", *cleaning.PHONES)
    left = [changed[name][1] if name in changed else getattr(contact, name) for name in names]
    if changed.keys() & set(names) and not any(left):
        raise Invalid({"last_name": "A contact needs a name, an e-mail address, a phone number or a company."})
