"""One request, one answer: the only lines of the hub that touch the wire.

No retry, no redirect. The whole exchange (name, connection, TLS, sending, reading) has one deadline, fixed before the intent
was written down, and the answer is read up to a size and no further. What went wrong is sorted by the one question that
matters: can bytes have left?
"""

from __future__ import annotations

import asyncio
import time
import zlib
from dataclasses import dataclass, field

import httpx

from hub.core.egress import Blocked, Egress
from hub.core.http import Progress, TooLate, progress
from hub.dispatch.requests import FrozenRequest

CHUNK = 16_384


@dataclass(frozen=True, slots=True)
class Answered:
    """The vendor answered.

    Attributes:
        headers: with small letters.
        cut: the body was longer than we read.
    """

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""
    cut: bool = False


@dataclass(frozen=True, slots=True)
class NeverLeft:
    """Nothing left this machine. ``blocked`` when our own rules forbade the address."""

    reason: str
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class Lost:
    """Bytes may have left, and no whole answer came."""

    reason: str


Exchange = Answered | NeverLeft | Lost

_BEFORE = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL)
"""What a client without tracing raises when no connection was made."""


async def exchange(
    http: httpx.AsyncClient, egress: Egress, request: FrozenRequest, not_after: float, max_body: int
) -> Exchange:
    """Send and read. Never raises for anything the network or the vendor does.

    Args:
        not_after: the end of it all, on the monotonic clock.
        max_body: bytes of answer, decompressed, that are read.
    """
    forbidden = egress.why_not(request.url)
    if forbidden:
        return NeverLeft(forbidden, blocked=True)
    state = Progress(not_after=not_after)
    mark = progress.set(state)
    try:
        async with asyncio.timeout(max(0.0, not_after - time.monotonic())):
            return await _send(http, request, max_body)
    except TooLate:
        return NeverLeft("the connection stood too late")
    except Blocked as refusal:
        return NeverLeft(str(refusal), blocked=True)
    except TimeoutError:
        return _sorted(state, "no answer came in time", certain=False)
    except Exception as trouble:  # whatever a client library raises, the question is only whether bytes left
        return _sorted(state, _words(trouble), certain=isinstance(trouble, _BEFORE))
    finally:
        progress.reset(mark)


def _sorted(state: Progress, reason: str, *, certain: bool) -> Exchange:
    """Before the connection stood nothing can have left; a client that does not trace must be certain by itself."""
    never = not state.connected if state.traced else certain
    return NeverLeft(reason) if never else Lost(reason)


async def _send(http: httpx.AsyncClient, request: FrozenRequest, max_body: int) -> Answered:
    built = http.build_request(request.method, request.url, headers=list(request.headers), content=request.content)
    built.headers["Accept-Encoding"] = "gzip, identity"
    response = await http.send(built, stream=True)
    try:
        content, cut = await _read(response, max_body)
    finally:
        await response.aclose()
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answered(response.status_code, headers, content, cut)


async def _read(response: httpx.Response, max_body: int) -> tuple[bytes, bool]:
    """Read at most ``max_body`` bytes, counted after decompression, so that a small bomb stays small."""
    if response.is_stream_consumed:  # a mock transport hands over a whole body
        return response.content[:max_body], len(response.content) > max_body
    inflate = zlib.decompressobj(wbits=47) if response.headers.get("content-encoding", "") == "gzip" else None
    content = bytearray()
    async for chunk in response.aiter_raw(CHUNK):
        content += inflate.decompress(chunk, max_body + 1 - len(content)) if inflate else chunk
        if len(content) > max_body:
            return bytes(content[:max_body]), True
    return bytes(content), False


def _words(trouble: Exception) -> str:
    """A reason without the URL, which may hold a key."""
    kind = type(trouble.__cause__ or trouble).__name__
    return _KNOWN.get(kind, f"the connection failed ({kind})")


_KNOWN = {
    "ClientConnectorDNSError": "the vendor's name could not be found",
    "ClientConnectorError": "the vendor could not be reached",
    "ClientConnectorCertificateError": "the vendor's certificate is not valid",
    "ClientConnectorSSLError": "no secure connection could be made",
    "ServerDisconnectedError": "the vendor hung up without an answer",
    "ClientOSError": "the connection broke",
    "ClientPayloadError": "the answer broke off",
    "ConnectError": "the vendor could not be reached",
    "ConnectTimeout": "the vendor could not be reached in time",
    "ReadTimeout": "no answer came in time",
    "ReadError": "the connection broke",
    "RemoteProtocolError": "the vendor hung up without a readable answer",
}
