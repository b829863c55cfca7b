"""What of the Gmail API is used, and how it looks there.

Everything here stands in Google's own discovery document of the Gmail API (revision 20261005), but for what is called assumed.
``me`` is the account whose access token it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, Field

from hub.core import Answer, Bytes, once
from hub_gmail.declaration import addon

ME = "/gmail/v1/users/me"

LARGEST = 36_700_160
"""Bytes of a mail that can be uploaded."""

SETTLE = "2m"
"""How long the search may lag behind *Sent*. Google does not say; seconds are common."""


Unread = Any
"""The type of a field that Google's document has and nobody here reads. It is declared so that an account's page tells only of
those that Google has added since."""


class Detail(Answer):
    """One reason of several."""

    reason: str = ""


class Said(Answer):
    """What is inside of ``error``."""

    message: str = ""
    status: str = ""
    errors: tuple[Detail, ...] = ()
    details: tuple[Mapping[str, Any], ...] = ()


class GoogleError(Answer):
    """How every Google API says no."""

    error: Said


# --- who -----------------------------------------------------------------------------------------------------------


class Profile(Answer):
    """Whose mailbox it is, and where its history stands."""

    emailAddress: str
    historyId: str
    messagesTotal: Unread = None
    threadsTotal: Unread = None


profile = addon.get(f"{ME}/profile", Profile, refusal=GoogleError)


# --- sending -------------------------------------------------------------------------------------------------------


class NewMail(BaseModel):
    """A whole mail (RFC 822) in base64url, and the conversation it joins."""

    raw: str
    threadId: str | None = None


class Resource(Answer):
    """A mail as Gmail knows it: what Google calls its resource."""

    id: str
    threadId: str = ""
    labelIds: Unread = None
    snippet: Unread = None
    historyId: Unread = None
    internalDate: Unread = None
    classificationLabelValues: Unread = None


class MailMade(Resource):
    """A mail that was sent."""

    sizeEstimate: Unread = None
    raw: Unread = None
    payload: Unread = None


send_mail = addon.post(
    f"{ME}/messages/send", NewMail, MailMade, effect=once(SETTLE), refusal=GoogleError, deadline="60s"
)
upload_mail = addon.post(f"/upload{ME}/messages/send", Bytes, MailMade, effect=once(SETTLE), encode="bytes", refusal=GoogleError,
                         deadline="120s")  # fmt: skip
"""With ``uploadType=media`` the body is the mail; with ``multipart`` it is the conversation and the mail."""


# --- looking up and reading ----------------------------------------------------------------------------------------


class Listed(MailMade):
    """One mail in a list."""


class Mails(Answer):
    """A page of mails. Without any, Gmail leaves the list out."""

    messages: tuple[Listed, ...] = ()
    nextPageToken: str = ""
    resultSizeEstimate: Unread = None


class Added(Answer):
    """A mail that came."""

    message: Listed


class Change(Answer):
    """One entry of the mailbox's history."""

    id: str
    messagesAdded: tuple[Added, ...] = ()
    messages: Unread = None
    messagesDeleted: Unread = None
    labelsAdded: Unread = None
    labelsRemoved: Unread = None


class History(Answer):
    """A page of history. ``historyId`` is where the mailbox stands now."""

    history: tuple[Change, ...] = ()
    nextPageToken: str = ""
    historyId: str


class Header(Answer):
    """One header."""

    name: str
    value: str


class Payload(Answer):
    """The headers, where only those were asked for."""

    headers: tuple[Header, ...] = ()
    partId: Unread = None
    mimeType: Unread = None
    filename: Unread = None
    body: Unread = None
    parts: Unread = None


class Mail(Resource):
    """One mail: whole in ``raw``, or its headers in ``payload``."""

    sizeEstimate: int = 0
    raw: str = ""
    payload: Payload = Field(default_factory=Payload)


mails = addon.get(f"{ME}/messages", Mails, refusal=GoogleError)
mail = addon.get(f"{ME}/messages/{{id}}", Mail, refusal=GoogleError)
history = addon.get(f"{ME}/history", History, refusal=GoogleError)
