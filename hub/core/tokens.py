"""Tokens: ``{{client.firstName}}`` in a step's texts, filled at the moment of sending.

A token is looked up in a table, by its whole name, and that is all: no attribute access, no calls, no filters. A value is
put in once and never looked at again, so a contact whose first name is ``{{account.phone}}`` gets no phone number.

An unknown token is refused when the step is saved (:func:`check`). A known token without a value becomes an empty string
and is counted as a warning (:attr:`Rendered.empty`).
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from hub.core.errors import UnknownToken
from hub.core.facts import Account, Contact, User

TOKEN = re.compile(r"\{\{\s*([A-Za-z][\w]*(?:\.[^{}\n]{1,120}?)?)\s*\}\}")
"""Two braces, a name with dots, two braces. The part after the last dot may hold spaces: custom field labels do."""

MAX_TEXT = 1_000_000
"""Characters of template that are looked at; a step's text is far shorter, an attack is not."""

Escape = Literal["plain", "json", "url", "xml"]


@dataclass(frozen=True, slots=True)
class Token:
    """One token of a table.

    Attributes:
        name: as written between the braces, ``client.firstName``.
        label: what a person reads in the token picker.
        sample: a value for previews where no contact is chosen.
    """

    name: str
    label: str
    sample: str = ""


@dataclass(frozen=True, slots=True)
class TokenSet:
    """Tokens that a plugin contributes, and the function that fills them.

    Attributes:
        tokens: the names, all under one prefix of the plugin's own.
        values: called with the contact and the account; returns name → value. Pure and quick: no I/O.
    """

    tokens: tuple[Token, ...]
    values: Callable[[Contact, Account], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A filled text, and the known tokens that were empty."""

    text: str
    empty: tuple[str, ...] = ()


def names(text: str) -> list[str]:
    """The tokens in a text, in order of appearance, each once."""
    return list(dict.fromkeys(match.group(1) for match in TOKEN.finditer(text[:MAX_TEXT])))


def check(text: str, known: Iterable[str]) -> None:
    """Refuse a text that holds a token no table knows.

    Raises:
        UnknownToken: names all of them at once.
    """
    table = set(known)
    unknown = [name for name in names(text) if name not in table]
    if unknown:
        raise UnknownToken(unknown)


def render(text: str, values: Mapping[str, str], escape: Escape = "plain") -> Rendered:
    """Fill a text from a table of values. Unknown and empty tokens become empty and are reported."""
    empty: list[str] = []

    def fill(match: re.Match[str]) -> str:
        value = values.get(match.group(1), "")
        if not value:
            empty.append(match.group(1))
        return _ESCAPES[escape](value)

    return Rendered(TOKEN.sub(fill, text[:MAX_TEXT]), tuple(dict.fromkeys(empty)))


@dataclass(frozen=True)
class Template:
    """A text with tokens that the action fills itself, because only it knows how the value must be escaped.

    A step field of this type arrives with the values bound to it::

        body: Template            # in the step's Settings
        step.body.render("json")  # in the action
    """

    text: str = ""
    values: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    def render(self, escape: Escape = "plain") -> str:
        """The filled text, each value escaped for its place."""
        return render(self.text, self.values, escape).text

    def bind(self, values: Mapping[str, str]) -> Template:
        """The same text with values at hand."""
        return Template(self.text, values)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """A text going in, a text coming out; the bound values never leave."""
        as_text = core_schema.plain_serializer_function_ser_schema(str)
        return core_schema.no_info_plain_validator_function(cls._read, serialization=as_text)

    @classmethod
    def _read(cls, value: Any) -> Template:
        if isinstance(value, Template):
            return value
        if isinstance(value, str):
            return cls(value)
        raise ValueError("must be a text")

    def __bool__(self) -> bool:
        return bool(self.text)

    def __str__(self) -> str:
        return self.text


def _json(value: str) -> str:
    return json.dumps(value)[1:-1]


_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""Characters no XML document may hold, escaped or not."""

_ESCAPES: dict[Escape, Callable[[str], str]] = {
    "plain": lambda value: value,
    "json": _json,
    "url": lambda value: quote(value, safe=""),
    "xml": lambda value: html.escape(_NOT_XML.sub("", value)),
}

_CUSTOM = "client.custom."


# --- the house's own tokens --------------------------------------------------------------------------------------

CLIENT: dict[str, tuple[str, Callable[[Contact], str]]] = {
    "client.id": ("Contact's number", lambda c: c.id),
    "client.firstName": ("First name", lambda c: c.first_name),
    "client.lastName": ("Last name", lambda c: c.last_name),
    "client.fullName": ("Full name", lambda c: c.full_name),
    "client.email": ("E-mail address", lambda c: c.email),
    "client.phoneCell": ("Cell phone", lambda c: c.phone_cell),
    "client.phoneHome": ("Home phone", lambda c: c.phone_home),
    "client.phoneWork": ("Work phone", lambda c: c.phone_work),
    "client.address": ("Street", lambda c: c.address.line1),
    "client.address2": ("Second address line", lambda c: c.address.line2),
    "client.city": ("City", lambda c: c.address.city),
    "client.state": ("State", lambda c: c.address.state),
    "client.zip": ("Zip code", lambda c: c.address.zip),
    "client.country": ("Country", lambda c: c.address.country),
    "client.company": ("Company", lambda c: c.company),
    "client.whiteboard": ("Whiteboard", lambda c: c.whiteboard),
    "client.leadSource": ("Lead source", lambda c: c.lead_source),
    "client.salesCycle": ("Sales cycle", lambda c: c.sales_cycle),
    "client.actionPlan": ("Action plan", lambda c: c.action_plan),
    "client.assignedUser": (
        "Assigned user",
        lambda c: f"{c.assigned_user.first_name} {c.assigned_user.last_name}".strip() if c.assigned_user else "",
    ),
    "client.dealSize": ("Deal size", lambda c: c.deal_size),
    "client.created": ("Created on", lambda c: c.created.date().isoformat() if c.created else ""),
    "client.externalId": ("External id", lambda c: c.external_id),
}
"""``{{client.firstName}}`` and ``{{client.phoneCell}}`` are attested by the vendor's users; the rest follow their pattern."""

USER: dict[str, tuple[str, Callable[[User], str]]] = {
    "user.firstName": ("Assigned user's first name", lambda u: u.first_name),
    "user.lastName": ("Assigned user's last name", lambda u: u.last_name),
    "user.email": ("Assigned user's e-mail", lambda u: u.email),
    "user.phone": ("Assigned user's phone", lambda u: u.phone),
}

ACCOUNT: dict[str, tuple[str, Callable[[Account], str]]] = {
    "account.company": ("Company name", lambda a: a.company),
    "account.firstName": ("Main contact's first name", lambda a: a.first_name),
    "account.lastName": ("Main contact's last name", lambda a: a.last_name),
    "account.phone": ("Account phone", lambda a: a.phone),
    "account.officePhone": ("Office phone", lambda a: a.office_phone),
    "account.email": ("Account e-mail", lambda a: a.email),
    "account.website": ("Website", lambda a: a.website),
    "account.address1": ("Account address, line 1", lambda a: a.address1),
    "account.address2": ("Account address, line 2", lambda a: a.address2),
    "account.address3": ("Account address, line 3", lambda a: a.address3),
}


def house_tokens(custom_labels: Iterable[str] = ()) -> tuple[Token, ...]:
    """Every token the house itself knows, with the account's custom fields."""
    fixed = [Token(name, label) for table in (CLIENT, USER, ACCOUNT) for name, (label, _) in table.items()]
    return (*fixed, *(Token(_CUSTOM + label, label) for label in custom_labels))


def house_values(contact: Contact, account: Account) -> dict[str, str]:
    """Name → value for the house's tokens. Empty strings for what is not known."""
    user = contact.assigned_user or User(id="")
    values = {name: read(contact) for name, (_, read) in CLIENT.items()}
    values |= {name: read(user) for name, (_, read) in USER.items()}
    values |= {name: read(account) for name, (_, read) in ACCOUNT.items()}
    return values | {_CUSTOM + label: value for label, value in contact.custom.items()}
