"""Idempotency keys as vendors honour them: the same key gets the first answer again, and no second effect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.core.endpoints import Endpoint
from hub.testing.wire import Reply, answered, key_of


class Keys:
    """The keys a vendor remembers."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[bytes, Reply]] = {}

    def forget(self) -> None:
        """All of them."""
        self._known.clear()

    def known(self, endpoint: Endpoint[Any], headers: Mapping[str, str], body: bytes) -> Reply | None:
        """A key seen before gets the first answer again, or a refusal when it comes with another body."""
        known = self._known.get(key_of(endpoint, headers))
        if known is None:
            return None
        return known[1] if known[0] == body else answered(422, {"message": "This key was used for another request."})

    def keep(self, endpoint: Endpoint[Any], headers: Mapping[str, str], body: bytes, reply: Reply) -> None:
        """Remember the first answer, if it was a good one."""
        key = key_of(endpoint, headers)
        if key and reply.status < 300:
            self._known[key] = (body, reply)
