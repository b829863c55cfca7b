"""Two doors to one simulator: an httpx transport for tests, and (in :mod:`hub.testing.simulator_server`) a real server."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable

import httpx

from hub.core.auth import OAuth2
from hub.core.egress import Egress
from hub.testing.simulator import Hangup, Simulator
from hub.testing.wire import Reply

PATIENCE = 1.0
"""Seconds that a mock really waits. A slower vendor is one that did not answer: tests have no time to lose."""


def transport(simulator: Simulator) -> httpx.MockTransport:
    """A transport that plays the vendor. No socket is opened."""

    async def play(request: httpx.Request) -> httpx.Response:
        query = dict(request.url.params.multi_items())
        try:
            reply = simulator.handle(request.method, request.url.path, query, request.headers, await request.aread())
        except Hangup as trouble:
            error = _no_answer(trouble, request)
            raise error from error.__cause__
        if reply.seconds > PATIENCE:
            raise httpx.ReadTimeout(f"no answer within {PATIENCE:g} seconds", request=request)
        if reply.seconds:
            await asyncio.sleep(reply.seconds)
        body = reply.body if reply.ending == "whole" else _unending(reply, request)
        return httpx.Response(reply.status, headers=reply.headers, content=body)

    return httpx.MockTransport(play)


def _no_answer(trouble: Hangup, request: httpx.Request) -> httpx.TransportError:
    if trouble.how == "reset":
        return httpx.ReadError(str(trouble), request=request)
    error = httpx.ConnectError(str(trouble), request=request)
    if trouble.how == "tls":
        error.__cause__ = ssl.SSLCertVerificationError(str(trouble))
    return error


async def _unending(reply: Reply, request: httpx.Request) -> AsyncIterator[bytes]:
    """A few bytes and then nobody's patience any more; or bytes without end, for whoever goes on reading."""
    yield reply.body[:1]
    if reply.ending == "drip":
        raise httpx.ReadTimeout("the answer did not end in time", request=request)
    while True:
        yield PADDING


PADDING = b" " * 1_048_576


def transport_of(simulators: dict[str, Simulator]) -> httpx.MockTransport:
    """A transport for several vendors, told apart by the host of their base URL.

    Any other host is played by the vendor that calls addresses given with the step, and cannot be reached without one.
    """
    transports = {host: transport(sim) for sim in simulators.values() for host in _hosts(sim)}
    opens = [sim for sim in simulators.values() if any(endpoint.open for endpoint in sim.info.endpoints)]
    anywhere = transport(opens[0]) if opens else None

    async def play(request: httpx.Request) -> httpx.Response:
        found = transports.get(request.url.host, anywhere)
        if found is None:
            raise httpx.ConnectError(f"nobody plays {request.url.host}", request=request)
        return await found.handle_async_request(request)

    return httpx.MockTransport(play)


def _hosts(simulator: Simulator) -> set[str]:
    """Where the vendor is spoken to, and where one signs in."""
    auth = simulator.info.auth
    return {httpx.URL(simulator.info.base_url).host, *(auth.hosts if isinstance(auth, OAuth2) else ())}


def maker(*simulators: Simulator) -> Callable[[Egress], httpx.AsyncBaseTransport]:
    """What :class:`hub.dispatch.outside.Outside` takes as ``make_transport``."""

    def make(_egress: Egress) -> httpx.AsyncBaseTransport:
        return transport_of({sim.info.name: sim for sim in simulators})

    return make
