"""Connections to mail servers: addresses checked before they are used, TLS always, and a plain word for what went wrong.

The commonest typing slip in a mail account is the other kind of TLS: STARTTLS spoken to a port that is TLS from its first byte
waits for a greeting that never comes, and the other way round TLS reads a greeting as rubbish. So when a connection fails like
that, the other kind is tried for a moment, and the answer says which one the port speaks.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from hub.core.egress import Blocked, Egress
from hub.core.mail_servers import Server
from hub.dispatch.post.said import Refusal, Stage

PORTS = frozenset({25, 26, 143, 465, 587, 993, 2525})
"""Ports on which mail servers take users' mail. Others only where the operator has named the host and port."""

GREETING_SECONDS = 8.0
"""How long a server may take to greet us or to shake hands."""

PROBE_SECONDS = 3.0
"""How long the other kind of TLS is tried."""

SIGNS_OF_LIFE = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 20, "TCP_KEEPCNT": 3}
"""After how many seconds of silence the other end's kernel is asked for a sign of life, after how many again, how many times. A
line that is dead without a word (a router forgot it, a host lost its power) is noticed after two minutes, and a router forgets no
line that is only quiet."""

EXPIRY = (9, 10)
"""OpenSSL's codes for a certificate that is not valid yet, or no longer."""


@dataclass(frozen=True, slots=True)
class Wire:
    """How this process reaches mail servers.

    Attributes:
        tls: the trusted authorities; the system's unless given.
    """

    egress: Egress
    tls: ssl.SSLContext

    async def connected(self, host: str, port: int) -> socket.socket:
        """A connection to an address that was checked. Not blocking.

        Raises:
            Blocked: one of the host's addresses is not ours to speak to.
            OSError: the name is not known, or nobody answers.
        """
        forbidden = self.egress.why_not_host(host, port, PORTS)
        if forbidden:
            raise Blocked(forbidden)
        loop = asyncio.get_running_loop()
        answers = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        self.egress.check(host, port, [_answer(host, port, item) for item in answers])
        return await _first(answers)


def _answer(host: str, port: int, item: Any) -> Any:
    family, _kind, protocol, _name, address = item
    return {"hostname": host, "host": address[0], "port": port, "family": family, "proto": protocol, "flags": 0}


async def _first(answers: Iterable[Any]) -> socket.socket:
    """The first address that answers."""
    trouble: OSError = OSError("the name stands for no address")
    loop = asyncio.get_running_loop()
    for family, kind, protocol, _name, address in answers:
        plug = socket.socket(family, kind, protocol)
        plug.setblocking(False)
        try:
            await loop.sock_connect(plug, address)
        except OSError as refused:
            trouble = refused
            plug.close()
        except BaseException:
            plug.close()
            raise
        else:
            _ask_for_signs_of_life(plug)
            return plug
    raise trouble


def _ask_for_signs_of_life(plug: socket.socket) -> None:
    plug.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in SIGNS_OF_LIFE.items():
        if hasattr(socket, name):  # not every system has all of them
            plug.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


# --- what went wrong -----------------------------------------------------------------------------------------------


def of_certificate(trouble: ssl.SSLCertVerificationError) -> Refusal:
    """A certificate that does not hold, in its own words."""
    stage = Stage.EXPIRED if trouble.verify_code in EXPIRY else Stage.CERTIFICATE
    return Refusal(stage, words=str(trouble.verify_message or "it could not be verified"))


async def diagnosed(wire: Wire, server: Server, greeting: bytes, trouble: Exception) -> Exception:
    """The trouble, or the better word for it: the port speaks the other kind of TLS.

    Args:
        greeting: how a server of this protocol begins to speak (``220``, ``* ``).
    """
    if isinstance(trouble, ssl.SSLCertVerificationError):
        return of_certificate(trouble)
    other = "starttls" if server.tls == "implicit" else "implicit"
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            probe = _greets if other == "starttls" else _shakes_hands
            if await probe(wire, server, greeting):
                return Refusal(Stage.TLS_MODE, words=other)
    except (OSError, TimeoutError, Blocked, EOFError):
        pass
    if isinstance(trouble, ssl.SSLEOFError):
        return trouble  # the line broke in the middle, which is no admin's matter
    if isinstance(trouble, ssl.SSLError):
        return Refusal(Stage.TLS, words=str(trouble.reason or "the handshake failed").replace("_", " ").lower())
    return trouble


async def _greets(wire: Wire, server: Server, greeting: bytes) -> bool:
    """Whether the server speaks first, in the clear."""
    plug = await wire.connected(server.host, server.port)
    try:
        return (await asyncio.get_running_loop().sock_recv(plug, 64)).startswith(greeting)
    finally:
        plug.close()


async def _shakes_hands(wire: Wire, server: Server, greeting: bytes) -> bool:
    """Whether the server speaks TLS from its first byte. What its certificate is worth is another question."""
    plug = await wire.connected(server.host, server.port)
    writer = None
    try:
        _, writer = await asyncio.open_connection(sock=plug, ssl=wire.tls, server_hostname=server.host)
    except ssl.SSLCertVerificationError:
        return True
    finally:
        if writer is not None:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
        plug.close()
    return True
