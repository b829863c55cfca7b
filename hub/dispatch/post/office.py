"""The post room of one process: takes a signed request, and comes back with what the mail servers said.

SMTP is spoken in the event loop, IMAP in threads of our own. Whatever happens, a call ends at its deadline, and a mail that was
accepted stays accepted: the copy for *Sent* is made afterwards, briefly, and its failure is only told.
"""

from __future__ import annotations

import asyncio
import imaplib
import socket
import ssl
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from typing import Any, Protocol, TypeVar

from imapclient.exceptions import IMAPClientError  # type: ignore[import-untyped]
from pydantic import BaseModel

from hub.core.egress import Blocked, Egress
from hub.core.endpoints import Endpoint
from hub.core.mail_post import ById, Found, From, News, Receipt, SignedIn, Until
from hub.core.mail_servers import Server
from hub.dispatch.exchange import Answered, Exchange, Lost, NeverLeft
from hub.dispatch.post import smtp
from hub.dispatch.post.mailbox import Mailbox
from hub.dispatch.post.orders import Order, order_of
from hub.dispatch.post.said import Refusal, Stage
from hub.dispatch.post.wire import Wire, diagnosed
from hub.dispatch.requests import FrozenRequest

T = TypeVar("T")

READERS = 64
"""Mailboxes of one process that are read at a time."""

WAITING = 1_000
"""Mailboxes of one process that are waited at for news at a time, each in a thread that sleeps. They take no place from those
that are read or looked into, which a step may be waiting for."""

FILING_SECONDS = 12.0
"""How long the copy for *Sent* may take, within the deadline of the sending."""


class Office(Protocol):
    """What carries a mail call out: the real post room, or one that is played."""

    async def exchange(self, endpoint: Endpoint[Any], ready: FrozenRequest, not_after: float) -> Exchange:
        """Make one call, with its credential, up to a moment on the monotonic clock."""

    def close(self) -> None:
        """Nothing more will be asked."""


@dataclass(frozen=True)
class PostOffice:
    """The real one.

    Args:
        egress: which servers may be spoken to.
        tls: the trusted authorities; the system's unless given.
    """

    wire: Wire
    readers: ThreadPoolExecutor
    waiting: ThreadPoolExecutor

    @classmethod
    def of(cls, egress: Egress, tls: ssl.SSLContext | None = None) -> PostOffice:
        """A post room under these rules."""
        wire = Wire(egress, tls or ssl.create_default_context())
        return cls(wire, ThreadPoolExecutor(READERS, "hub-mail"), ThreadPoolExecutor(WAITING, "hub-mail-wait"))

    def close(self) -> None:
        """Threads that still wait end with their connections."""
        for threads in (self.readers, self.waiting):
            threads.shutdown(wait=False, cancel_futures=True)

    async def exchange(self, endpoint: Endpoint[Any], ready: FrozenRequest, not_after: float) -> Exchange:
        """Make one call. Never raises for anything the network or a server does."""
        order = order_of(ready)
        if time.monotonic() >= not_after:
            return NeverLeft("the hub was held up until it was too late to ask", late=True)
        if endpoint.writes:
            return await self._send(order, not_after)
        return await _sorted(lambda: _CALLS[endpoint.path](self, order), not_after)

    async def _send(self, order: Order, not_after: float) -> Exchange:
        result = await smtp.send(self.wire, order, not_after)
        taken = isinstance(result, Answered) and result.status // 100 == 2
        if not taken or order.servers.files_sent or order.servers.imap is None:
            return result
        assert isinstance(result, Answered)
        return await self._filed(order, result, not_after)

    async def _filed(self, order: Order, result: Answered, not_after: float) -> Answered:
        """The same answer, with word of the copy in *Sent*."""
        receipt = Receipt.model_validate_json(result.content)
        trouble = ""
        try:
            async with asyncio.timeout(min(FILING_SECONDS, not_after - time.monotonic())):
                await self.reading(order, lambda box: box.file(*_copy(order)))
        except Refusal as refusal:
            trouble = refusal.said.words or str(refusal.said.stage)
        except Exception as error:  # it is sent; that the copy is missing is worth a sentence and no more
            trouble = smtp.words_for(error)
        told = receipt.model_copy(update={"filed": not trouble, "trouble": trouble})
        return _done(told, result.status)

    async def reading(self, order: Order, work: Callable[[Mailbox], T], threads: ThreadPoolExecutor | None = None) -> T:
        """Do something with the user's mailbox, in a thread.

        Args:
            threads: of :attr:`readers`, unless others are named.

        Raises:
            Refusal: the server does not want us, or there is none.
        """
        server = order.servers.imap
        if server is None:
            raise Refusal(Stage.MAILBOX, words="the connection names no IMAP server")
        handle: socket.socket | None = None
        try:
            plug = await self.wire.connected(server.host, server.port)
            plug.setblocking(True)
            handle = plug.dup()  # the thread makes TLS of its own; through this we can still hang up
            job = asyncio.get_running_loop().run_in_executor(
                threads or self.readers, self._worked, server, order, plug, work
            )
            job.add_done_callback(_looked_at)
            return await asyncio.shield(job)
        except asyncio.CancelledError:
            _hang_up(handle)
            raise
        except Refusal as refusal:
            raise refusal.at(server.host) from None
        except (OSError, IMAPClientError, EOFError) as trouble:
            raise (await _looked_into(self.wire, server, trouble)).at(server.host) from None
        finally:
            if handle is not None:
                handle.close()

    def _worked(self, server: Server, order: Order, plug: socket.socket, work: Callable[[Mailbox], T]) -> T:
        box = Mailbox(server, order.login, plug, self.wire.tls)
        try:
            return work(box)
        finally:
            box.close()


def _looked_at(job: asyncio.Future[Any]) -> None:
    """Whoever waited may be gone when the line breaks; then nobody else would look at the error."""
    if not job.cancelled():
        job.exception()


def _hang_up(handle: socket.socket | None) -> None:
    """Ends what a thread waits for."""
    if handle is not None:
        with suppress(OSError):
            handle.shutdown(socket.SHUT_RDWR)


async def _looked_into(wire: Wire, server: Server, trouble: Exception) -> Refusal:
    """A safe connection that failed may be the other kind of TLS; one that broke later is what it is; a *no* is the server's."""
    if type(trouble) is IMAPClientError:
        return Refusal(Stage.FOLDER, words=str(trouble))
    early = isinstance(trouble, ssl.SSLError | TimeoutError | EOFError | imaplib.IMAP4.abort)
    found = await diagnosed(wire, server, b"* ", trouble) if early else trouble
    return found if isinstance(found, Refusal) else Refusal(Stage.UNREACHED, words=smtp.words_for(found))


def _copy(order: Order) -> tuple[str, bytes, datetime, str]:
    head = BytesHeaderParser().parsebytes(order.content)
    return str(head["Message-ID"]), order.content, datetime.now(UTC), order.servers.sent_folder


async def _sorted(work: Callable[[], Awaitable[BaseModel]], not_after: float) -> Exchange:
    """A read has no effect, so whatever broke it is told as it is."""
    try:
        async with asyncio.timeout(not_after - time.monotonic()):
            return _done(await work())
    except Blocked as refusal:
        return NeverLeft(str(refusal), blocked=True)
    except Refusal as refusal:
        return refusal.said.answered()
    except TimeoutError:
        return Lost("no answer came in time")
    except Exception as trouble:
        return Lost(smtp.words_for(trouble))


def _done(answer: BaseModel, status: int = 250) -> Answered:
    content = '{"stage": "done", ' + answer.model_dump_json()[1:]
    return Answered(status, {"content-type": "application/json"}, content.encode())


# --- the reads -----------------------------------------------------------------------------------------------------


async def _sign_in(office: PostOffice, order: Order) -> SignedIn:
    """Both servers, one after the other, so that it is plain which one said no."""
    async with smtp.signed_in(office.wire, order):
        pass
    reads = order.servers.imap is not None
    idles = await office.reading(order, lambda box: box.idles) if reads else False
    return SignedIn(address=order.servers.smtp.user, reads=reads, idles=idles)


async def _find(office: PostOffice, order: Order) -> Found:
    wanted = ById.model_validate_json(order.content)
    found = await office.reading(order, lambda box: box.holds(wanted.message_id, order.servers.sent_folder))
    return Found(found=found, decides=order.servers.files_sent)


async def _letters(office: PostOffice, order: Order) -> BaseModel:
    wanted = From.model_validate_json(order.content)
    return await office.reading(order, lambda box: box.letters(wanted, datetime.now(UTC)))


async def _wait(office: PostOffice, order: Order) -> News:
    wanted = Until.model_validate_json(order.content)

    def waited(box: Mailbox) -> News:
        return News(news=box.news(wanted.cursor, wanted.folder, wanted.seconds), idled=box.idles)

    return await office.reading(order, waited, office.waiting)


_CALLS: dict[str, Callable[[PostOffice, Order], Awaitable[BaseModel]]] = {
    "mail:sign-in": _sign_in,
    "mail:find": _find,
    "mail:letters": _letters,
    "mail:wait": _wait,
}
