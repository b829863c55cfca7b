"""``vendor.post``: the mailbox of a connection, as a mailer may use it.

A mailer never speaks SMTP or IMAP. It asks for one of five things, each a declared call like those of any vendor, and the host
does it: time limits, TLS, the addresses that may be spoken to, the password, sizes and what an answer means are the host's.
What goes in and what comes back is data, so it can be written down, played again, and cross into another process::

    return await vendor.post.send(message)            # a write: written down before it leaves
    return await vendor.post.find(message.message_id) # a read: is it in Sent?
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Base64Bytes, BaseModel, ConfigDict

from hub.core.effects import once
from hub.core.endpoints import Answer, Endpoint
from hub.core.mail import SETTLE, Message
from hub.core.outcomes import CannotTell, Finding, NotSent, Sent

if TYPE_CHECKING:
    from hub.core.vendor import Vendor

LONGEST_LETTER = 2 * 1024 * 1024
"""Bytes that are read of one letter."""

PAGE = 20
"""Letters read at a time."""

LONGEST_WAIT = 3600.0
"""Seconds one call may wait for news: a mailbox is signed in to as seldom. A server that ends a session earlier does no harm."""


class Cursor(BaseModel):
    """How far a folder was read. By IMAP two numbers say it; a provider with an API of its own puts its word into ``token``.

    Attributes:
        validity: the folder's UIDVALIDITY; another one means that all its numbers are new.
        uid: the last letter that was read.
        token: a provider's own bookmark, as it gave it; kept as it is.
    """

    model_config = ConfigDict(frozen=True)
    validity: int = 0
    uid: int = 0
    token: str = ""


class Receipt(Answer):
    """The server took the mail.

    Attributes:
        said: its own words, often with the number in its queue.
        filed: a copy was put into *Sent* by us; None where that is the provider's business.
        trouble: why no copy was put there.
    """

    said: str = ""
    filed: bool | None = None
    trouble: str = ""


class Found(Answer):
    """Whether *Sent* holds it.

    Attributes:
        decides: what is not there was not sent, for the provider itself files what it sends.
    """

    found: bool
    decides: bool = False


class SignedIn(Answer):
    """Who signed in, and what the servers can do."""

    address: str
    reads: bool = False
    idles: bool = False


class Letter(Answer):
    """One letter as it arrived. Make it with :meth:`of`.

    Attributes:
        uid: its number by IMAP.
        id, thread: what a provider with an API of its own calls it, and the conversation it belongs to. Both hold in this
            mailbox only.
        sent_ids: Message-IDs of the mails that went out of this mailbox in that conversation, as they were written and as the
            provider rewrote them. For a provider that does not tell the conversation when it takes a mail
            (``Sent.thread``); empty otherwise.
        cut: it was longer than we read.
    """

    uid: int = 0
    id: str = ""
    thread: str = ""
    sent_ids: tuple[str, ...] = ()
    size: int = 0
    raw: Base64Bytes = b""
    cut: bool = False

    @classmethod
    def of(cls, raw: bytes, *, id: str, thread: str = "", sent_ids: tuple[str, ...] = (), size: int = 0) -> Letter:
        """From plain bytes; what is longer than the hub reads is cut.

        Args:
            size: in bytes, where the provider says it; else that of ``raw``.
        """
        kept = base64.b64encode(raw[:LONGEST_LETTER])
        return cls(
            id=id, thread=thread, sent_ids=sent_ids, size=size or len(raw), raw=kept, cut=len(raw) > LONGEST_LETTER
        )


class Letters(Answer):
    """A page of letters, and from where the next is read.

    Attributes:
        reset: the folder's numbers are new, so some of these may be known already: go by their Message-ID.
        more: there are further ones.
    """

    cursor: Cursor
    letters: tuple[Letter, ...] = ()
    reset: bool = False
    more: bool = False


class News(Answer):
    """Whether something arrived while we waited. ``idled``: the server would have told at once."""

    news: bool
    idled: bool = False


class ById(BaseModel):
    """What to look for."""

    message_id: str


class From(BaseModel):
    """Where to read on; no cursor: from now on."""

    folder: str = "INBOX"
    cursor: Cursor | None = None
    limit: int = PAGE


class Until(BaseModel):
    """How long to wait for news beyond a cursor."""

    cursor: Cursor
    seconds: float = 60.0
    folder: str = "INBOX"


def _call(method: str, path: str, answer: Any, body: Any = None, seconds: float = 60, **more: Any) -> Endpoint[Any]:
    deadline = timedelta(seconds=seconds)
    return Endpoint(method, f"mail:{path}", answer, body, deadline=deadline, name=f"{path} by post", **more)


SEND = _call("POST", "send", Receipt, Message, effect=once(SETTLE))
FIND = _call("GET", "find", Found, ById)
SIGN_IN = _call("GET", "sign-in", SignedIn, seconds=18)
LETTERS = _call("GET", "letters", Letters, From, seconds=90)
WAIT = _call("GET", "wait", News, Until, seconds=45)  # and as long as it is asked to wait


def by_post(endpoint: Endpoint[Any]) -> bool:
    """Whether the call goes to the post room instead of to an HTTP server."""
    return endpoint.path.startswith("mail:")


class Post:
    """See the module's docstring."""

    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor

    async def sign_in(self) -> SignedIn:
        """Sign in at both servers, for the *Test* button."""
        answer: SignedIn = await self._ask(SIGN_IN)
        return answer

    async def send(self, message: Message) -> Sent:
        """Send a mail. It is written down before the first byte leaves; an answer that was lost is looked up, not repeated.

        Raises:
            VendorFault: as for every call of a vendor.
        """
        receipt: Receipt = await self._ask(SEND, message)
        return Sent(message.message_id, note=f"E-mail sent to {', '.join(message.to)}.{_about_the_copy(receipt)}")

    async def find(self, message_id: str) -> Finding:
        """Whether *Sent* holds a mail."""
        answer: Found = await self._ask(FIND, ById(message_id=message_id))
        if answer.found:
            return Sent(message_id, note="The mail is in the folder of sent mail.")
        if answer.decides:
            return NotSent("The folder of sent mail does not hold it.")
        return CannotTell("The folder of sent mail does not hold it, and this provider files nothing there by itself.")

    async def letters(self, cursor: Cursor | None, folder: str = "INBOX") -> AsyncIterator[Letters]:
        """Pages of letters after the cursor. Without one: an empty page with the cursor from which to read on, so that what lies
        in a mailbox when it is connected is never taken for news."""
        more = True
        while more:
            page: Letters = await self._ask(LETTERS, From(folder=folder, cursor=cursor))
            yield page
            more, cursor = page.more and page.cursor != cursor, page.cursor

    async def wait(self, cursor: Cursor, seconds: float = 60.0) -> bool:
        """Wait until something arrives after the cursor; False when nothing did."""
        answer: News = await self._ask(WAIT, Until(cursor=cursor, seconds=min(seconds, LONGEST_WAIT)))
        return answer.news

    async def _ask(self, endpoint: Endpoint[Any], body: Any = None) -> Any:
        return await self._vendor(endpoint, body)


def _about_the_copy(receipt: Receipt) -> str:
    return f" No copy could be put into Sent: {receipt.trouble}." if receipt.filed is False else ""
