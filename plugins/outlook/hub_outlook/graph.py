"""What Graph takes and answers: the calls, and the few fields of each that we look at."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from hub.core import Answer, Bytes, once
from hub.core.mail_post import LONGEST_LETTER
from hub_outlook.declaration import addon

ID = {"Prefer": 'IdType="ImmutableId"'}
"""Ids that stay when a letter is moved to another folder; without it they change (2026-11)."""

KEPT_ID = "String {00020386-0000-0000-C000-000000000046} Name X-Microsoft-Original-Message-ID"
"""The header in which Exchange keeps our Message-ID where it writes its own, as a property that can be asked for."""

PAGE = 20
"""Letters in a page of changes."""

FEW = {"Prefer": f'IdType="ImmutableId", odata.maxpagesize={PAGE}'}


Unread = Any
"""The type of a field that Microsoft's documents have and nobody here reads. It is declared so that an account's page tells only
of those that Microsoft has added since."""


class Annotated(Answer):
    """What OData writes beside the fields that were asked for, of a thing and of a list of them."""

    context: Unread = Field(default=None, alias="@odata.context")
    etag: Unread = Field(default=None, alias="@odata.etag")
    type: Unread = Field(default=None, alias="@odata.type")


class Trouble(Answer):
    """What Graph says with its *no*."""

    code: str = ""
    message: str = ""
    inner: Unread = Field(default=None, alias="innerError")
    target: Unread = None
    details: Unread = None


class Problem(Answer):
    """The body around it."""

    error: Trouble


class Person(Annotated):
    """Who signed in. A private account has no ``mail`` now and then; its name is an address then."""

    id: str
    mail: str | None = None
    user_principal_name: str = Field(default="", alias="userPrincipalName")
    proxy_addresses: tuple[str, ...] = Field(default=(), alias="proxyAddresses")

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address of the mailbox, the main one first. Aliases come as ``smtp:ada@example.com``."""
        aliases = (one.partition(":")[2] for one in self.proxy_addresses if one.lower().startswith("smtp:"))
        found = [self.mail or "", self.user_principal_name, *aliases]
        return tuple(dict.fromkeys(one for one in found if "@" in one))


class Property(Answer):
    """A header that was asked for by its name."""

    id: str = ""
    value: str = ""


class Copy(Annotated):
    """A mail in *Sent Items*.

    Attributes:
        kept: the Message-ID that we wrote, where Exchange wrote another.
    """

    id: str
    message_id: str = Field(default="", alias="internetMessageId")
    conversation: str = Field(default="", alias="conversationId")
    kept: tuple[Property, ...] = Field(default=(), alias="singleValueExtendedProperties")
    kept_of: Unread = Field(default=None, alias="singleValueExtendedProperties@odata.context")

    @property
    def ids(self) -> tuple[str, ...]:
        """By which an answer, or we, may know it."""
        return tuple(id_ for id_ in (self.message_id, *(one.value for one in self.kept)) if id_)


class Copies(Annotated):
    """Those that were found."""

    value: tuple[Copy, ...]


class Arrived(Annotated):
    """A letter in the Inbox, or the place where one was."""

    id: str
    conversation: str = Field(default="", alias="conversationId")
    received: datetime | None = Field(default=None, alias="receivedDateTime")
    removed: dict[str, str] | None = Field(default=None, alias="@removed")


class Changes(Annotated):
    """A page of a round. ``next`` leads to the next page, ``delta`` ends the round and begins the one to come."""

    value: tuple[Arrived, ...]
    next: str = Field(default="", alias="@odata.nextLink")
    delta: str = Field(default="", alias="@odata.deltaLink")


class Header(Answer):
    """A line of a letter's head."""

    name: str = ""
    value: str = ""


class Head(Annotated):
    """A letter without its body."""

    id: Unread = None
    headers: tuple[Header, ...] = Field(default=(), alias="internetMessageHeaders")
    preview: str = Field(default="", alias="bodyPreview")


me = addon.get("/me", Person, refusal=Problem)

# 202 and nothing else is the whole answer: taken, not yet delivered. A copy goes into Sent Items by itself. The limit is that of
# the whole request, about 4 MB of base64.
send_mail = addon.post(
    "/me/sendMail", Bytes, type(None), effect=once("2m"), encode="bytes", deadline="60s", refusal=Problem
)

sent_items = addon.get("/me/mailFolders/sentitems/messages", Copies, headers=ID, refusal=Problem)
changes = addon.get("/me/mailFolders/inbox/messages/delta", Changes, headers=FEW, refusal=Problem)
letter = addon.get(
    "/me/messages/{id}/$value", bytes, headers=ID, max_body=LONGEST_LETTER, deadline="60s", refusal=Problem
)
head = addon.get("/me/messages/{id}", Head, headers=ID, refusal=Problem)
