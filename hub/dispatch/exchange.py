"""One request, one answer: the only lines of the hub that touch the wire.

No retry, no redirect. The whole exchange (name, connection, TLS, sending, reading) has one deadline, fixed before the intent
was written down, and the answer is read up to a size and no further. What went wrong is sorted by the one question that
matters: can bytes have left?
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
import zlib
from collections.abc import AsyncIterable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import aiohttp
import httpx

from hub.core.egress import Blocked, Egress
from hub.core.http import Progress, Straight, TooLate, progress
from hub.dispatch.requests import FrozenRequest

LET_GO_SECONDS = 0.5
"""How long handing a connection back may take."""


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
    """Nothing left this machine.

    Attributes:
        blocked: our own rules forbade the address.
        late: our own side took so long (a store that was locked, a worker that stood still) that nobody was asked any more.
    """

    reason: str
    blocked: bool = False
    late: bool = False


@dataclass(frozen=True, slots=True)
class Lost:
    """Bytes may have left, and no whole answer came."""

    reason: str


Exchange = Answered | NeverLeft | Lost

_BEFORE = (
    httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL, aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
)  # fmt: skip
"""What is raised when no connection was made, by a client without tracing or before ours begins to trace."""


async def exchange(
    wire: httpx.AsyncBaseTransport, egress: Egress, request: FrozenRequest, not_after: float, max_body: int
) -> Exchange:
    """Send and read. Never raises for anything the network or the vendor does.

    Args:
        wire: the way out; :func:`hub.core.http.transport` in production.
        not_after: the end of it all, on the monotonic clock.
        max_body: bytes of answer, decompressed, that are read.
    """
    try:
        url = str(_read_url(request.url))
        forbidden = egress.why_not_at(request.url) or egress.why_not_at(url) or _unwritable(request)
    except Exception as trouble:  # nothing is on its way yet, so whatever it is, nothing left
        return NeverLeft(f"the request could not be written down ({type(trouble).__name__})", blocked=True)
    if forbidden:
        return NeverLeft(forbidden, blocked=True)
    if time.monotonic() >= not_after:
        return NeverLeft("the hub was held up until it was too late to ask", late=True)
    return await _timed(wire, request, url, not_after, max_body)


_TOO_LATE = "the connection stood too late"


OURS = (("Accept-Encoding", "gzip, identity"), ("User-Agent", "integration-hub"))
"""Headers of every request, whatever a plugin says of them."""


def complete(request: FrozenRequest) -> httpx.Request:
    """The request as it leaves, with the headers that every request has."""
    return httpx.Request(request.method, _read_url(request.url), headers=_all_headers(request), content=request.content)


_OURS = frozenset(name.lower() for name, _ in OURS)


def _all_headers(request: FrozenRequest) -> list[tuple[str, str]]:
    given = [(name, value) for name, value in request.headers if name.lower() not in _OURS]
    return [*given, *OURS]


def _read_url(text: str) -> httpx.URL:
    """Reading an address costs a tenth of the exchange, and a step's is mostly the one of the step before. One with a question
    mark may hold a key, and is not kept."""
    return httpx.URL(text) if "?" in text else _kept_url(text)


@lru_cache(maxsize=512)
def _kept_url(text: str) -> httpx.URL:
    return httpx.URL(text)


_BREAKS = re.compile(rb"[\r\n\x00]")


def _unwritable(request: FrozenRequest) -> str:
    """A line break in a header would be noticed only when the connection stands, and would then look like a lost request.

    Raises:
        UnicodeEncodeError: a header holds what no header may.
    """
    lines = "".join([request.method, *(part for header in request.headers for part in header)]).encode("ascii")
    return "a header holds a line break" if _BREAKS.search(lines) else ""


async def _timed(
    wire: httpx.AsyncBaseTransport, request: FrozenRequest, url: str, not_after: float, max_body: int
) -> Exchange:
    state = Progress(not_after=not_after)
    mark = progress.set(state)
    try:
        async with asyncio.timeout(not_after - time.monotonic()):
            if isinstance(wire, Straight):
                return await _ask(wire, request, url, max_body)
            return await _send(wire, complete(request), max_body)
    except TooLate:
        return NeverLeft(_TOO_LATE)
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


async def _ask(wire: Straight, request: FrozenRequest, url: str, max_body: int) -> Answered:
    """The shorter way, which every call of a running hub goes."""
    response = await wire.ask(request.method, url, _joined(_all_headers(request)), request.content)
    try:
        headers = _headers(response.raw_headers)
        content, cut = await _read(headers, response.content.iter_any(), max_body)
    finally:
        response.release()
    return Answered(response.status, headers, content, cut)


async def _send(wire: httpx.AsyncBaseTransport, built: httpx.Request, max_body: int) -> Answered:
    """Over a transport of httpx's that a test, a simulator or an author put in the wire's place."""
    response = await wire.handle_async_request(built)
    try:
        assert isinstance(response.stream, httpx.AsyncByteStream)
        headers = _headers(response.headers.raw)
        content, cut = await _read(headers, response.stream, max_body)
    finally:
        await _let_go(response)
    return Answered(response.status_code, headers, content, cut)


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """With small letters; a header that comes twice is one with a comma, as HTTP has it."""
    return _joined([(name.decode("ascii", "replace"), value.decode("latin-1")) for name, value in raw])


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in pairs:
        low = name.lower()
        headers[low] = f"{headers[low]}, {value}" if low in headers else value
    return headers


async def _let_go(response: httpx.Response) -> None:
    """Hand the connection back. What has been read stays read, whatever becomes of the connection: a vendor that says no
    before it has taken the whole request would otherwise count as one that never answered."""
    with contextlib.suppress(Exception):
        async with asyncio.timeout(LET_GO_SECONDS):
            await response.aclose()


async def _read(headers: Mapping[str, str], body: AsyncIterable[bytes], max_body: int) -> tuple[bytes, bool]:
    """Read at most ``max_body`` bytes, counted after decompression, so that a small bomb stays small.

    Raises:
        EOFError: the compressed answer broke off.
    """
    zipped = headers.get("content-encoding", "").strip().lower() in ("gzip", "x-gzip", "deflate")
    inflate = zlib.decompressobj(wbits=47) if zipped else None
    content = bytearray()
    async for chunk in body:
        content += inflate.decompress(chunk, max_body + 1 - len(content)) if inflate else chunk
        if len(content) > max_body:
            return bytes(content[:max_body]), True
    if inflate and content and not inflate.eof:
        raise EOFError
    return bytes(content), False


def _words(trouble: Exception) -> str:
    """A reason without the URL, which may hold a key."""
    told = trouble.__cause__ if isinstance(trouble, httpx.HTTPError) and trouble.__cause__ else trouble
    kind = type(told).__name__
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
    "EOFError": "the answer broke off",
    "error": "the answer was not readable",
    "ReadTimeout": "no answer came in time",
    "ReadError": "the connection broke",
    "RemoteProtocolError": "the vendor hung up without a readable answer",
}
