"""The post room, played: a mail server in memory, at the level at which the hub speaks to its real post room.

It takes mails, files them, shows *Sent* and an inbox, and fails on demand. No socket is opened. ``outbox`` is the point: whatever
the dispatcher and the clock did, it says how often the world got the mail.

::

    run = hub.run("larkmail.mail", subject="Hello", text="Hi {{client.firstName}}")
    assert hub.mail.outbox[0].text == "Hi Ada"
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from pydantic import BaseModel

from hub.core.endpoints import Endpoint
from hub.core.mail_post import ById, Cursor, Found, From, Letter, Letters, News, Receipt, SignedIn, Until
from hub.dispatch.exchange import Answered, Exchange
from hub.dispatch.post.orders import Order, order_of
from hub.dispatch.post.said import Refusal, Stage
from hub.dispatch.requests import FrozenRequest
from hub.testing.mail_faults import MailFault


@dataclass(frozen=True)
class Mail:
    """One mail that a server took.

    Attributes:
        sender, to: of the envelope.
        raw: as it went over the wire, before dots are doubled.
    """

    sender: str
    to: tuple[str, ...]
    raw: bytes
    at: datetime

    @property
    def parsed(self) -> EmailMessage:
        """As Python reads it."""
        return message_from_bytes(self.raw, policy=default)

    @property
    def message_id(self) -> str:
        """With its angle brackets."""
        return str(self.parsed["Message-ID"]).strip()

    @property
    def subject(self) -> str:
        """Without coded words."""
        return str(self.parsed["Subject"])

    @property
    def text(self) -> str:
        """What people read; lines end with a line feed."""
        part = self.parsed.get_body(("plain", "html"))
        return str(part.get_content()).replace("\r\n", "\n").removesuffix("\n") if part is not None else ""


@dataclass
class _Folder:
    letters: dict[int, bytes] = field(default_factory=dict)
    validity: int = 1
    next_uid: int = 1


class MailServer:
    """See the module's docstring.

    Args:
        refuses: whether a token has ended; the simulated vendor's authorization server knows.

    Attributes:
        outbox: every mail the server took, oldest first.
        calls: what was asked: ``send``, ``find``, ``sign-in``, ``letters``, ``wait``.
        idles: the server can tell news by itself.
    """

    def __init__(
        self,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        refuses: Callable[[str], bool] = lambda secret: False,
    ) -> None:
        self.outbox: list[Mail] = []
        self.calls: list[str] = []
        self.idles = True
        self._wall, self._refuses = wall, refuses
        self._faults: list[MailFault] = []
        self._sent: list[tuple[str, datetime]] = []
        self._folder = _Folder()

    # --- for tests ---------------------------------------------------------------------------------------------

    def fail(self, *faults: MailFault) -> None:
        """Meet these troubles, one a call, in this order.

        Raises:
            TypeError: what was given is no trouble of a mail server.
        """
        strange = [one for one in faults if not isinstance(one, MailFault)]
        if strange:
            raise TypeError(f"{strange[0]!r} is no trouble of a mail server. Take one of hub.testing.mail_faults.")
        self._faults += faults

    def forget(self) -> None:
        """Be as new."""
        self.__init__(self._wall, self._refuses)  # type: ignore[misc]

    def arrives(self, *raw: bytes) -> None:
        """Letters come into the inbox."""
        for one in raw:
            self._folder.letters[self._folder.next_uid] = one
            self._folder.next_uid += 1

    def renumber(self) -> None:
        """The folder's numbers are new: another UIDVALIDITY, and every letter begins from one."""
        letters = list(self._folder.letters.values())
        self._folder = _Folder(validity=self._folder.validity + 1)
        self.arrives(*letters)

    def files(self, *message_ids: str) -> None:
        """*Sent* holds these, whoever put them there."""
        self._sent += [(one, self._wall()) for one in message_ids]

    # --- the post room's protocol ------------------------------------------------------------------------------

    def close(self) -> None:
        """Nothing to close."""

    async def exchange(self, endpoint: Endpoint[Any], ready: FrozenRequest, not_after: float) -> Exchange:
        """Play one call."""
        what, order = endpoint.path.removeprefix("mail:"), order_of(ready)
        self.calls.append(what)
        fault = self._due(what)
        if fault is None:
            return self._answered(what, order)
        if fault.acts or fault.result is None:
            own = self._answered(what, order, fault)
        return own if fault.result is None else fault.result

    def _due(self, what: str) -> MailFault | None:
        fault = next((fault for fault in self._faults if fault.on in ("any", what)), None)
        if fault is not None:
            self._faults.remove(fault)
        return fault

    def _answered(self, what: str, order: Order, fault: MailFault | None = None) -> Exchange:
        try:
            self._welcome(order)
            answer = self._taken(order, fault) if what == "send" else _READS[what](self, order)
        except Refusal as refusal:
            return refusal.at(order.servers.smtp.host).said.answered()
        content = '{"stage": "done", ' + answer.model_dump_json()[1:]
        return Answered(250, {"content-type": "application/json"}, content.encode())

    def _welcome(self, order: Order) -> None:
        """``wrong…`` is refused, and a token that has ended; everything else is welcome."""
        secret = order.login.password or order.login.token
        over = bool(order.login.token) and self._refuses(secret)
        if not secret or secret.startswith("wrong") or over:
            raise Refusal(Stage.LOGIN, 535, "5.7.8 authentication failed")

    def _taken(self, order: Order, fault: MailFault | None) -> Receipt:
        mail = Mail(order.sender, order.to, order.content, self._wall())
        self.outbox.append(mail)
        ours = not order.servers.files_sent
        lost = fault is not None and fault.result is not None
        if order.servers.imap is not None and not (ours and lost):
            hidden = timedelta(seconds=fault.hidden_for if fault else 0)
            self._sent.append((mail.message_id, self._wall() + hidden))
        return Receipt(said=f"queued as {len(self.outbox)}", filed=True if ours and order.servers.imap else None)

    def _sign_in(self, order: Order) -> SignedIn:
        reads = order.servers.imap is not None
        return SignedIn(address=order.servers.smtp.user, reads=reads, idles=reads and self.idles)

    def _find(self, order: Order) -> Found:
        _must_read(order)
        wanted = ById.model_validate_json(order.content).message_id
        found = any(one == wanted and seen <= self._wall() for one, seen in self._sent)
        return Found(found=found, decides=order.servers.files_sent)

    def _letters(self, order: Order) -> Letters:
        _must_read(order)
        wanted, folder = From.model_validate_json(order.content), self._folder
        end = Cursor(validity=folder.validity, uid=folder.next_uid - 1)
        if wanted.cursor is None:
            return Letters(cursor=end)
        reset = wanted.cursor.validity != folder.validity
        after = 0 if reset else wanted.cursor.uid
        found = [_letter(uid, raw) for uid, raw in folder.letters.items() if uid > after]
        page = found[: wanted.limit]
        cursor = Cursor(validity=folder.validity, uid=page[-1].uid if page else after)
        return Letters(cursor=cursor, letters=tuple(page), reset=reset, more=len(found) > len(page))

    def _wait(self, order: Order) -> News:
        _must_read(order)
        wanted, folder = Until.model_validate_json(order.content), self._folder
        news = wanted.cursor.validity != folder.validity or folder.next_uid - 1 > wanted.cursor.uid
        return News(news=news, idled=self.idles)


def _must_read(order: Order) -> None:
    if order.servers.imap is None:
        raise Refusal(Stage.MAILBOX, words="the connection names no IMAP server")


def _letter(uid: int, raw: bytes) -> Letter:
    return Letter.model_construct(uid=uid, size=len(raw), raw=raw, cut=False)


_READS: dict[str, Callable[[MailServer, Order], BaseModel]] = {
    "sign-in": MailServer._sign_in,
    "find": MailServer._find,
    "letters": MailServer._letters,
    "wait": MailServer._wait,
}


def ids(mails: Iterable[Mail]) -> list[str]:
    """The Message-IDs of mails."""
    return [mail.message_id for mail in mails]
