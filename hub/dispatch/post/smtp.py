"""Sending one mail.

The one question that matters is whether the server may have it, and SMTP answers it exactly: a server has a mail when it has seen
the line with a single dot. Up to that line whatever goes wrong, nothing was sent. The dot is therefore written by itself, after
everything before it has left this machine; from then on only the server's own answer tells what became of the mail.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from aiosmtplib.errors import SMTPException, SMTPResponseException
from aiosmtplib.esmtp import parse_esmtp_extensions
from aiosmtplib.protocol import SMTPProtocol
from aiosmtplib.response import SMTPResponse

from hub.core.egress import Blocked
from hub.core.mail_post import Receipt
from hub.core.mail_servers import Server
from hub.dispatch.exchange import Answered, Exchange, Lost, NeverLeft
from hub.dispatch.post.orders import Order
from hub.dispatch.post.said import Refusal, Stage, shown
from hub.dispatch.post.signing_in import sign_in
from hub.dispatch.post.wire import GREETING_SECONDS, Wire, diagnosed, of_certificate

CALLED = b"[127.0.0.1]"
"""The name we give ourselves: an address literal that tells nothing of the network we are in."""

QUIT_SECONDS = 0.5
"""How long a goodbye may take. Nothing depends on it."""


PIECE = 64 * 1024
"""Bytes written at a time."""


@dataclass(slots=True)
class Progress:
    """How far a sending came.

    Attributes:
        dotted: the last line may have left, so the server may have the mail.
    """

    dotted: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """A connection on which somebody is signed in."""

    protocol: SMTPProtocol
    extensions: dict[str, str]

    async def command(self, stage: Stage, *words: bytes, good: range = range(200, 300)) -> SMTPResponse:
        """Say something, and go on only when the server agrees.

        Raises:
            Refusal: it does not.
        """
        response = await self.protocol.execute_command(*words)
        if response.code not in good:
            raise Refusal(stage, response.code, response.message)
        return response


async def send(wire: Wire, order: Order, not_after: float) -> Exchange:
    """Send a mail. Never raises for anything the network or the server does.

    Args:
        not_after: the end of it all, on the monotonic clock.
    """
    progress = Progress()
    try:
        async with asyncio.timeout(not_after - time.monotonic()):
            return await _sent(wire, order, progress)
    except Blocked as refusal:
        return NeverLeft(str(refusal), blocked=True)
    except Refusal as refusal:
        return refusal.at(order.servers.smtp.host).said.answered()
    except TimeoutError:
        return _sorted(progress, "no answer came in time")
    except Exception as trouble:  # whatever a library raises, the question is only whether the dot has left
        return _sorted(progress, words_for(trouble))


def _sorted(progress: Progress, reason: str) -> Exchange:
    return Lost(reason) if progress.dotted else NeverLeft(reason)


async def _sent(wire: Wire, order: Order, progress: Progress) -> Answered:
    async with signed_in(wire, order) as session:
        await _envelope(session, order)
        await session.command(Stage.DATA, b"DATA", good=range(354, 355))
        await _written(session.protocol, stuffed(order.content))
        progress.dotted = True
        response = await session.protocol.execute_command(b".")
    if 400 <= response.code < 600:
        raise Refusal(Stage.DOT, response.code, response.message)
    if not 200 <= response.code < 300:
        raise SMTPResponseException(response.code, "neither yes nor no")
    receipt = Receipt(said=shown(response.message))
    return Answered(response.code, {"content-type": "application/json"}, _done(receipt))


def _done(receipt: Receipt) -> bytes:
    return ('{"stage": "done", ' + receipt.model_dump_json()[1:]).encode()


async def _envelope(session: Session, order: Order) -> None:
    options = _options(session, order)
    await session.command(Stage.SENDER, b"MAIL", b"FROM:<" + order.sender.encode() + b">", *options)
    for address in order.to:
        await session.command(Stage.RECIPIENT, b"RCPT", b"TO:<" + address.encode() + b">")


def _options(session: Session, order: Order) -> list[bytes]:
    """What the server must know before it sees the mail.

    Raises:
        Refusal: the mail is larger than it takes, or it does not know letters outside ASCII.
    """
    options: list[bytes] = []
    if "size" in session.extensions:
        most = re.sub(r"\D", "", session.extensions["size"])
        if most and 0 < int(most) < len(order.content):
            raise Refusal(Stage.SIZE, 552, f"it takes {int(most) // 1024} kB at most")
        options.append(b"SIZE=%d" % len(order.content))
    if order.utf8:
        if "smtputf8" not in session.extensions:
            raise Refusal(Stage.LETTERS, 553, "the server offers no SMTPUTF8")
        options += [b"SMTPUTF8", *([b"BODY=8BITMIME"] if "8bitmime" in session.extensions else [])]
    return options


def stuffed(content: bytes) -> bytes:
    """The mail as DATA wants it: CRLF only, a second dot before each line that begins with one, CRLF at the end."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", content)
    lines = lines if lines.endswith(b"\r\n") else lines + b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", lines)


async def _written(protocol: SMTPProtocol, content: bytes) -> None:
    """Write piece by piece, and come back when the last has left: a server that hangs up meanwhile is noticed before the dot."""
    for begin in range(0, len(content), PIECE):
        protocol.write(content[begin : begin + PIECE])
        while protocol.transport is not None and protocol.transport.get_write_buffer_size():  # type: ignore[attr-defined]
            await asyncio.sleep(0.002)
    await asyncio.sleep(0)  # lets the loop tell us what it knows of the connection
    if protocol.transport is None or protocol.transport.is_closing():
        raise ConnectionResetError


# --- the connection ----------------------------------------------------------------------------------------------


@asynccontextmanager
async def signed_in(wire: Wire, order: Order) -> AsyncIterator[Session]:
    """A connection that is safe, on which the user is signed in. It is closed at the end, with a goodbye when there is time."""
    server = order.servers.smtp
    try:
        async with _safe(wire, order, server) as session:
            yield session
    except Refusal as refusal:
        raise refusal.at(server.host) from None


@asynccontextmanager
async def _safe(wire: Wire, order: Order, server: Server) -> AsyncIterator[Session]:
    protocol, greeting = await _connected(wire, server)
    try:
        if not 200 <= greeting.code < 300:
            raise Refusal(Stage.GREETING, greeting.code, greeting.message)
        session = await _greeted(wire, server, protocol)
        await sign_in(protocol, session.extensions.get("auth", "").split(), server, order.login)
        yield session
    finally:
        await _goodbye(protocol)


async def _connected(wire: Wire, server: Server) -> tuple[SMTPProtocol, SMTPResponse]:
    """A connection and the server's greeting; what fails here is looked into."""
    plug = await wire.connected(server.host, server.port)
    protocol = SMTPProtocol(asyncio.get_running_loop())
    implicit = server.tls == "implicit"
    try:
        async with asyncio.timeout(GREETING_SECONDS):
            await asyncio.get_running_loop().create_connection(
                lambda: protocol, sock=plug, ssl=wire.tls if implicit else None,
                server_hostname=server.host if implicit else None,
            )  # fmt: skip
            return protocol, await protocol.read_response()
    except BaseException as trouble:
        _cut(protocol)
        plug.close()
        if not isinstance(trouble, OSError | TimeoutError | SMTPException):
            raise
        raise await diagnosed(wire, server, b"220", trouble) from None


async def _greeted(wire: Wire, server: Server, protocol: SMTPProtocol) -> Session:
    session = await _hello(protocol)
    if server.tls == "implicit":
        return session
    if "starttls" not in session.extensions:
        raise Refusal(Stage.TLS, 0, "the server offers no STARTTLS on this port")
    try:
        await protocol.start_tls(wire.tls, server_hostname=server.host, timeout=GREETING_SECONDS)
    except ssl.SSLCertVerificationError as trouble:
        raise of_certificate(trouble) from None
    except ssl.SSLError as trouble:
        raise Refusal(Stage.TLS, words=str(trouble.reason or "the handshake failed")) from None
    except SMTPResponseException as trouble:
        raise Refusal(Stage.TLS, trouble.code, trouble.message) from None
    return await _hello(protocol)


async def _hello(protocol: SMTPProtocol) -> Session:
    response = await protocol.execute_command(b"EHLO", CALLED)
    if not 200 <= response.code < 300:
        raise Refusal(Stage.GREETING, response.code, response.message)
    extensions, methods = parse_esmtp_extensions(response.message)
    return Session(protocol, {**extensions, "auth": " ".join(methods)})


async def _goodbye(protocol: SMTPProtocol) -> None:
    with suppress(Exception):
        async with asyncio.timeout(QUIT_SECONDS):
            await protocol.execute_command(b"QUIT")
    _cut(protocol)


def _cut(protocol: SMTPProtocol) -> None:
    if protocol.transport is not None:
        with suppress(Exception):
            protocol.transport.abort()  # type: ignore[attr-defined]


def words_for(trouble: BaseException) -> str:
    """A reason for people, without what a library put into its error."""
    for kind, words in _KNOWN:
        if isinstance(trouble, kind):
            return words
    return f"the connection failed ({type(trouble).__name__})"


_KNOWN: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "the mail server's name could not be found"),
    (ConnectionRefusedError, "the mail server does not answer"),
    (ssl.SSLError, "no secure connection could be made"),
    (TimeoutError, "the mail server did not answer in time"),
    (SMTPResponseException, "the mail server's answer was not readable"),
    (SMTPException, "the mail server hung up"),
    (ConnectionError, "the connection to the mail server broke"),
    (EOFError, "the mail server hung up"),
    (OSError, "the mail server could not be reached"),
)
