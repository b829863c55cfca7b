"""What was said and what was answered, kept apart from what it led to.

:class:`~hub.dispatch.live.LiveVendor` keeps the calls of one try for whoever must explain it later, and tells each to the
listeners of its way out: the drift watch of a running hub, the cassette of an author who records. The request is told without
its credential, which no listener needs.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from hub.core.addon import AddOnInfo
from hub.core.endpoints import Endpoint
from hub.core.registry import Claim
from hub.core.settings import Settings
from hub.dispatch.exchange import Answered, Exchange
from hub.dispatch.requests import FrozenRequest

log = logging.getLogger("hub.dispatch")

KEPT_BYTES = 64 * 1024
"""Of one answer, beyond its try. A vendor's error rarely has more than one page."""

KEPT_CALLS = 50
"""Of one try."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One call of a vendor, as it went.

    Attributes:
        base: the base URL in force, which simulators and staging systems change.
        ref: the reference of the step run; empty outside of one.
        request: without the credential.
        readable: a good answer that was what the endpoint declares.
    """

    info: AddOnInfo
    endpoint: Endpoint[object]
    base: str
    ref: str
    request: FrozenRequest
    result: Exchange
    readable: bool

    def trimmed(self) -> Heard:
        """The same with no more of the answer than is kept."""
        result = self.result
        if not isinstance(result, Answered) or len(result.content) <= KEPT_BYTES:
            return self
        return replace(self, result=replace(result, content=result.content[:KEPT_BYTES], cut=True))

    def at_home(self) -> FrozenRequest:
        """The request as if the vendor were where the add-on says."""
        return at_home(self.request, self.base, self.info)


@dataclass(frozen=True, slots=True)
class Try:
    """What one try of a plugin was given, and what was said. For a store that keeps how a step came to grief.

    Attributes:
        at: what the plugin was told as the time.
        settings: the connection's, bound; its secrets are still in it.
        plain: the same as JSON; None where nobody asked for it yet.
    """

    claim: Claim
    at: datetime
    base: str
    settings: Settings
    traffic: tuple[Heard, ...] = ()
    plain: Mapping[str, Any] | None = None

    def spelt_out(self) -> Try:
        """With the settings as JSON. Writing a model down is its author's code, so it is done where the plugin runs, and not in a
        ledger's thread, where others wait."""
        return replace(self, plain=self.settings.model_dump(mode="json", exclude_defaults=True))


Listener = Callable[[Heard], None]
"""Hears every call, in the event loop: it must not wait, and what it raises is logged and forgotten."""


def tell(listeners: tuple[Listener, ...], heard: Heard) -> None:
    """Tell everybody. A listener never costs a step anything but its time."""
    for listener in listeners:
        try:
            listener(heard)
        except Exception:
            log.exception("a listener of vendor calls failed")


def at_home(request: FrozenRequest, base: str, info: AddOnInfo) -> FrozenRequest:
    """The request with the add-on's own base URL instead of the one in force."""
    if not base or not request.url.startswith(base):
        return request
    return replace(request, url=info.base_url.rstrip("/") + request.url[len(base) :])
