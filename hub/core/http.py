"""The one way out over HTTP.

httpx is the face, aiohttp does the work (``docs/decisions/http-client.md`` has the measurements). Three things are ours: the
resolver that keeps private addresses out, the *progress* of each call, and the absence of any retry or redirect.

Progress matters because "the connection was refused" and "the connection broke after the request was out" are worlds apart,
and the libraries blur them: httpx-aiohttp raises ``httpx.ConnectTimeout`` for a server that hangs up *after* reading the
request. So aiohttp's tracing tells us when a connection is in our hands, and from that moment on a failure is *unclear*.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import aiohttp
from httpx_aiohttp import AiohttpTransport

from hub.core.egress import Egress, GuardedConnector

KEEP_ALIVE_SECONDS = 4.0
"""Shorter than the five seconds after which common servers hang up, so that a write rarely meets a dying connection."""

CONNECTIONS = 1_024
"""Open connections of one process, over all vendors. The places in flight (``hub.dispatch.lanes``) keep each to its share."""


class TooLate(Exception):
    """The connection stood only after the moment up to which the request was allowed to leave."""


@dataclass(slots=True)
class Progress:
    """How far one call came.

    Attributes:
        not_after: on the monotonic clock, the last moment at which the first byte may leave.
        traced: somebody keeps ``connected`` true to life; without that a failure must count as unclear.
        connected: a connection was in our hands, so bytes may have left.
    """

    not_after: float | None = None
    traced: bool = False
    connected: bool = False


progress: ContextVar[Progress | None] = ContextVar("hub_http_progress", default=None)
"""The call that the current task is making."""


class Straight(AiohttpTransport):
    """httpx's transport over aiohttp, with a shorter way for the hub's own calls: :meth:`ask` makes no request and no response of
    httpx's, which would cost as much as the exchange itself."""

    async def ask(self, method: str, url: str, headers: Mapping[str, str], content: bytes) -> aiohttp.ClientResponse:
        """The answer as far as its head; its ``release()`` is the caller's. Raises what aiohttp raises, and :class:`TooLate`."""
        if not isinstance(self.client, aiohttp.ClientSession):
            self.client = self.get_client()
        return await self.client.request(
            method, url, headers=headers, data=content or None, allow_redirects=False, compress=False
        )


def transport(egress: Egress, *, verify: ssl.SSLContext | bool = True) -> Straight:
    """The way out for one event loop. Close it with ``aclose()``.

    httpx's transport, not its client: redirects, cookies and sign-in of a client are what no call of ours may have, and
    passing them by halves what a call costs.
    """
    return Straight(verify=verify, trust_env=False, client=lambda: _session(egress, verify))


def _session(egress: Egress, verify: ssl.SSLContext | bool) -> aiohttp.ClientSession:
    connector = GuardedConnector(
        egress, limit=CONNECTIONS, keepalive_timeout=KEEP_ALIVE_SECONDS, use_dns_cache=False,
        ssl=verify,
    )  # fmt: skip
    session = aiohttp.ClientSession(
        connector=connector, trace_configs=[_tracing()], cookie_jar=aiohttp.DummyCookieJar(), trust_env=False,
        max_line_size=16_384, max_field_size=16_384, auto_decompress=False, timeout=aiohttp.ClientTimeout(),
    )  # fmt: skip
    # aiohttp sends PUT and DELETE a second time when a kept connection turns out dead; no request of ours goes twice.
    session._retry_connection = False
    return session


def _tracing() -> aiohttp.TraceConfig:
    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(_begun)
    trace.on_connection_create_end.append(_connected)
    trace.on_connection_reuseconn.append(_connected)
    return trace


async def _begun(session: aiohttp.ClientSession, context: SimpleNamespace, params: Any) -> None:
    current = progress.get()
    if current is not None:
        current.traced = True


async def _connected(session: aiohttp.ClientSession, context: SimpleNamespace, params: Any) -> None:
    current = progress.get()
    if current is None:
        return
    if current.not_after is not None and time.monotonic() > current.not_after:
        raise TooLate
    current.connected = True
