"""Records: one row of a vendor in our shape, not yet placed in an account."""

from __future__ import annotations

import collections.abc
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from hub.core.errors import DeclarationError
from hub.core.facts import Address, Facts
from hub.core.headers import check_header


class Record(Facts):
    """A person as the vendor has them. What the vendor does not say stays empty, and empty never overwrites.

    Attributes:
        external_id: the vendor's own id; the first thing a record is matched by.
        kind: the vendor's word for what sort of record it is (``prospect``, ``client``), if it has one.
        choice: the vendor's choice that the account's mappings turn into a lead source and plans.
        choice_title: how people call that choice, where ``choice`` is an id; reports and the review list name it so.
        raw: the vendor's row as it came, for the report; never shown to people who may not see the contact.
    """

    external_id: str
    kind: str = ""
    choice: str = ""
    choice_title: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone_cell: str = ""
    phone_home: str = ""
    phone_work: str = ""
    company: str = ""
    address: Address = Address()
    tags: tuple[str, ...] = ()
    custom: dict[str, str] = {}
    raw: dict[str, Any] = {}

    @property
    def choice_name(self) -> str:
        """The choice by its title, where it has one."""
        return self.choice_title or self.choice


class Page(Facts):
    """One page of records and where the next begins.

    Attributes:
        cursor: what to hand back to continue after this page; None when it was the last. Stored in the same
            transaction as the records, so that an import killed between pages goes on where it stopped.
    """

    records: tuple[Record, ...]
    cursor: str | None = None


Pull = Callable[..., AsyncIterator[Page]]
"""``async def (vendor, since, cursor)`` yielding pages."""

RIGHTS = ("lead_source", "plan", "sales_cycle", "tag", "user")
"""What of an account's own a vendor's choice may become."""

_KIND = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")


def _check_kind(where: str, kind: Any) -> None:
    if not (isinstance(kind, str) and _KIND.match(kind)):
        raise DeclarationError(
            f"{where}: {kind!r} is no kind of record; write a short word of letters, digits and underscores, such as 'prospect'"
        )


@dataclass(frozen=True)
class Trigger:
    """A pulled way in: the host asks, page by page, on a timer or by hand.

    Attributes:
        name: ``addon.trigger``.
        pull: yields pages from a cursor on.
        kinds: the kinds of record it brings → how people call them: ``{"prospect": "Prospects", "client": "Clients"}``. An
            account gives each kind defaults of its own. Empty: one kind, which has no name.

    Raises:
        DeclarationError: a kind that is no word, or one without a title.
    """

    name: str
    title: str
    pull: Pull
    kinds: collections.abc.Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if not isinstance(self.kinds, collections.abc.Mapping):
            raise DeclarationError(
                f"{self.name}: kinds= is a mapping of kind → title, such as {{'prospect': 'Prospects'}}"
            )
        for kind, title in self.kinds.items():
            _check_kind(self.name, kind)
            if not (isinstance(title, str) and title.strip()):
                raise DeclarationError(f"{self.name}: the kind {kind!r} has no title; people choose by it")


@dataclass(frozen=True, slots=True)
class HmacSha256:
    """The sender signs the raw body with a shared secret.

    Args:
        header: where the signature is: bare, or after ``sha256=``, ``v1=`` and the like.
        field: the settings field that holds the secret. Unset means every delivery is refused.
        timestamp: a header with the time of signing, where the vendor sends one. What is signed is then the timestamp as it
            stands there, a dot and the body, and a delivery more than five minutes old is refused. The same name as ``header``
            means that both stand in one: ``t=1492774577,v1=…``.
        encoding: ``hex`` or ``base64``.

    Raises:
        DeclarationError: a header's name that is none, or another encoding.
    """

    header: str
    field: str
    timestamp: str = ""
    encoding: str = "hex"

    def __post_init__(self) -> None:
        check_header(self.header, stacklevel=4)
        if self.timestamp:
            check_header(self.timestamp, stacklevel=4)
        if self.encoding not in ("hex", "base64"):
            raise DeclarationError(f"{self.encoding!r} is no encoding of a signature; write 'hex' or 'base64'")

    @property
    def in_one_header(self) -> bool:
        """Time and signature stand in the same header."""
        return self.timestamp.lower() == self.header.lower()


@dataclass(frozen=True)
class Webhook:
    """A pushed way in: size cap, then signature over the raw bytes, then de-duplication, then stored, then 2xx.

    Attributes:
        name: the event's name at the vendor.
        payload: the model of the parsed body.
        handle: turns the payload into records or events; pure, called after the delivery is stored.
        verify: how the sender is proved; a webhook without one is refused at import.
        dedupe: the payload field whose value a repeated delivery repeats.
    """

    name: str
    payload: type[Any]
    handle: Callable[[Any], Any]
    verify: HmacSha256
    dedupe: str

    def __post_init__(self) -> None:
        if not isinstance(self.verify, HmacSha256):
            raise DeclarationError(
                f"the webhook {self.name!r} says verify={self.verify!r}; anybody could send to it. "
                'Write verify=HmacSha256("X-Signature", "webhook_secret") with the vendor\'s header and your settings field'
            )


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened at the vendor: what a webhook handler may return."""

    name: str
    reference: str = ""
    contact: str = ""
    data: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Mapping:
    """An account's table from the vendor's choices to ours.

    Attributes:
        name: ``addon.mapping``.
        left: the options function that lists the vendor's choices.
        right: what of ours they become: ``lead_source``, ``plan``, ``sales_cycle``, ``tag``, ``user``.
        many: one choice may become several.
        kinds: the kinds of record whose choices these are. Empty: all.

    Raises:
        DeclarationError: another word for ``right``, or a kind that is no word.
    """

    name: str
    title: str
    left: str
    right: str
    many: bool = False
    kinds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.right not in RIGHTS:
            raise DeclarationError(f"{self.name}: right={self.right!r} is none of {', '.join(RIGHTS)}")
        for kind in self.kinds:
            _check_kind(self.name, kind)
