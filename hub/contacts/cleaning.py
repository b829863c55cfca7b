"""From what came to what can be stored: every value fits its column, or there is a sentence that says why not. Pure.

Nothing that passes here can make the database refuse the batch: that is what lets intake write two thousand contacts in one
statement and still let a single bad one fail alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.contacts import normalising
from hub.contacts.incoming import LABELS, TEXT_FIELDS, Incoming

PHONES = ("phone_cell", "phone_home", "phone_work")
LONGEST = {"external_id": 120, "lead_source": 100, "sales_cycle": 100, "tag": 60, "label": 60, "custom": 2_000}
MOST_TAGS = 50
MOST_CUSTOM_FIELDS = 100

_PLAIN_FIELDS = tuple((name, longest) for name, longest in TEXT_FIELDS.items() if name not in (*PHONES, "email"))


@dataclass(slots=True)
class Ready:
    """One person, cleaned. ``columns`` holds only what is known; ``problems`` is empty when it may be taken in."""

    incoming: Incoming
    columns: dict[str, Any] = field(default_factory=dict)
    email_key: str = ""
    external_id: str = ""
    lead_source: str = ""
    sales_cycle: str = ""
    assigned: str = ""
    tags: tuple[str, ...] = ()
    custom: dict[str, str] = field(default_factory=dict)
    phones: dict[str, str] = field(default_factory=dict)
    """Numbers worth looking a person up by: column → number."""
    problems: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def clean(incoming: Incoming, region: str) -> Ready:
    """Clean one person. ``region`` is the account's country, for phones without a country code."""
    ready = Ready(incoming)
    _texts(ready, incoming.fields)
    _email(ready, incoming.fields)
    for name in PHONES:
        _phone(ready, name, incoming.fields, region)
    for name in ("external_id", "lead_source", "sales_cycle"):
        setattr(ready, name, _short(ready, name, getattr(incoming, name)))
    ready.assigned = normalising.line(incoming.assigned)[:254] if incoming.assigned else ""
    if incoming.deal_size:
        _deal_size(ready, incoming.deal_size)
    if incoming.tags:
        ready.tags = _tags(ready, incoming.tags)
    if incoming.custom:
        ready.custom = _custom(ready, incoming.custom)
    for name, said in incoming.not_understood:
        ready.warnings.append(f"{LABELS[name]}: “{said[:40]}” is neither yes nor no. Nothing was recorded.")
    if not ready.problems and not _is_somebody(ready):
        ready.problems[""] = "There is no name, e-mail address, phone number, company or external id."
    return ready


def keys_of(columns: Mapping[str, Any]) -> dict[str, str]:
    """The folded columns for a contact with these values."""
    first, last = columns.get("first_name", ""), columns.get("last_name", "")
    address, company = columns.get("email", ""), columns.get("company", "")
    phones = tuple(columns.get(name, "") for name in PHONES)
    return {
        "name_key": normalising.name_key(first, last, company, address),
        "email_key": normalising.email_key(address),
        "search_text": normalising.search_text(first, last, address, company, phones),
    }


def _texts(ready: Ready, given: Mapping[str, str]) -> None:
    for name, longest in _PLAIN_FIELDS:
        value = given.get(name)
        if not value:
            continue
        text = normalising.lines(value) if name == "whiteboard" else normalising.line(value)
        if len(text) > longest:
            ready.problems[name] = _too_long(longest)
        elif text:
            ready.columns[name] = text


def _email(ready: Ready, given: Mapping[str, str]) -> None:
    text = normalising.line(given.get("email", ""))
    if not text:
        return
    try:
        address = normalising.email(text)
    except normalising.Unusable as error:
        ready.problems["email"] = f"{error} “{text[:80]}”"
        return
    if len(address) > TEXT_FIELDS["email"]:
        ready.problems["email"] = _too_long(TEXT_FIELDS["email"])
        return
    ready.columns["email"] = address
    ready.email_key = normalising.email_key(address)


def _phone(ready: Ready, name: str, given: Mapping[str, str], region: str) -> None:
    text = normalising.line(given.get(name, ""))
    if not text:
        return
    number, understood = normalising.phone(text, region)
    if len(number) > TEXT_FIELDS[name]:
        ready.problems[name] = _too_long(TEXT_FIELDS[name])
        return
    if not understood:
        ready.warnings.append(f"{LABELS[name]} “{number}” was kept as typed; it cannot be dialled like this.")
    ready.columns[name] = number
    if number.startswith("+"):
        ready.phones[name] = number


def _short(ready: Ready, name: str, value: str) -> str:
    text = normalising.line(value) if value else ""
    if len(text) > LONGEST[name]:
        ready.problems[name] = _too_long(LONGEST[name])
    return text


def _deal_size(ready: Ready, value: str) -> None:
    text = normalising.line(value)
    if not text:
        return
    try:
        ready.columns["deal_size"] = normalising.money(text)
    except normalising.Unusable as error:
        ready.problems["deal_size"] = f"{error} “{text[:40]}”"


def _tags(ready: Ready, given: tuple[str, ...]) -> tuple[str, ...]:
    named: dict[str, str] = {}
    for text in filter(None, map(normalising.line, given)):
        named.setdefault(normalising.fold(text), text)
    if any(len(text) > LONGEST["tag"] for text in named.values()):
        ready.problems["tags"] = _too_long(LONGEST["tag"])
    if len(named) > MOST_TAGS:
        ready.problems["tags"] = f"A contact takes at most {MOST_TAGS} tags at a time."
    return tuple(named.values())


def _custom(ready: Ready, given: Mapping[str, str]) -> dict[str, str]:
    named = {normalising.line(label): normalising.lines(value) for label, value in given.items()}
    kept = {label: value for label, value in named.items() if label and value}
    if len(kept) > MOST_CUSTOM_FIELDS:
        ready.problems["custom"] = f"A contact takes at most {MOST_CUSTOM_FIELDS} custom fields."
    for label, value in kept.items():
        if len(label) > LONGEST["label"] or any(mark in label for mark in "{}"):
            ready.problems["custom"] = f"“{label[:60]}” cannot be the name of a custom field."
        elif len(value) > LONGEST["custom"]:
            ready.problems["custom"] = f"“{label}” is longer than {LONGEST['custom']:,} characters."
    return kept


def _is_somebody(ready: Ready) -> bool:
    known = ready.columns.keys() & {"first_name", "last_name", "email", "company", *PHONES}
    return bool(known or ready.external_id)


def _too_long(longest: int) -> str:
    return f"This is longer than {longest:,} characters."
