"""The world outside, as one process sees it: an event loop in a thread of its own, one way out over HTTP, and the rules.

The host is synchronous and plugins are async. They meet here: :meth:`Outside.run` hands a coroutine to the loop and waits.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import httpx

from hub.core.addon import AddOnInfo
from hub.core.egress import Egress
from hub.core.endpoints import Endpoint
from hub.core.http import transport
from hub.core.mail_post import by_post
from hub.dispatch.exchange import Exchange, exchange
from hub.dispatch.heard import Listener
from hub.dispatch.requests import FrozenRequest

if TYPE_CHECKING:
    from hub.dispatch.post.office import Office

T = TypeVar("T")

log = logging.getLogger("hub.dispatch")

STOP_SECONDS = 5.0
"""How long closing waits for the loop's thread."""


class Outside:
    """Make one a process. Threads may share it.

    Args:
        egress: which addresses may be spoken to.
        base_urls: add-on → another base URL, for simulators and staging systems, and ``add-on.oauth`` → another origin for
            its sign-in. Their hosts must be let through by ``egress``. An add-on without a base URL of its own, which calls
            addresses that admins give, has its calls sent to this one's host instead.
        make_transport: makes the way out inside the loop; tests give a mock.
        listeners: hear every call that was made.
    """

    listeners: tuple[Listener, ...] = ()
    """Who hears every call."""

    office: Office | None = None
    """The post room. The real one is opened when the first mail is sent; a test may put another here."""

    _own_office = False

    def __init__(
        self,
        egress: Egress | None = None,
        base_urls: Mapping[str, str] | None = None,
        make_transport: Callable[[Egress], httpx.AsyncBaseTransport] = transport,
        listeners: Iterable[Listener] = (),
    ) -> None:
        self.listeners = tuple(listeners)
        self.egress = egress or Egress()
        self._base_urls = dict(base_urls or {})
        self._make_transport = make_transport
        self._wire: httpx.AsyncBaseTransport | None = None
        self._loop = asyncio.new_event_loop()
        self._closing = False
        self._thread = threading.Thread(target=self._run_loop, name="hub-outside", daemon=True)
        self._thread.start()

    def _run_loop(self) -> None:
        """Run until closed. A plugin's own task or callback that calls ``sys.exit()`` makes asyncio leave its loop; what
        the loop had still to do is kept in it, so it just goes on."""
        while not self._closing:
            try:
                self._loop.run_forever()
            except BaseException as trouble:
                log.error("a plugin ended the event loop with %s; it goes on", type(trouble).__name__)

    @property
    def wire(self) -> httpx.AsyncBaseTransport:
        """The way out. Only to be touched inside the loop."""
        if self._wire is None:
            self._wire = self._make_transport(self.egress)
        return self._wire

    async def exchange(
        self, endpoint: Endpoint[Any], request: FrozenRequest, ready: FrozenRequest, not_after: float
    ) -> Exchange:
        """Make one call, within the loop. A replay puts something else in its place.

        Args:
            request: without the credential.
            ready: with it, as it leaves.
            not_after: the end of it all, on the monotonic clock.
        """
        if by_post(endpoint):
            return await self.post_room().exchange(endpoint, ready, not_after)
        return await exchange(self.wire, self.egress, ready, not_after, endpoint.max_body)

    def post_room(self) -> Office:
        """Where mail servers are spoken to. Its libraries are not loaded before somebody needs them."""
        if self.office is None:
            from hub.dispatch.post.office import PostOffice

            self.office, self._own_office = PostOffice.of(self.egress), True
        return self.office

    @property
    def lent_office(self) -> Office | None:
        """What somebody put in the post room's place, for ways out like this one. The real one belongs to one loop."""
        return None if self._own_office else self.office

    async def post(self, request: FrozenRequest, seconds: float, max_body: int) -> Exchange:
        """Make a call that is not the vendor's but its token endpoint's, within the loop and under the same rules."""
        return await exchange(self.wire, self.egress, request, time.monotonic() + seconds, max_body)

    def sign_in_url(self, info: AddOnInfo, url: str) -> str:
        """Where an address of the add-on's OAuth 2 is to be found from here: ``add-on.oauth`` names another origin."""
        origin = self._base_urls.get(f"{info.name}.oauth", "")
        if not origin:
            return url
        other = urlsplit(origin)
        return urlsplit(url)._replace(scheme=other.scheme, netloc=other.netloc).geturl()

    def base_url(self, info: AddOnInfo) -> str:
        """Where this add-on's vendor is to be found from here."""
        return self._base_urls.get(info.name, info.base_url).rstrip("/")

    def sent_elsewhere(self, info: AddOnInfo, endpoint: Endpoint[Any], request: FrozenRequest) -> FrozenRequest:
        """The request as it leaves from here: where a simulator plays an open endpoint's world, it gets what is meant for it."""
        other = urlsplit(self._base_urls.get(info.name, "")) if endpoint.open and not info.base_url else None
        if other is None or not other.netloc:
            return request
        return replace(request, url=urlsplit(request.url)._replace(scheme=other.scheme, netloc=other.netloc).geturl())

    def start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Begin work in the loop; the future may be waited for from any thread but the loop's own."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def run(self, work: Coroutine[Any, Any, T], seconds: float | None = None) -> T:
        """Do work in the loop and wait for it."""
        return self.start(work).result(seconds)

    def close(self) -> None:
        """Close the way out and end the loop. Work still going on is cancelled."""
        if self._loop.is_closed():
            return
        try:
            self.run(self._close_wire(), STOP_SECONDS)
        except TimeoutError:
            log.error("a plugin does not stop when it is told to; the loop is ended under it")
        finally:
            self._closing = True
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(STOP_SECONDS)
            if not self._loop.is_running():
                self._loop.close()

    async def _close_wire(self) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        if self._wire is not None:
            await self._wire.aclose()
        if self.office is not None:
            self.office.close()
