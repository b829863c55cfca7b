"""Is the vendor there at all? Name, port, TLS: each tried by itself, under the rules every call goes by.

The address that was looked up and allowed is the address that is connected to. Nothing is sent; a handshake is made and closed.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from hub.core.egress import Blocked, Egress, GuardedResolver

SECONDS = 5.0
"""For each of the three."""


@dataclass(frozen=True, slots=True)
class Reached:
    """How far it went.

    Attributes:
        stages: names of the stages that were passed, of ``name``, ``port``, ``tls``.
        failed: the stage that was not, if any, and ``why`` in a few words.
        tls: whether the address asks for TLS at all.
    """

    stages: tuple[str, ...] = ()
    failed: str = ""
    why: str = ""
    tls: bool = True


async def reach(base_url: str, egress: Egress, make_context: Callable[[], ssl.SSLContext] | None = None) -> Reached:
    """Try them in order and stop at the first that fails. Never raises for the network."""
    parts = urlsplit(base_url)
    tls = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if tls else 80)
    forbidden = egress.why_not(base_url)
    if forbidden:
        return Reached((), "name", forbidden, tls)
    try:
        addresses = await asyncio.wait_for(GuardedResolver(egress).resolve(host, port), SECONDS)
    except (OSError, TimeoutError, Blocked) as trouble:
        return Reached((), "name", _why(trouble), tls)
    return await _connect(host, port, str(addresses[0]["host"]), tls, make_context or ssl.create_default_context)


async def _connect(
    host: str, port: int, address: str, tls: bool, make_context: Callable[[], ssl.SSLContext]
) -> Reached:
    try:
        _reader, writer = await asyncio.wait_for(asyncio.open_connection(address, port), SECONDS)
    except (OSError, TimeoutError) as trouble:
        return Reached(("name",), "port", _why(trouble), tls)
    try:
        if tls:
            await asyncio.wait_for(writer.start_tls(make_context(), server_hostname=host), SECONDS)
    except (OSError, TimeoutError) as trouble:
        return Reached(("name", "port"), "tls", _why(trouble), tls)
    finally:
        writer.close()
    return Reached(("name", "port", "tls"), tls=tls)


def _why(trouble: Exception) -> str:
    if isinstance(trouble, TimeoutError):
        return f"no answer within {SECONDS:g} seconds"
    if isinstance(trouble, ssl.SSLCertVerificationError):
        return trouble.verify_message
    if isinstance(trouble, socket.gaierror):
        return "the name is not known"
    if isinstance(trouble, ConnectionRefusedError):
        return "the connection was refused"
    return str(trouble) or type(trouble).__name__
